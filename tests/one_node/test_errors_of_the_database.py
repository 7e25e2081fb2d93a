"""What the log gets of a statement that fails: which one it was, and nothing of what stood in it."""

from io import StringIO
from typing import Any

import pytest
import structlog
from sqlalchemy import Select, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from node.database import Transaction, new_id
from node.database.failures import UNAVAILABLE
from node.database.tables import HostBlock, InboxItem, Post
from node.queries import inbox_items
from tests.nodes import Node

pytestmark = pytest.mark.both_databases


async def test_no_parameter_of_a_failing_insert_is_logged(node: Node) -> None:
    written = StringIO()
    rendering: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    log = structlog.wrap_logger(structlog.WriteLogger(written), processors=rendering)
    name = "very-private"

    async def twice(tx: Transaction) -> None:
        for _ in range(2):
            await tx.execute(insert(HostBlock).values(host=name, created_at=tx.now))

    try:
        async with node.context.database.transaction() as tx:
            await twice(tx)
    except IntegrityError:
        log.exception("request.failed")
    assert "INSERT INTO host_blocks" in written.getvalue()
    assert name not in written.getvalue()


async def test_what_cannot_be_asked_is_no_lost_connection(node: Node) -> None:
    """More values than a statement of PostgreSQL takes, or one that it cannot hold: tried again it fails again."""
    many = select(HostBlock.host).where(HostBlock.host.in_([f"{n}.test" for n in range(40_000)]))
    huge = select(Post.id).where(Post.id == 2**70)
    assert [await kind_of_error(node, statement) for statement in (many, huge)].count("unavailable") == 0
    assert await kind_of_error(node, huge) == "other"


async def test_what_ran_too_long_may_be_asked_again(node: Node) -> None:
    if node.context.settings.sqlite:
        pytest.skip("SQLite bounds no statement by time")

    async def work(tx: Transaction) -> None:
        await tx.execute(text("SET LOCAL statement_timeout = '20ms'"))
        await tx.execute(text("SELECT pg_sleep(10)"))

    with pytest.raises(UNAVAILABLE):
        await node.do(work)


async def kind_of_error(node: Node, statement: Select[Any]) -> str:
    try:
        await node.read(lambda tx: tx.all(statement))
    except UNAVAILABLE:
        return "unavailable"
    except Exception:  # noqa: BLE001  # each database has names of its own
        return "other"
    return "none"


async def test_of_rows_that_come_together_all_are_stored_or_none(node: Node) -> None:
    now = node.context.now()
    row = {"arrived_at": now, "due_at": None, "claimed": False, "attempts": 0, "document": ""}
    named = {"actor_uri": "http://b.test/users/una", "kind": "Like"}
    rows = [{"id": new_id(now), "activity_id": f"http://b.test/{n}", **row, **named} for n in range(40)]
    stored = select(func.count()).select_from(InboxItem)
    with pytest.raises(IntegrityError):
        await inbox_items.store(node.context.database, [*rows[:30], rows[30] | {"kind": None}, *rows[31:]])
    assert await node.read(lambda tx: tx.one(stored)) == 0
    await inbox_items.store(node.context.database, rows)
    assert await node.read(lambda tx: tx.one(stored)) == len(rows)
