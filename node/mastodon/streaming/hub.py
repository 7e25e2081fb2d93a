"""The hub: every open stream of this process, and the one task that tells them what has changed.

Changes are named on the bus, by this process and by others (decision 0011). The task takes all that have gathered,
reads their rows once, and gives each connection what is for it. While nothing is connected nothing is read.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from aiohttp import web

from node.context import Context
from node.database import Transaction
from node.database.failures import UNAVAILABLE
from node.errors import TooMany, TooOften
from node.events import MISSED, Change, Kind
from node.mastodon.streaming import deletions, notices, posts
from node.mastodon.streaming.audience import Audience
from node.mastodon.streaming.connections import GOING_AWAY, POLICY, Connection
from node.queries import apps as app_rows, streams as stream_rows

log = structlog.get_logger()
PER_TOKEN: Final = 25
"""One app on one device; Elk opens one for each tab."""
RETRY_AFTER: Final = 30
CHECK_EVERY: Final = 1.0
"""Seconds: accounts change often where many come in, and tokens are looked up again after each."""
SLACK: Final = timedelta(seconds=20)
"""A transaction may be that much older than its commit."""
REMEMBERED: Final = 10_000
TOLD: Final[frozenset[Kind]] = frozenset(
    ("post", "edit", "deletion", "notification", "conversation", "filters", "missed")
)
"""Of the rest, as of figures, no app is told."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between signs of life: pings of sockets, of which one that is not answered ends the connection, and
    comments in event streams, which proxies and Mastodon.py cut off when they are silent for long."""

    ping: float = 30.0
    thump: float = 15.0


class Hub:
    def __init__(self, context: Context) -> None:
        self.pace = Pace()
        self._context = context
        self._open: dict[Connection, None] = {}
        self._tokens: Counter[int] = Counter()
        self._heard: dict[Change, None] = {}
        self._told: OrderedDict[Change, None] = OrderedDict()
        self._since = context.now()
        self._doubted = False
        self._checked_at = 0.0
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        context.bus.on_changes(self._hear)
        context.bus.on("actors", self._doubt)

    def __len__(self) -> int:
        return len(self._open)

    def check_room(self, token_id: int) -> None:
        """Raises `TooOften` for a token that has enough streams, `TooMany` where this process has."""
        if self._tokens[token_id] >= PER_TOKEN:
            raise TooOften("Too many open streams", "limit.streams")
        if len(self._open) >= self._context.settings.streams:
            raise TooMany("This node has as many open streams as it bears.", RETRY_AFTER)

    def join(self, connection: Connection) -> None:
        """Raises as `check_room`."""
        self.check_room(connection.token_id)
        if not self._open:
            self._since = self._context.now()
        self._open[connection] = None
        self._tokens[connection.token_id] += 1
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def leave(self, connection: Connection) -> None:
        if connection in self._open:
            del self._open[connection]
            self._tokens -= Counter((connection.token_id,))

    async def close(self) -> None:
        """The process ends: everybody is told to come back, elsewhere or later."""
        for connection in self._open:
            connection.end(GOING_AWAY)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    def _hear(self, changes: Sequence[Change]) -> None:
        told = [change for change in changes if change.kind in TOLD] if self._open else ()
        if told:
            self._heard.update(dict.fromkeys(told))
            self._wake.set()

    def _doubt(self) -> None:
        """An account or a token is another now, or gone."""
        if self._open:
            self._doubted = True
            self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            changes, self._heard = list(self._heard), {}
            try:
                await self._check_tokens()
                if changes and self._open:
                    await self._tell(changes)
            except UNAVAILABLE as error:
                log.warning("streaming.busy", error=type(error).__name__)
                self._again(RETRY_AFTER)
            except Exception:
                log.exception("streaming.failed")

    def _again(self, seconds: float) -> None:
        """What was named cannot be read now: later whatever is new by then is looked for."""
        asyncio.get_running_loop().call_later(seconds, self._hear, (MISSED,))

    async def _check_tokens(self) -> None:
        """Ends the streams of tokens that were taken away, or whose account is disabled or gone."""
        if not self._doubted:
            return
        loop = asyncio.get_running_loop()
        early = self._checked_at + CHECK_EVERY - loop.time()
        if early > 0:
            loop.call_later(early, self._wake.set)
            return
        self._doubted, self._checked_at = False, loop.time()
        asked = list(self._open)
        async with self._context.database.reading(self._context.now()) as tx:
            standing = await app_rows.standing(tx, {connection.token_id for connection in asked})
        for connection in asked:
            if connection.token_id not in standing:
                connection.end(POLICY)

    async def _tell(self, changes: Sequence[Change]) -> None:
        now = self._context.now()
        async with self._context.database.reading(now) as tx:
            if MISSED in changes:
                changes = [*changes, *await self._missed(tx)]
            self._remember(changes)
            audience = Audience(self._open)
            await posts.tell(tx, audience, changes)
            await deletions.tell(tx, audience, changes)
            await notices.tell(tx, audience, changes)

    async def _missed(self, tx: Transaction) -> Collection[Change]:
        """What came since it was looked for last, and was not told yet."""
        since, self._since = self._since - SLACK, tx.now
        found = await stream_rows.since(tx, since, [connection.viewer_id for connection in self._open])
        return [change for change in found if change not in self._told]

    def _remember(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self._told[change] = None
            self._told.move_to_end(change)
        while len(self._told) > REMEMBERED:
            self._told.popitem(last=False)


HUB: Final = web.AppKey("streaming_hub", Hub)
