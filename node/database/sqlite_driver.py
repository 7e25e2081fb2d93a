"""SQLite with one hop to the driver's thread for a statement and its rows, where aiosqlite takes four.

Most statements here cost less than a hop: two switches of threads, each with the interpreter's lock. What does nothing
to the file (a cursor, the begin and end of a reading transaction) takes none, and what only opens something goes with
the statement after it: a transaction has the one writer's lock from its first statement on.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import aiosqlite

from node.database.appending import Statement

DEFERRED: Final = "BEGIN"
"""Begins a reading transaction: SQLite looks at the file with the first statement only."""
IMMEDIATE: Final = "BEGIN IMMEDIATE"
"""Begins a writing transaction: takes the lock, or waits for it."""
_SAVEPOINT: Final = "SAVEPOINT "


class Cursor(aiosqlite.Cursor):
    """All rows come with the execution: nothing here streams."""

    def __init__(self, connection: "Connection", cursor: sqlite3.Cursor) -> None:
        super().__init__(connection, cursor)
        self._connection = connection
        self._rows: deque[Any] = deque()

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> "Cursor":
        if sql == DEFERRED and self._connection.idle:
            self._cursor.execute(sql)
        elif sql == IMMEDIATE or sql.startswith(_SAVEPOINT):
            self._connection.opening.append(sql)
        else:
            run = partial(self._run, self._connection.take_opening())
            rows = await self._execute(run, sql, parameters or ())  # type: ignore[no-untyped-call]  # aiosqlite's
            self._rows = deque(rows)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> "Cursor":
        run = partial(self._run_many, self._connection.take_opening())
        await self._execute(run, sql, parameters)  # type: ignore[no-untyped-call]  # aiosqlite's
        return self

    def _run(self, opening: Iterable[str], sql: str, parameters: Any) -> list[Any]:
        self._open(opening)
        self._cursor.execute(sql, parameters)
        return self._cursor.fetchall() if self._cursor.description else []

    def _run_many(self, opening: Iterable[str], sql: str, parameters: Any) -> None:
        self._open(opening)
        self._cursor.executemany(sql, parameters)

    def _open(self, opening: Iterable[str]) -> None:
        for sql in opening:
            self._cursor.execute(sql)

    async def fetchone(self) -> Any:
        return self._rows.popleft() if self._rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        most = self.arraysize if size is None else size
        return [self._rows.popleft() for _ in range(min(most, len(self._rows)))]

    async def fetchall(self) -> list[Any]:
        rows = list(self._rows)
        self._rows.clear()
        return rows

    async def close(self) -> None:
        if self._connection.idle:
            self._cursor.close()  # read to its end: nothing is left to do in the file
        else:
            await super().close()


class Connection(aiosqlite.Connection):
    """`writes` tells whether the end of a transaction may have something to undo."""

    def __init__(self, path: Path, *, writes: bool) -> None:
        opened = partial(sqlite3.connect, path, check_same_thread=False, isolation_level=None)
        super().__init__(opened, iter_chunk_size=64)
        self._thread.daemon = True  # as SQLAlchemy does with those that it makes itself
        self._writes = writes
        self._asked = self._done = 0
        """Counted by the loop, and by the thread: a statement goes on whose request was cancelled."""
        self.opening: list[str] = []
        """What goes with the next statement; where none comes, nothing was opened."""

    @property
    def idle(self) -> bool:
        """Nothing runs on the thread, so that the loop may use the connection itself."""
        return self._asked == self._done

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self._asked += 1
        return await super()._execute(self._counted, fn, *args, **kwargs)  # type: ignore[no-untyped-call]  # as above

    def _counted(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return fn(*args, **kwargs)
        finally:
            self._done += 1

    def cursor(self) -> Cursor:  # type: ignore[override]  # SQLAlchemy enters what it gets, and awaits nothing before
        return Cursor(self, self._conn.cursor())

    def take_opening(self) -> list[str]:
        taken, self.opening = self.opening, []
        return taken

    async def commit(self) -> None:
        if self._opened():
            await super().commit()

    async def rollback(self) -> None:
        if not self._opened() or (self.idle and not self._conn.in_transaction):
            return
        if self._writes or not self.idle:
            await super().rollback()
        else:
            self._conn.rollback()

    async def commit_all(self, statements: Sequence[Statement]) -> None:
        """A transaction of these, all in one hop. Raises `sqlite3.Error`: then nothing happened."""
        await self._execute(self._commit_all, statements)

    def _commit_all(self, statements: Sequence[Statement]) -> None:
        self._conn.execute(IMMEDIATE)
        try:
            for sql, parameters in statements:
                self._conn.execute(sql, parameters)
            self._conn.execute("COMMIT")
        except BaseException:
            self._conn.rollback()
            raise

    def _opened(self) -> bool:
        """Whether there is a transaction to end; one that was to begin with its first statement does not any more."""
        return IMMEDIATE not in self.take_opening()


def connecting(path: Path, *, writes: bool) -> Callable[[], Connection]:
    """For `create_async_engine(async_creator=...)`: gives connections that open when they are awaited."""
    return partial(Connection, path, writes=writes)
