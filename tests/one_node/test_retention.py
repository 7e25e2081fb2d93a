"""What is kept for a time only is forgotten after it, and the job that does it comes back every day."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from node.app import WORKERS
from node.database.tables import InboxItem, Job
from node.queries import jobs
from tests.nodes import Network, Node
from tests.strangers import Stranger

pytestmark = pytest.mark.both_databases


async def count(node: Node) -> int:
    found: int = await node.read(lambda tx: tx.one(select(func.count()).select_from(InboxItem)))
    return found


async def test_finished_items_go_after_thirty_days(nodes: Network, node: Node) -> None:
    stranger = Stranger(nodes, "c")
    await stranger.serve()
    bob = stranger.person("bob")
    await stranger.send(node, stranger.create(bob, stranger.note(bob, "notes/1")), bob)
    await nodes.settle()
    assert await count(node) == 1
    await node.do(lambda tx: jobs.add(tx, "retention", "", {}))
    await nodes.settle()
    assert await count(node) == 1
    nodes.clock.move(timedelta(days=31))
    await node.app[WORKERS].all[2].turn()
    await node.app[WORKERS].all[2].finish()
    assert await count(node) == 0
    due = await node.read(lambda tx: tx.one(select(Job.due_at).where(Job.kind == "retention")))
    assert due > nodes.clock.at
