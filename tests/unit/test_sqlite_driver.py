"""SQLite's driver: rows as they are, errors as they are, and a cancelled statement that spoils nothing after it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from node.database import Database, upgrade
from node.database.failures import Clash
from node.database.sqlite_driver import DEFERRED, connecting
from node.database.tables import InboxItem
from node.events import Bus
from node.queries import inbox_items
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


def arrived(number: int, **values: object) -> dict[str, object]:
    """A row of the inbox."""
    now = datetime(2026, 5, 1, 12, 0, number % 60, 7, tzinfo=UTC)
    row = {"id": number + 1, "arrived_at": now, "due_at": now, "claimed": number % 2 == 0, "attempts": 0}
    named = {"actor_uri": "http://b.test/users/una", "activity_id": f"http://b.test/{number}", "kind": "Like"}
    return {**row, **named, "document": f'{{"a": "{number} Grüße"}}', **values}


async def stored(database: Database) -> list[tuple[object, ...]]:
    columns = list(InboxItem.__table__.columns)
    async with database.reading() as tx:
        return [tuple(row) for row in await tx.rows(select(*columns).order_by(InboxItem.id))]


@pytest.mark.parametrize("count", [1, 2, 3, 63, 64, 65, 200])
async def test_rows_for_the_driver_are_what_sqlalchemy_writes(database: Database, count: int):
    rows = [arrived(number) for number in range(count)]
    await inbox_items.store(database, rows)
    found = await stored(database)
    async with database.transaction() as tx:
        await tx.execute(delete(InboxItem))
        await inbox_items.add(tx, rows)
    assert len(found) == count
    assert found == await stored(database)


async def test_a_row_that_is_there_is_left_and_a_follow_that_was_done_is_woken(database: Database):
    done = {"due_at": None, "document": "", "outcome": "handled"}
    await inbox_items.store(database, [arrived(0), arrived(1, kind="Follow", **done), arrived(2, kind="Like", **done)])
    again = [arrived(10, activity_id="http://b.test/0", document="other"), arrived(11, activity_id="http://b.test/1")]
    await inbox_items.store(database, [*again, arrived(12, activity_id="http://b.test/2"), arrived(3)])
    async with database.reading() as tx:
        found = {item.id: item for item in await tx.all(select(InboxItem))}
    assert found.keys() == {1, 2, 3, 4}
    assert found[1].document == arrived(0)["document"]
    assert found[2].due_at == arrived(11)["due_at"]
    assert found[2].document == arrived(11)["document"]
    assert found[2].outcome is None
    assert found[3].due_at is None


async def test_all_rows_are_stored_or_none_and_the_failure_has_its_name(database: Database):
    with pytest.raises(Clash):
        await inbox_items.store(database, [*(arrived(number) for number in range(70)), arrived(70, kind=None)])
    assert await stored(database) == []
    await inbox_items.store(database, [arrived(0)])
    assert len(await stored(database)) == 1


async def test_a_transaction_has_the_lock_from_its_first_statement_on(database: Database, tmp_path: Path):
    other = sqlite3.connect(tmp_path / "ordito.sqlite3", isolation_level=None, timeout=0)
    async with database.transaction():
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
    async with database.transaction() as tx:
        assert await tx.one(text("SELECT 1")) == 1
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


async def test_a_savepoint_begins_before_what_it_may_undo(database: Database):
    async with database.transaction() as tx:
        await inbox_items.add(tx, [arrived(0)])
        with suppress(ZeroDivisionError):
            async with tx.savepoint():
                await inbox_items.add(tx, [arrived(1)])
                raise ZeroDivisionError
        await inbox_items.add(tx, [arrived(2)])
    assert [row[0] for row in await stored(database)] == [1, 3]
