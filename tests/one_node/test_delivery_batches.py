"""A fan-out costs statements by the batch, not by the delivery: to claim, and to write how all of it ended."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from federation.signatures import Scheme
from node.app import WORKERS
from node.database import Transaction
from node.database.tables import Delivery
from node.queries import deliveries, peers
from node.workers.deliveries import Sent, _record
from tests.nodes import Node
from tests.one_node.test_inbox_batches import counted

pytestmark = pytest.mark.both_databases

ROOM, PER_HOST, PER_DOMAIN = 200, 4, 50


async def owed(node: Node, count: int, below: str = "") -> None:
    """Something to say to so many hosts, of a domain each or all below one."""
    anna = await node.person(f"anna{count}")

    async def work(tx: Transaction) -> None:
        values: dict[str, Any] = {"uri": f"{anna.uri}#{count}", "actor_id": anna.id, "type": "Create"}
        activity = values | {"object_uri": anna.uri, "public": True, "document": "{}"}
        activity_id = await deliveries.add_activity(tx, activity)
        inboxes = [f"http://h{number}-of-{count}{below}.test/inbox" for number in range(count)]
        await deliveries.owe(tx, activity_id, anna.id, inboxes, tx.now)

    await node.do(work)


def ends(claimed: Sequence[deliveries.Owed]) -> list[Sent]:
    """Every way that a delivery can end, in turn."""
    ways: list[dict[str, Any]] = [
        {"end": "delivered", "reason": "202", "scheme": Scheme.CAVAGE},
        {"end": "refused", "reason": "400"},
        {"end": "gone", "reason": "410"},
        {"end": "again", "reason": "deliver.timeout", "host_failed": True},
        {"end": "again", "reason": "503", "retry_after": 60, "host_failed": True},
    ]
    return [Sent(one, **ways[number % len(ways)]) for number, one in enumerate(claimed)]


async def test_a_batch_costs_as_many_statements_as_a_few(node: Node) -> None:
    costs = []
    for count in (5, 150):
        await owed(node, count)
        with counted(node) as statements:
            claimed = await node.do(lambda tx: deliveries.claim(tx, ROOM, {}, PER_HOST, PER_DOMAIN))
            await node.do(lambda tx, claimed=claimed: _record(tx, ends(claimed)))
        assert len(claimed) == count
        costs.append(len(statements))
    assert costs[1] <= costs[0] + 2


async def test_each_delivery_of_a_batch_ends_as_it_did(node: Node) -> None:
    await owed(node, 5)
    claimed = await node.do(lambda tx: deliveries.claim(tx, ROOM, {}, PER_HOST, PER_DOMAIN))
    await node.do(lambda tx: _record(tx, ends(claimed)))
    rows = await node.read(lambda tx: tx.all(select(Delivery).order_by(Delivery.host)))
    assert [(row.outcome, row.reason, row.claimed) for row in rows] == [
        ("delivered", None, False),
        ("refused", "400", False),
        ("gone", "410", False),
        (None, "deliver.timeout", False),
        (None, "503", False),
    ]
    soon, late = rows[3].due_at, rows[4].due_at
    now = node.context.now()
    assert timedelta() < soon - now < timedelta(seconds=30) < late - now
    known = await node.read(lambda tx: peers.by_hosts(tx, [row.host for row in rows]))
    assert {host: (peer.scheme, peer.failures) for host, peer in known.items()} == {
        "h0-of-5.test": ("cavage", 0),
        "h3-of-5.test": (None, 1),
        "h4-of-5.test": (None, 1),
    }


async def test_a_burst_asks_once_for_keys_and_blocks(node: Node) -> None:
    await owed(node, 30)
    with counted(node, reads=True) as statements:
        await node.app[WORKERS].all[1].turn()
        await node.app[WORKERS].all[1].finish()
    secrets = [statement for statement in statements if "FROM actor_secrets" in statement]
    blocks = [statement for statement in statements if "FROM host_blocks" in statement]
    assert len(secrets) == 1
    assert len(blocks) in {1, 2}  # again where PostgreSQL's listener begins just then: it may have missed a change


async def test_the_names_below_one_domain_share_its_slots(node: Node) -> None:
    """They stand first in the queue, four times as many as are looked at, and still leave room for everybody else."""

    def domains(claimed: Sequence[deliveries.Owed]) -> list[str]:
        return sorted({one.host.partition(".")[2] for one in claimed})

    await owed(node, 4 * ROOM + 1, ".evil")
    await owed(node, 9)
    first = await node.do(lambda tx: deliveries.claim(tx, ROOM, {}, PER_HOST, PER_DOMAIN))
    assert (len(first), domains(first)) == (PER_DOMAIN, ["evil.test"])
    busy = {one.host: 1 for one in first}
    rest = ROOM - PER_DOMAIN
    then = await node.do(lambda tx: deliveries.claim(tx, rest, busy, PER_HOST, PER_DOMAIN))
    assert (len(then), domains(then)) == (9, ["test"])
    more = await node.do(lambda tx: deliveries.claim(tx, rest, {}, PER_HOST, PER_DOMAIN))
    assert (len(more), domains(more)) == (PER_DOMAIN, ["evil.test"])
