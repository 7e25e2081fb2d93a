"""What other processes did to the database, told on this process's bus.

SQLite: `PRAGMA data_version` is asked every 200 ms; a change by another connection, a command for instance, wakes
workers and drops what is cached. PostgreSQL: LISTEN and NOTIFY; notices are gathered and sent after the commit, since
NOTIFY inside the writing transaction serialises commits. They carry topics, and changes as `kind:id:people`.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, cast

import structlog
from sqlalchemy import func, select

from node.database.engine import Database, direct_engine
from node.database.failures import UNAVAILABLE
from node.events import ALL, KINDS, MISSED, Change, Kind, Topic
from node.settings import Settings

log = structlog.get_logger()
POLL: Final = 0.2
GATHER: Final = 0.03
CHANNEL: Final = "ordito"
RECONNECT: Final = 2.0
LARGEST: Final = 7_900
"""Bytes of a notice: PostgreSQL takes less than 8,000."""
MOST_PEOPLE: Final = 300
"""Of one change: who is beyond that reads it when she looks."""
MOST_CHANGES: Final = 10_000
"""Kept to be told."""


async def watch(database: Database, settings: Settings, stop: asyncio.Event) -> None:
    """Until `stop` is set."""
    if settings.sqlite:
        await _poll(database, stop)
    else:
        await _Listener(database, settings).run(stop)


@asynccontextmanager
async def telling(database: Database) -> AsyncIterator[None]:
    """For a process that ends before listening would be of use, a command for instance: at the end it tells the others
    what it changed. On SQLite they see that by themselves."""
    told: set[Topic] = set()
    changes: list[Change] = []
    for topic in ALL:
        database.bus.on_local(topic, partial(told.add, topic))
    database.bus.on_local_changes(changes.extend)
    try:
        yield
    finally:
        if (told or changes) and not database.settings.sqlite:
            async with database.transaction() as tx:
                for notice in notices("-", told, changes):
                    await tx.execute(select(func.pg_notify(CHANNEL, notice)))


async def _poll(database: Database, stop: asyncio.Event) -> None:
    """The writer's own connection sees changes of all others: of this process they were told already."""
    seen = await database.data_version()
    while not await _stopped(stop, POLL):
        version = await database.data_version()
        if version != seen:
            seen = version
            database.bus.publish(ALL, (MISSED,))


async def _stopped(stop: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return False
    return True


class _Listener:
    """One connection past any pooler. What this process tells others carries its own mark, so that it does not hear
    itself."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._lost = False
        self._mark = secrets.token_hex(8)
        self._told: set[Topic] = set()
        self._changes: dict[Change, None] = {}
        self._wake = asyncio.Event()
        for topic in ALL:
            database.bus.on_local(topic, self._note(topic))
        database.bus.on_local_changes(self._note_changes)

    def _note(self, topic: Topic) -> Any:
        def note() -> None:
            self._told.add(topic)
            self._wake.set()

        return note

    def _note_changes(self, changes: Sequence[Change]) -> None:
        self._changes.update(dict.fromkeys(changes))
        if len(self._changes) > MOST_CHANGES:  # the database is away, or somebody imports years
            self._changes = {MISSED: None}
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._connected(stop)
            except _lost_connections() as error:
                if not self._lost:
                    log.warning("listen.lost", error=type(error).__name__)
                self._lost = True
                await _stopped(stop, RECONNECT)
                self._database.bus.publish_foreign(ALL, (MISSED,))

    async def _connected(self, stop: asyncio.Event) -> None:
        engine = direct_engine(self._settings)
        try:
            async with engine.connect() as connection:
                raw = await connection.get_raw_connection()
                driver = raw.driver_connection
                assert driver is not None  # noqa: S101  # asyncpg's, of an open connection
                await driver.add_listener(CHANNEL, self._heard)
                if self._lost:
                    log.info("listen.regained")
                self._lost = False
                self._database.bus.publish_foreign(ALL, (MISSED,))
                while not stop.is_set() and not driver.is_closed():
                    await self._tell(driver, stop)
        finally:
            await engine.dispose()

    async def _tell(self, driver: Any, stop: asyncio.Event) -> None:
        waits = [asyncio.ensure_future(self._wake.wait()), asyncio.ensure_future(stop.wait())]
        try:
            await asyncio.wait(waits, timeout=RECONNECT, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if self._wake.is_set():
            await asyncio.sleep(GATHER)
            told, self._told = self._told, set()
            changes, self._changes = self._changes, {}
            self._wake.clear()
            try:
                for notice in notices(self._mark, told, changes):
                    await driver.execute("SELECT pg_notify($1, $2)", CHANNEL, notice)
            except BaseException:  # told once there is a connection again
                self._told |= told
                self._note_changes([MISSED])
                raise

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: str) -> None:
        mark, *words = payload.split(" ")
        if mark != self._mark:
            topics = [topic for topic in ALL if topic in words]
            self._database.bus.publish_foreign(topics, [change for word in words if (change := read_change(word))])


def notices(mark: str, topics: Iterable[Topic], changes: Iterable[Change]) -> Iterator[str]:
    """What is told, in as few notices as hold it; none where there is nothing."""
    words: list[str] = []
    room = LARGEST - len(mark)
    for word in (*sorted(topics), *map(written, changes)):
        if len(word) >= room:
            yield " ".join((mark, *words))
            words, room = [], LARGEST - len(mark)
        words.append(word)
        room -= len(word) + 1
    if words:
        yield " ".join((mark, *words))


def written(change: Change) -> str:
    return f"{change.kind}:{change.id}:{','.join(map(str, change.people[:MOST_PEOPLE]))}"


def read_change(word: str) -> Change | None:
    """None for what is none: a topic, or what another version of this node tells."""
    kind, colon, rest = word.partition(":")
    row_id, _, people = rest.partition(":")
    if not colon or kind not in KINDS or not row_id.isdecimal():
        return None
    named = tuple(int(person) for person in people.split(",") if person.isdecimal())
    return Change(cast("Kind", kind), int(row_id), named)


def _lost_connections() -> tuple[type[Exception], ...]:
    """LISTEN and NOTIFY go past SQLAlchemy, and so do their errors, besides those of connecting."""
    from asyncpg import InterfaceError, PostgresError  # noqa: PLC0415  # an extra, of which SQLite has no need

    return *UNAVAILABLE, OSError, InterfaceError, PostgresError
