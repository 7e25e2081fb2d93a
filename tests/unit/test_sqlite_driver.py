"""SQLite's driver: rows as they are, errors as they are, and a cancelled statement that spoils nothing after it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from node.database import Database, upgrade
from node.database.sqlite_driver import DEFERRED, connecting
from node.events import Bus
from node.settings import load

LONG = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :most) SELECT count(*) FROM n")
A_WHILE = 2_000_000
"""Rows that take some tenths of a second to count."""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    settings = load({"ORDITO_DATA_DIR": str(tmp_path), "ORDITO_BASE_URL": "http://a.test", "ORDITO_ENV": "development"})
    await upgrade(settings)
    opened = Database(settings, Bus())
    yield opened
    await opened.close()


async def cancelled(engine: AsyncEngine, work: "asyncio.Task[None]") -> None:
    """In the midst of its statement, with which the thread goes on."""
    while engine.pool.checkedout() == 0:  # type: ignore[attr-defined]  # noqa: ASYNC110  # nobody tells when it is taken
        await asyncio.sleep(0)
    for _ in range(50):
        await asyncio.sleep(0)
    assert not work.done()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


async def test_rows_come_whole_and_in_order(database: Database):
    numbers = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT i FROM n")
    async with database.reading() as tx:
        assert await tx.all(numbers) == list(range(1, 501))
        assert await tx.one(numbers) == 1
        assert await tx.one(text("SELECT 1 WHERE 1 = 2")) is None


async def test_a_reader_whose_request_is_cancelled_serves_the_next(database: Database):
    async def read() -> None:
        async with database.reading() as tx:
            await tx.execute(LONG, {"most": A_WHILE})

    for _ in range(8):  # twice as many as there are connections
        await cancelled(database.reader, asyncio.create_task(read()))
        async with database.reading() as tx:
            assert await tx.one(LONG, most=10) == 10


async def test_what_the_thread_still_runs_is_waited_for_in_line(tmp_path: Path):
    """Closed at once, or rolled back, it would hold up the loop until the statement ends."""
    async with connecting(tmp_path / "empty.sqlite3", writes=False)() as connection:
        cursor, other = connection.cursor(), connection.cursor()
        await cursor.execute(DEFERRED)
        work = asyncio.create_task(cursor.execute(str(LONG), {"most": A_WHILE}))
        await asyncio.sleep(0)
        assert not connection.idle
        work.cancel()
        later = [asyncio.create_task(step) for step in (cursor.close(), connection.rollback(), other.execute(DEFERRED))]
        await asyncio.sleep(0)
        assert not any(task.done() for task in later)
        await asyncio.gather(*later)
        assert connection.idle
        at_once = asyncio.create_task(connection.rollback())
        await asyncio.sleep(0)
        assert at_once.done()


async def test_a_writer_whose_work_is_cancelled_undoes_it_and_lets_go(database: Database):
    add = text("INSERT INTO host_blocks (host, created_at) VALUES (:host, '2026-01-01 00:00:00')")

    async def block() -> None:
        async with database.transaction() as tx:
            await tx.execute(add, {"host": "undone.test"})
            await tx.execute(LONG, {"most": A_WHILE})

    await cancelled(database.writer, asyncio.create_task(block()))
    async with database.transaction() as tx:
        await tx.execute(add, {"host": "kept.test"})
    async with database.reading() as tx:
        assert await tx.all(text("SELECT host FROM host_blocks")) == ["kept.test"]


async def test_what_the_database_refuses_is_raised_and_spoils_nothing(database: Database):
    add = text("INSERT INTO host_blocks (host, created_at) VALUES ('twice.test', '2026-01-01 00:00:00')")

    async def twice() -> None:
        async with database.transaction() as tx:
            await tx.execute(add)
            await tx.execute(add)

    with pytest.raises(IntegrityError):
        await twice()
    async with database.transaction() as tx:
        assert await tx.all(text("SELECT host FROM host_blocks")) == []


async def test_readers_cannot_write(database: Database):
    with pytest.raises(Exception, match="readonly"):
        async with database.reading() as tx:
            await tx.execute(text("DELETE FROM host_blocks"))
