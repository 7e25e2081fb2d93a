"""Accounts elsewhere that nothing here refers to are forgotten; whatever refers to one keeps it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Integer, Table, delete, insert, select, update

from node.database import Transaction
from node.database.columns import Json, Moment
from node.database.tables import Actor, ActorKey, Delivery, InboxItem, Job, OwnActivity, Post
from node.queries import (
    actors as actor_rows,
    follows as follow_rows,
    inbox_items,
    jobs,
    lists as list_rows,
    retention as rows,
)
from node.services import departures
from node.workers.jobs import retention
from tests.nodes import Network, Node
from tests.strangers import Person, Stranger

pytestmark = pytest.mark.both_databases
UNUSED = timedelta(days=91)
NUMBERS = count(1)
LIST = {"title": "Friends", "replies_policy": "list", "exclusive": False}


@pytest.fixture
async def stranger(nodes: Network) -> Stranger:
    found = Stranger(nodes, "c")
    await found.serve()
    return found


class Crowd:
    """Accounts of a stranger's host by what refers to each; `others` are the rows that a reference needs besides."""

    def __init__(self, node: Node, stranger: Stranger) -> None:
        self.node, self.stranger = node, stranger
        self.others: dict[str, int] = {}

    async def person(self, name: str) -> Actor:
        person = self.stranger.person(name)
        await self.node.find(f"{name}@c.test")
        return await self.node.actor(person.uri)

    async def referred_to(self, column: Column[int]) -> Actor:
        found = await self.person(f"{column.table.name}-{column.name}")
        values = {column.name: found.id}
        for other in column.table.columns:
            if other.name != column.name and not other.nullable:
                values[other.name] = self._some(other)
        await self.node.do(lambda tx: tx.execute(insert(column.table).values(**values)))
        return found

    def _some(self, column: Column[Any]) -> Any:
        for key in column.foreign_keys:
            return self.others["second" if column.primary_key else key.column.table.name]
        match column.type:
            case Boolean():
                return False
            case Integer():
                return next(NUMBERS)
            case Moment():
                return self.node.context.now()
            case Json():
                return []
        return f"{column.name} {next(NUMBERS)}"

    async def left(self) -> set[str]:
        """Names of those who are still known."""
        known = select(Actor.username).where(Actor.host == "c.test")
        return set(await self.node.read(lambda tx: tx.all(known)))


@pytest.fixture
async def crowd(node: Node, stranger: Stranger) -> Crowd:
    found = Crowd(node, stranger)
    anna, lea = await node.person("anna"), await node.person("lea")
    post = await node.post(anna, "Hello")
    activity = await node.read(lambda tx: tx.one(select(OwnActivity.id)))
    found.others = {"actors": anna.id, "second": lea.id, "posts": post.id, "own_activities": activity}
    found.others["lists"] = (await node.do(lambda tx: list_rows.add(tx, anna.id, LIST))).id
    return found


async def forget(nodes: Network, node: Node) -> None:
    nodes.clock.move(UNUSED)
    await retention.run(node.context, {})


async def test_who_is_referred_to_stays_and_goes_with_the_last_reference(
    nodes: Network, node: Node, crowd: Crowd
) -> None:
    """A kind of reference for each account, and one that none has."""
    held = {column: await crowd.referred_to(column) for column in rows.REFERENCES}
    assert len(held) > 20
    await crowd.person("unused")
    nodes.clock.move(UNUSED)
    assert await retention.forget_unused(node.context) == 1
    assert await crowd.left() == {actor.username for actor in held.values()}
    for column, actor in held.items():
        gone = delete(column.table).where(column == actor.id)
        await node.do(lambda tx, gone=gone: tx.execute(gone))
        assert await retention.forget_unused(node.context) == 1, column
    assert await crowd.left() == set()
    keys = select(ActorKey.id).where(ActorKey.id.contains("c.test"))
    assert await node.read(lambda tx: tx.all(keys)) == []


async def waiting_item(tx: Transaction, actor: Actor) -> None:
    row = {"actor_uri": actor.uri, "activity_id": f"{actor.uri}#1", "kind": "Like", "document": "{}"}
    rest = {"arrived_at": tx.now, "due_at": tx.now + timedelta(days=400), "claimed": False, "attempts": 0}
    await inbox_items.add(tx, [{"id": tx.new_id(), **row, **rest}])


async def waiting_job(tx: Transaction, actor: Actor) -> None:
    await jobs.add(tx, "backfill", actor.uri, {"group": actor.uri}, tx.now + timedelta(days=400))


async def waiting_delivery(tx: Transaction, actor: Actor) -> None:
    activity = await tx.one(select(OwnActivity))
    owed = {"activity_id": activity.id, "sender_id": activity.actor_id, "inbox": actor.inbox, "host": "c.test"}
    state = {"due_at": tx.now + timedelta(days=400), "claimed": False, "attempts": 0}
    await tx.execute(insert(Delivery).values(id=tx.new_id(), **owed, **state))


async def said_of_her(tx: Transaction, actor: Actor) -> None:
    await tx.execute(update(OwnActivity).values(object_uri=actor.uri))


Hold = Callable[[Transaction, Actor], Awaitable[None]]
HOLDS: dict[Hold, type[Any]] = {
    waiting_item: InboxItem,
    waiting_job: Job,
    waiting_delivery: Delivery,
    said_of_her: OwnActivity,
}


