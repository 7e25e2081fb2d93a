"""Transaction: what all work is done in.

Statements cost more than rows: on SQLite each is a hop to the driver's thread. So inserts that nobody waits for are
gathered (`add`, `insert`) and written together, before the next statement that could see them and at the end; and a
savepoint is only made real once a statement runs inside it. What undoes it before that just drops the gathered rows.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, TypeVar, cast

from sqlalchemy import CursorResult, Executable, Result, Table, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm.attributes import instance_dict, set_committed_value
from sqlalchemy.orm.util import identity_key

from node.database import ids
from node.database.memory import UNKNOWN, Memory
from node.database.vault import Vault
from node.events import Change, Kind, Topic
from node.settings import Settings

Mapped = TypeVar("Mapped", bound=DeclarativeBase)
Insert: TypeAlias = sqlite.Insert | postgresql.Insert
Inserting: TypeAlias = Callable[[Any], Insert]
_ROW = "row"
_READ = {"populate_existing": True}
"""Rows read again show what this transaction has changed since."""
_WRITE = {"synchronize_session": False}
"""Objects are snapshots: `write` shows in the object at hand what it changes."""


@dataclass(slots=True)
class _Pending:
    entity: type[DeclarativeBase]
    row: Mapping[str, Any]
    once: bool
    """Left out where it would break a unique constraint."""


@dataclass(slots=True)
class _Mark:
    """A savepoint: where it began in the gathered rows and the memory, and the real one once there is one."""

    begun: int
    memory: int
    real: AsyncSessionTransaction | None = None


@dataclass(frozen=True, slots=True)
class _Broken:
    """Gathered rows that the database refused, with the error: whoever gathered them may be done long since.

    `depth` counts the savepoints around them. Only the end of one of these, or of all, takes the breach away.
    """

    error: Exception
    depth: int


class Transaction:
    """Rows, one moment `now`, and the node it happens on.

    `tried` says which references were fetched for this work already, and whether that worked: work that misses one
    raises `Missing` at most once for each. What is told is published after the commit.
    """

    def __init__(
        self, session: AsyncSession, settings: Settings, vault: Vault, now: datetime, tried: Mapping[str, bool]
    ) -> None:
        self._session = session
        self.now = now
        self.settings = settings
        self.vault = vault
        self.tried = tried
        self.topics: set[Topic] = set()
        self.changes: list[Change] = []
        self.memory = Memory()
        self._pending: list[_Pending] = []
        self._marks: list[_Mark] = []
        self._broken: _Broken | None = None

    def tell(self, *topics: Topic) -> None:
        self.topics.update(topics)

    def tell_of(self, kind: Kind, row_id: int, *people: int) -> None:
        """Names a row to those who wait for such: apps that stream (`events.Change`)."""
        self.changes.append(Change(kind, row_id, people))

    def new_id(self) -> int:
        return ids.new_id(self.now)

    async def execute(self, statement: Executable, bound: Mapping[str, Any] | None = None) -> Result[Any]:
        """`bound`: values of a statement that has parameters. One that is made once, since it is run so often, takes a
        third less than one that is made each time."""
        await self._catch_up()
        options = _WRITE if statement.is_dml else _READ
        return await self._session.execute(statement, bound, execution_options=options)

    async def execute_many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        await self._catch_up()
        await self._session.execute(statement, rows)

    async def update_many(self, entity: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]]) -> None:
        """Writes rows that are there, each named by its primary key: one statement for those of the same columns."""
        await self._catch_up()
        groups: dict[frozenset[str], list[Mapping[str, Any]]] = {}
        for row in rows:
            groups.setdefault(frozenset(row), []).append(row)
        for alike in groups.values():
            await self._session.execute(update(entity), alike, execution_options=_WRITE)

    async def write(self, row: Any, values: Mapping[str, Any]) -> bool:
        """Writes columns of a row that has an `id`, and shows them in the object at hand.

        True where that took no statement, because the row was added in this work and is not written yet.
        """
        gathered = self._amend(type(row), row.id, values)
        if not gathered:
            await self.execute(update(type(row)).where(type(row).id == row.id).values(**values))
        self.show(row, **values)
        return gathered

    @staticmethod
    def show(row: DeclarativeBase, **values: Any) -> None:
        """Shows in an object what a statement has written to its row."""
        for name, value in values.items():
            set_committed_value(row, name, value)

    def loaded(self, entity: type[Mapped]) -> Sequence[Mapped]:
        """All objects of these rows that this transaction has at hand: for statements that change many rows."""
        kept = [row for row in self.memory.values(_ROW) if isinstance(row, entity)]
        return kept + [row for row in self._session.sync_session.identity_map.values() if isinstance(row, entity)]

    def _amend(self, entity: type[DeclarativeBase], row_id: int, values: Mapping[str, Any]) -> bool:
        """Only what was gathered since the innermost savepoint began, with which it would go."""
        begun = self._marks[-1].begun if self._marks else 0
        for index in range(len(self._pending) - 1, begun - 1, -1):
            pending = self._pending[index]
            if pending.entity is entity and not pending.once and pending.row.get("id") == row_id:
                self._pending[index] = _Pending(entity, {**pending.row, **values}, once=False)
                return True
        return False

    async def change(self, statement: Executable) -> int:
        """Runs an update or delete; how many rows it touched."""
        result: CursorResult[Any] = await self.execute(statement)  # type: ignore[assignment]  # DML gives a cursor
        return result.rowcount

    async def rows(self, statement: Executable, **bound: Any) -> Sequence[Any]:
        return (await self.execute(statement, bound)).all()

    async def plain(self, statement: Executable, **bound: Any) -> Sequence[Any]:
        """Rows of values as the database has them, past the mapper: for pages of many, with `snapshots`. A statement
        that names mapped columns gives these one by one."""
        await self._catch_up()
        return await self._session.run_sync(lambda session: session.connection().execute(statement, bound).all())

    async def all(self, statement: Executable) -> Sequence[Any]:
        """The first column of each row: entities, mostly."""
        return (await self.execute(statement)).scalars().all()

    async def one(self, statement: Executable, **bound: Any) -> Any:
        """The first column of the first row, or None."""
        return (await self.execute(statement, bound)).scalars().first()

    async def get(self, entity: type[Mapped], row_id: Any) -> Mapped | None:
        """By primary key; costs nothing when this transaction has it already."""
        added: Any = self.memory.get(_ROW, (entity, row_id))
        if added is not UNKNOWN:
            found: Mapped | None = added
            return found
        loaded = self._session.sync_session.identity_map.get(identity_key(entity, row_id))
        if loaded is not None:
            return loaded
        await self._catch_up()
        loaded = await self._session.get(entity, row_id)
        if loaded is not None:
            self.memory.put(_ROW, (entity, row_id), loaded)  # the session itself keeps what somebody else holds
        return loaded

    def add(self, entity: type[Mapped], row: Mapping[str, Any]) -> Mapped:
        """Gathers a new row with an `id`, and gives it as it will be read: columns not named are null."""
        whole = dict.fromkeys(entity.__mapper__.column_attrs.keys()) | dict(row)
        self._pending.append(_Pending(entity, whole, once=False))
        added: Mapped = entity.__mapper__.class_manager.new_instance()  # its constructor sets each column by itself
        instance_dict(added).update(whole)
        self.memory.put(_ROW, (entity, row["id"]), added)
        return added

    def insert(self, entity: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]], *, once: bool = False) -> None:
        """Gathers new rows that nobody reads in this work; with `once`, those that are not there yet."""
        self._pending.extend(_Pending(entity, row, once) for row in rows)

    async def insert_new(self, entity: type[DeclarativeBase], row: Mapping[str, Any]) -> bool:
        """Inserts a row now, unless it breaks a unique constraint; whether it was inserted."""
        return await self.change(self.dialect_insert(entity).on_conflict_do_nothing().values(row)) > 0

    def dialect_insert(self, entity: type[DeclarativeBase]) -> Insert:
        """An insert that knows ON CONFLICT, which both databases spell alike. Into the table: as an insert of mapped
        objects it costs SQLAlchemy as much again."""
        return self.inserting(_table(entity))

    @property
    def inserting(self) -> Inserting:
        """What makes an insert that knows ON CONFLICT, for a statement that is made once for each database."""
        dialect = self._session.get_bind().dialect.name
        return sqlite.insert if dialect == "sqlite" else postgresql.insert

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undoes what happened inside if it raises; what was told and learned inside is forgotten with it."""
        told, changes = set(self.topics), len(self.changes)
        mark = _Mark(len(self._pending), self.memory.mark())
        self._marks.append(mark)
        try:
            yield
            self._check_whole()
            if mark.real is not None:
                await self._write(len(self._pending), len(self._marks))
                await mark.real.commit()
        except BaseException:
            self.topics = told
            del self.changes[changes:]
            await self._undo(mark)
            raise
        finally:
            self._marks.remove(mark)

    async def _undo(self, mark: _Mark) -> None:
        """What was read since may show what is undone now: once anything was run, all of it is read anew."""
        del self._pending[min(mark.begun, len(self._pending)) :]
        if self._broken is not None and self._broken.depth > self._marks.index(mark):
            self._broken = None
        if mark.real is None:
            self.memory.undo(mark.memory)
            return
        await mark.real.rollback()
        self.memory.clear()
        self._session.expunge_all()

    async def finish(self) -> None:
        """Writes what is still gathered: before the commit."""
        self._check_whole()
        await self._write(len(self._pending), 0)

    def _check_whole(self) -> None:
        """Raises what the database said of rows that were gathered: nothing goes on as if they were there."""
        if self._broken is not None:
            raise self._broken.error

    async def _catch_up(self) -> None:
        """Before a statement: savepoints become real where they began, and gathered rows are written."""
        self._check_whole()
        for depth, mark in enumerate(self._marks):
            if mark.real is None:
                await self._write(mark.begun, depth)
                mark.real = await self._session.begin_nested()
        if self._pending:
            await self._write(len(self._pending), len(self._marks))

    async def _write(self, count: int, depth: int) -> None:
        """The first `count` gathered rows, which have `depth` savepoints around them."""
        if count <= 0:
            return
        try:
            await self._write_first(count)
        except Exception as error:
            self._broken = _Broken(error, depth)
            raise

    async def _write_first(self, count: int) -> None:
        """Those of one table and kind in one statement."""
        part, self._pending = self._pending[:count], self._pending[count:]
        for mark in self._marks:
            mark.begun = max(0, mark.begun - count)
        groups: dict[tuple[type[DeclarativeBase], bool, frozenset[str]], list[Mapping[str, Any]]] = {}
        for pending in part:
            groups.setdefault((pending.entity, pending.once, frozenset(pending.row)), []).append(pending.row)
        for (entity, once, _), rows in groups.items():
            statement = self.dialect_insert(entity).on_conflict_do_nothing() if once else insert(_table(entity))
            await self._session.execute(statement, rows)


def _table(entity: type[DeclarativeBase]) -> Table:
    return cast("Table", entity.__table__)
