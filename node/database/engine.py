"""Database and Transaction: one writer and several readers on SQLite, one pool on PostgreSQL, the same to callers."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy import CursorResult, Executable, Result, event, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from node.database import ids
from node.database.vault import Vault
from node.events import Bus, Topic
from node.settings import Settings

Mapped = TypeVar("Mapped", bound=DeclarativeBase)


class Transaction:
    """What work is done in: rows, one moment `now`, and the node it happens on.

    `tried` says which references were fetched for this work already, and whether that worked: work that misses one
    raises `Missing` at most once for each. Topics told are published after the commit.
    """

    def __init__(self, session: AsyncSession, database: "Database", now: datetime, tried: Mapping[str, bool]) -> None:
        self._session = session
        self.now = now
        self.settings = database.settings
        self.vault = database.vault
        self.tried = tried
        self.topics: set[Topic] = set()

    def tell(self, *topics: Topic) -> None:
        self.topics.update(topics)

    def new_id(self) -> int:
        return ids.new_id(self.now)

    async def execute(self, statement: Executable) -> Result[Any]:
        return await self._session.execute(statement)

    async def execute_many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        await self._session.execute(statement, rows)

    async def change(self, statement: Executable) -> int:
        """Runs an update or delete; how many rows it touched."""
        result: CursorResult[Any] = await self._session.execute(statement)  # type: ignore[assignment]  # DML gives a cursor
        return result.rowcount

    async def rows(self, statement: Executable) -> Sequence[Any]:
        return (await self._session.execute(statement)).all()

    async def all(self, statement: Executable) -> Sequence[Any]:
        """The first column of each row: entities, mostly."""
        return (await self._session.scalars(statement)).all()

    async def one(self, statement: Executable) -> Any:
        """The first column of the first row, or None."""
        return (await self._session.scalars(statement)).first()

    async def get(self, entity: type[Mapped], row_id: Any) -> Mapped | None:
        """By primary key; costs nothing when this transaction has it already."""
        return await self._session.get(entity, row_id)

    async def insert(self, entity: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            await self._session.execute(insert(entity), rows)

    async def insert_new(self, entity: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]]) -> bool:
        """Inserts those that break no unique constraint; of a single row, whether it was inserted."""
        if not rows:
            return False
        statement = self.dialect_insert(entity).on_conflict_do_nothing()
        if len(rows) == 1:
            return await self.change(statement.values(rows[0])) > 0
        await self._session.execute(statement, rows)
        return True

    def dialect_insert(self, entity: type[DeclarativeBase]) -> "sqlite.Insert | postgresql.Insert":
        """An insert that knows ON CONFLICT, which both databases spell alike."""
        dialect = self._session.get_bind().dialect.name
        return sqlite.insert(entity) if dialect == "sqlite" else postgresql.insert(entity)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undoes what happened inside if it raises; what was told inside is forgotten with it."""
        told = set(self.topics)
        try:
            async with self._session.begin_nested():
                yield
        except BaseException:
            self.topics = told
            raise

    def forget(self) -> None:
        """Drops what was read, so that it is read again."""
        self._session.expire_all()


class Database:
    """Opened once per process. `transaction` writes, `reading` cannot."""

    def __init__(self, settings: Settings, bus: Bus) -> None:
        self.settings = settings
        self.bus = bus
        self.vault = Vault(settings)
        self._writer, self._reader = _engines(settings)

    @asynccontextmanager
    async def transaction(
        self, now: datetime | None = None, tried: Mapping[str, bool] = MappingProxyType({})
    ) -> AsyncIterator[Transaction]:
        """Commits at the end, or nothing happened; then tells what changed."""
        async with AsyncSession(self._writer, expire_on_commit=False, autoflush=False) as session:
            tx = Transaction(session, self, now or datetime.now(UTC), tried)
            async with session.begin():
                yield tx
        self.bus.publish(tx.topics)

    @asynccontextmanager
    async def reading(
        self, now: datetime | None = None, tried: Mapping[str, bool] = MappingProxyType({})
    ) -> AsyncIterator[Transaction]:
        async with AsyncSession(self._reader, expire_on_commit=False, autoflush=False) as session:
            yield Transaction(session, self, now or datetime.now(UTC), tried)

    async def data_version(self) -> int:
        """SQLite's count of changes by connections other than the one asked, which here is the writer."""
        async with self._writer.connect() as connection:
            raw = await connection.get_raw_connection()  # past the engine, which would begin a write transaction
            cursor = await raw.driver_connection.execute("PRAGMA data_version")  # type: ignore[union-attr]  # it is open
            row = await cursor.fetchone()
            await cursor.close()
            return int(row[0])

    async def close(self) -> None:
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()


def database_url(settings: Settings) -> str:
    if settings.database_url:
        return settings.database_url
    return f"sqlite+aiosqlite:///{settings.data_dir.resolve() / 'ordito.sqlite3'}"


def _engines(settings: Settings) -> tuple[AsyncEngine, AsyncEngine]:
    url = database_url(settings)
    if not settings.sqlite:
        engine = create_async_engine(
            url,
            pool_size=10,
            max_overflow=0,
            pool_pre_ping=True,
            pool_recycle=1800,
            connect_args=_postgres_arguments(settings),
        )
        return engine, engine
    writer = create_async_engine(url, pool_size=1, max_overflow=0)
    reader = create_async_engine(url, pool_size=4, max_overflow=0)
    _prepare_sqlite(writer, "BEGIN IMMEDIATE", ("synchronous=FULL",))
    _prepare_sqlite(reader, "BEGIN", ("query_only=ON",))
    return writer, reader


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


def _prepare_sqlite(engine: AsyncEngine, begin: str, further: Iterable[str]) -> None:
    pragmas = (
        "journal_mode=WAL",
        "busy_timeout=10000",
        "foreign_keys=ON",
        "secure_delete=ON",
        "cache_size=-8192",
        "temp_store=MEMORY",
        "journal_size_limit=67108864",
        *further,
    )

    def connected(connection: Any, _: object) -> None:
        connection.isolation_level = None  # else the driver opens transactions by itself, and DDL is not rolled back
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine.sync_engine, "connect", connected)
    event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql(begin))
