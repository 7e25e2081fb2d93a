"""Database: one writer and several readers on SQLite, one pool on PostgreSQL, the same to callers."""

import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ExceptionContext, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from node.database.appending import Statement, for_postgresql, for_sqlite
from node.database.failures import name_failures, named
from node.database.sqlite_driver import DEFERRED, IMMEDIATE, connecting
from node.database.transaction import Insert, Inserting, Transaction
from node.database.vault import Vault
from node.events import Bus, Topic
from node.settings import Settings

IDLE: Final = 1.0
"""Seconds after which a connection to PostgreSQL may have been lost without anybody noticing."""
_USED_AT: Final = "used_at"


class Database:
    """Opened once per process. `transaction` writes, `reading` cannot."""

    def __init__(self, settings: Settings, bus: Bus) -> None:
        self.settings = settings
        self.bus = bus
        self.vault = Vault(settings)
        self._writer, self._reader = _engines(settings)
        self._at_once = self._writer.execution_options(isolation_level="AUTOCOMMIT")
        """Of PostgreSQL: one statement for many rows is a transaction by itself, in one exchange with the server."""

    @asynccontextmanager
    async def transaction(
        self, now: datetime | None = None, tried: Mapping[str, bool] = MappingProxyType({})
    ) -> AsyncIterator[Transaction]:
        """Commits at the end, or nothing happened; then tells what changed."""
        async with AsyncSession(self._writer, expire_on_commit=False, autoflush=False) as session:
            tx = Transaction(session, self.settings, self.vault, now or datetime.now(UTC), tried)
            async with session.begin():
                yield tx
                await tx.finish()
        self.bus.publish(tx.topics, tx.changes)

    @asynccontextmanager
    async def reading(
        self, now: datetime | None = None, tried: Mapping[str, bool] = MappingProxyType({})
    ) -> AsyncIterator[Transaction]:
        async with AsyncSession(self._reader, expire_on_commit=False, autoflush=False) as session:
            yield Transaction(session, self.settings, self.vault, now or datetime.now(UTC), tried)

    async def append(
        self, make: Callable[[Inserting], Insert], rows: Sequence[Mapping[str, Any]], *, tell: Topic
    ) -> None:
        """Inserts rows of the same columns, and nothing else, then tells. `make` gives the same statement each time.

        For what arrives by the hundred: on SQLite a third of the CPU of a transaction (decision 0010).
        """
        if not self.settings.sqlite:
            async with self._at_once.connect() as connection:
                sql, parameters = for_postgresql(make(postgresql.insert), rows)
                await connection.exec_driver_sql(sql, tuple(parameters))
        else:
            await self._append(for_sqlite(make(sqlite.insert), rows))
        self.bus.publish({tell})

    async def _append(self, statements: Sequence[Statement]) -> None:
        async with self._driver() as driver:
            try:
                await driver.commit_all(statements)
            except sqlite3.Error as error:
                raise named(statements[0][0], error) from error

    @property
    def writer(self) -> AsyncEngine:
        """For those who watch what is written; work goes through `transaction`."""
        return self._writer

    @property
    def reader(self) -> AsyncEngine:
        """The same for what is read; on PostgreSQL it is the writer."""
        return self._reader

    async def data_version(self) -> int:
        """SQLite's count of changes by connections other than the one asked, which here is the writer."""
        return await self._pragma("data_version")

    async def empty_log(self) -> None:
        """Writes SQLite's log back and empties it, so that what was erased stands in no file any more."""
        if self.settings.sqlite:
            await self._pragma("wal_checkpoint(TRUNCATE)")

    async def _pragma(self, pragma: str) -> int:
        async with self._driver() as driver:
            cursor = await driver.execute(f"PRAGMA {pragma}")
            row = await cursor.fetchone()
            await cursor.close()
            return int(row[0])

    @asynccontextmanager
    async def _driver(self) -> AsyncIterator[Any]:
        """SQLite's one writer itself, past the engine, which would begin a transaction."""
        async with self._writer.connect() as connection:
            yield (await connection.get_raw_connection()).driver_connection

    async def close(self) -> None:
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()


def database_url(settings: Settings) -> str:
    if settings.database_url:
        return settings.database_url
    return f"sqlite+aiosqlite:///{sqlite_path(settings)}"


def sqlite_path(settings: Settings) -> Path:
    return settings.data_dir.resolve() / "ordito.sqlite3"


def _engines(settings: Settings) -> tuple[AsyncEngine, AsyncEngine]:
    url = database_url(settings)
    if not settings.sqlite:
        engine = create_async_engine(
            url,
            hide_parameters=True,
            pool_size=10,
            max_overflow=0,
            pool_recycle=1800,
            connect_args=_postgres_arguments(settings),
        )
        event.listen(engine.sync_engine, "handle_error", _without_values)
        name_failures(engine.sync_engine)
        _ping_idle(engine)
        return engine, engine
    writer = _sqlite_engine(settings, connections=1, writes=True)
    reader = _sqlite_engine(settings, connections=4, writes=False)
    _prepare_sqlite(writer, IMMEDIATE, ("synchronous=FULL",))
    _prepare_sqlite(reader, DEFERRED, ("query_only=ON",))
    return writer, reader


def _ping_idle(engine: AsyncEngine) -> None:
    """Asks a connection that was not used for a while whether its server is still there, before it is used again. Each
    time, as `pool_pre_ping` does, is one exchange in four."""
    dialect = engine.sync_engine.dialect

    def returned(_: object, record: Any) -> None:
        record.info[_USED_AT] = time.monotonic()

    def taken(connection: Any, record: Any, _: object) -> None:
        if time.monotonic() - record.info.setdefault(_USED_AT, time.monotonic()) < IDLE:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error

    event.listen(engine.sync_engine, "checkin", returned)
    event.listen(engine.sync_engine, "checkout", taken)


def direct_engine(settings: Settings, **options: Any) -> AsyncEngine:
    """Of PostgreSQL past any pooler, for a connection that is kept."""
    url = settings.database_direct_url or settings.database_url
    engine = create_async_engine(url, hide_parameters=True, **options)
    name_failures(engine.sync_engine)
    return engine


def _without_values(failure: ExceptionContext) -> None:
    """PostgreSQL quotes the row that it refuses, and what is logged of an error must hold nothing of anybody's."""
    error: BaseException | None = failure.original_exception
    while error is not None:
        if hasattr(error, "detail"):
            error.detail = None
        error = error.__cause__


def _postgres_arguments(settings: Settings) -> dict[str, Any]:
    """A direct address beside says that this one is a pooler: it breaks prepared statements and refuses parameters."""
    if settings.database_direct_url:
        return {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
    return {
        "server_settings": {
            "statement_timeout": "15000",
            "lock_timeout": "5000",
            "idle_in_transaction_session_timeout": "30000",
            "timezone": "UTC",
        }
    }


def _sqlite_engine(settings: Settings, *, connections: int, writes: bool) -> AsyncEngine:
    return create_async_engine(
        database_url(settings),
        async_creator=connecting(sqlite_path(settings), writes=writes),
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,
    )


def _prepare_sqlite(engine: AsyncEngine, begin: str, further: Iterable[str]) -> None:
    pragmas = (
        "journal_mode=WAL",
        "busy_timeout=10000",
        "foreign_keys=ON",
        "secure_delete=ON",
        "cache_size=-8192",
        "temp_store=MEMORY",
        "wal_autocheckpoint=8000",  # 32 MB: pages that change with every row are written back seldom, not each second
        "journal_size_limit=67108864",
        *further,
    )

    def connected(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine.sync_engine, "connect", connected)
    event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql(begin))