@pytest.mark.parametrize("hold", HOLDS)
async def test_who_something_waits_for_stays_until_it_is_done(
    nodes: Network, node: Node, crowd: Crowd, hold: Hold
) -> None:
    found = await crowd.person("bob")
    await node.do(lambda tx: hold(tx, found))
    nodes.clock.move(UNUSED)
    assert (await retention.forget_unused(node.context), await crowd.left()) == (0, {"bob"})
    await node.do(lambda tx: tx.execute(delete(HOLDS[hold])))
    assert (await retention.forget_unused(node.context), await crowd.left()) == (1, set())


async def test_what_was_decided_of_an_account_is_not_forgotten(nodes: Network, node: Node, crowd: Crowd) -> None:
    """Nor those of this node, and those who were fetched lately; a refresh begins the time anew."""
    for name, decide in (("suspended", departures.suspend), ("deleted", departures.empty)):
        found = await crowd.person(name)
        await node.do(lambda tx, decide=decide, found=found: decide(tx, found))
    for name in ("old", "read-anew"):
        await crowd.person(name)
    nodes.clock.move(timedelta(days=89))
    await retention.run(node.context, {})
    everybody = {"suspended", "deleted", "old", "read-anew"}
    assert await crowd.left() == everybody
    renewed = await node.actor(crowd.stranger.people["read-anew"].uri)
    await node.do(lambda tx: actor_rows.change(tx, renewed, fetched_at=tx.now))
    nodes.clock.move(timedelta(days=2))
    await retention.run(node.context, {})
    assert await crowd.left() == everybody - {"old"}
    ours = select(Actor.username).where(Actor.host.is_(None))
    assert set(await node.read(lambda tx: tx.all(ours))) == {"anna", "lea", "node"}


async def test_so_many_go_in_one_day(nodes: Network, node: Node, crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "MOST_UNUSED", 3)
    monkeypatch.setattr(rows, "PART", 2)
    for number in range(7):
        await crowd.person(f"p{number}")
    await forget(nodes, node)
    for left in (4, 1, 0, 0):
        assert len(await crowd.left()) == left
        await retention.run(node.context, {})


async def test_a_domain_has_no_more_than_a_crowd(
    nodes: Network, node: Node, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of whom nothing refers to, the first go on the second day; whom something refers to is not counted."""
    monkeypatch.setattr(retention, "CROWD", 3)
    monkeypatch.setattr(rows, "PART", 2)
    held = await crowd.referred_to(Post.__table__.c.author_id)
    for number in range(5):
        await crowd.person(f"p{number}")
    far = Stranger(nodes, "d")
    await far.serve()
    for number in range(3):
        far.person(f"far{number}")
        await node.find(f"far{number}@d.test")
    nodes.clock.move(timedelta(hours=23))
    assert await retention.forget_unused(node.context) == 0
    nodes.clock.move(timedelta(hours=2))
    assert await retention.forget_unused(node.context) == 2
    assert await crowd.left() == {held.username, "p2", "p3", "p4"}
    assert len(await node.read(lambda tx: tx.all(select(Actor.id).where(Actor.host == "d.test")))) == 3


async def test_who_comes_again_is_fetched_again(nodes: Network, node: Node, crowd: Crowd) -> None:
    stranger, anna = crowd.stranger, await node.actor("http://a.test/users/anna")
    bob = stranger.person("bob")
    assert (await stranger.send(node, stranger.activity("Like", bob, "http://a.test/posts/1"), bob)).status == 202
    await nodes.settle()
    await forget(nodes, node)
    assert await crowd.left() == set()
    await take_effect(nodes, node, stranger, bob, anna)


async def take_effect(nodes: Network, node: Node, stranger: Stranger, by: Person, target: Actor) -> None:
    assert (await stranger.send(node, stranger.activity("Follow", by, target.uri), by)).status == 202
    await nodes.settle()
    assert [actor.uri for actor in await node.read(lambda tx: follow_rows.followers(tx, target.id))] == [by.uri]


async def test_a_reference_that_is_being_made_keeps_its_account(nodes: Network, node: Node, crowd: Crowd) -> None:
    found, anna = await crowd.person("bob"), await node.actor("http://a.test/users/anna")
    nodes.clock.move(UNUSED)
    async with node.context.database.transaction(node.context.now()) as tx:
        await follow_rows.add(tx, found, anna, f"{found.uri}#follow")
        await tx.one(select(Actor.id))  # what was gathered is written
        forgetting = asyncio.create_task(retention.run(node.context, {}))
        await asyncio.wait({forgetting}, timeout=0.3)
    await forgetting
    assert await crowd.left() == {"bob"}


async def test_a_reference_that_comes_too_late_finds_the_account_fetched_again(
    nodes: Network, node: Node, crowd: Crowd
) -> None:
    found, anna = await crowd.person("bob"), await node.actor("http://a.test/users/anna")
    nodes.clock.move(UNUSED)

    async def follow(tx: Transaction) -> None:
        await follow_rows.add(tx, await actor_rows.required(tx, found.uri), anna, f"{found.uri}#follow")

    async with node.context.database.transaction(node.context.now()) as tx:
        assert await rows.forget_actors(tx, [found.id], tx.now - timedelta(days=90)) == 1
        following = asyncio.create_task(node.context.run(follow))
        await asyncio.wait({following}, timeout=0.3)
    await following
    again = await node.actor(found.uri)
    assert again.id != found.id
    assert await node.read(lambda tx: follow_rows.between(tx, again.id, anna.id)) is not None


def test_what_refers_to_an_account_is_found_by_an_index() -> None:
    """The database looks for all of it whenever one goes."""
    for column in rows.REFERENCES:
        table: Table = column.table
        leading = [table.primary_key.columns.values()[0], *(next(iter(index.columns)) for index in table.indexes)]
        leading += [next(iter(one.columns)) for one in table.constraints if getattr(one, "columns", None)]
        assert column in leading, column
