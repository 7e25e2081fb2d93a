"""The fast road of the inbox: a batch costs as many statements as one item, and one bad item spoils no other."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import sqlalchemy

from node.app import WORKERS
from node.database import Transaction, new_id
from node.database.tables import Actor, InboxItem, Notification
from node.queries import actors as actor_rows, follows as follow_rows, inbox_items, mutes
from tests.nodes import Network, Node
from tests.strangers import PUBLIC, Person, Stranger

pytestmark = pytest.mark.both_databases


async def followed(nodes: Network, node: Node, *names: str) -> tuple[Stranger, Actor, list[Person]]:
    """Authors elsewhere whom a reader here follows."""
    stranger = Stranger(nodes, "c")
    await stranger.serve()
    reader = await node.person("reader")
    people = [stranger.person(name) for name in names]

    async def work(tx: Transaction) -> None:
        for person in people:
            target = await actor_rows.required(tx, person.uri)
            follow = await follow_rows.add(tx, reader, target, f"{reader.uri}#follow/{target.id}")
            await follow_rows.change(tx, follow, accepted_at=tx.now)

    await node.do(work)
    return stranger, reader, people


@contextmanager
def counted(node: Node, *, reads: bool = False) -> Iterator[list[str]]:
    """Statements of the writer; with `reads`, those of the readers too."""
    database = node.context.database
    engines = {database.writer.sync_engine, *([database.reader.sync_engine] if reads else [])}
    seen: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        seen.append(statement)

    for engine in engines:
        sqlalchemy.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        for engine in engines:
            sqlalchemy.event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("proved", [False, True])
async def test_a_batch_costs_as_many_statements_as_one_note(nodes: Network, node: Node, *, proved: bool) -> None:
    stranger, _, people = await followed(nodes, node, "bob", "carla")
    costs = []
    for run, size in enumerate((1, 30)):
        for number in range(size):
            author = people[number % 2]
            tag = {"type": "Hashtag", "name": "#garden"}
            note = stranger.note(author, f"notes/{run}-{number}", tag=[tag])
            create = stranger.create(author, note)
            await stranger.send(node, author.prove(create) if proved else create, author)
        with counted(node) as statements:
            await node.app[WORKERS].all[0].turn()
        costs.append(len(statements))
    assert costs[1] <= costs[0] + 2
    assert await node.outcomes() == {"handled": 31}


async def test_a_batch_of_follows_costs_as_many_statements_as_few(nodes: Network, node: Node) -> None:
    stranger = Stranger(nodes, "c")
    await stranger.serve()
    reader = await node.person("reader")
    costs = []
    for run, size in enumerate((2, 30)):
        people = [stranger.person(f"p{run}-{number}") for number in range(size)]
        for person in people:
            await stranger.send(
                node, stranger.activity("Follow", person, reader.uri, id=f"{person.uri}#follow"), person
            )
        with counted(node) as statements:
            await node.app[WORKERS].all[0].turn()
        costs.append(len(statements))
    assert costs[1] <= costs[0] + 2
    told = await node.read(
        lambda tx: tx.all(sqlalchemy.select(Notification.type).where(Notification.actor_id == reader.id))
    )
    assert told == ["follow"] * 32


async def test_in_a_batch_of_follows_nobody_is_told_of_whom_she_mutes(nodes: Network, node: Node) -> None:
    stranger = Stranger(nodes, "c")
    await stranger.serve()
    reader = await node.person("reader")
    muted, heard, again = (stranger.person(name) for name in ("muted", "heard", "again"))
    for person in (muted, heard, again):
        await node.find(f"{person.name}@c.test")

    async def mute(tx: Transaction) -> None:
        target = await actor_rows.required(tx, muted.uri)
        await mutes.mute(tx, reader.id, target.id, notifications=True, until=None)

    await node.do(mute)
    follows = [stranger.activity("Follow", one, reader.uri, id=f"{one.uri}#1") for one in (muted, heard, again)]
    undone = stranger.activity("Undo", again, follows[2], id=f"{again.uri}#2")
    anew = stranger.activity("Follow", again, reader.uri, id=f"{again.uri}#3")
    for activity, by in (*zip(follows, (muted, heard, again), strict=True), (undone, again), (anew, again)):
        await stranger.send(node, activity, by)
    await nodes.settle()
    told = sqlalchemy.select(Actor.username).join(Notification, Notification.from_id == Actor.id)
    assert sorted(await node.read(lambda tx: tx.all(told))) == ["again", "heard"]


async def test_one_bad_item_spoils_no_other(nodes: Network, node: Node) -> None:
    stranger, reader, (bob, carla) = await followed(nodes, node, "bob", "carla")
    good = [stranger.create(bob, stranger.note(bob, f"notes/{n}", f"<p>{n}</p>")) for n in range(3)]
    forged = stranger.create(carla, stranger.note(carla, "notes/x", attributedTo=bob.uri))
    like = stranger.activity("Like", carla, good[0]["object"]["id"], id=f"{carla.uri}#like/1", to=[PUBLIC])
    for activity, by in ((good[0], bob), (forged, carla), (good[1], bob), (like, carla), (good[2], bob)):
        await stranger.send(node, activity, by)
    await nodes.settle()
    assert sorted(await node.home(reader)) == ["<p>0</p>", "<p>1</p>", "<p>2</p>"]
    assert await node.outcomes() == {"handled": 4, "refused": 1}
    assert await node.known(f"{stranger.base}/notes/x") is None


class Killed(Exception):
    """What ends the process, as far as it can be seen from inside."""


@pytest.mark.parametrize("road", ["fast", "slow"])
async def test_an_effect_and_the_end_of_its_item_are_one_commit(
    nodes: Network, node: Node, monkeypatch: pytest.MonkeyPatch, road: str
) -> None:
    """Killed between the two, neither is there; afterwards it has its effect once."""
    stranger, reader, (bob,) = await followed(nodes, node, "bob")
    opener = stranger.note(bob, "notes/0")
    answer = stranger.note(bob, "notes/1", "<p>Answer</p>", inReplyTo=opener["id"])
    note = answer if road == "slow" else opener
    await stranger.send(node, stranger.create(bob, note), bob)
    worker = node.app[WORKERS].all[0]

    async def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(inbox_items, "finish_many" if road == "fast" else "finish", killed)
        with suppress(Killed):
            await worker.turn()
            await worker.finish()
        assert await node.known(note["id"]) is None
        assert await node.outcomes() == {}
    await nodes.settle()
    assert (await node.home(reader)).count(note["content"]) == 1
    assert await node.outcomes() == {"handled": 1}


def arrived(node: Node, activity_id: str, kind: str, document: str) -> dict[str, object]:
    now = node.context.now()
    row = {"id": new_id(now), "arrived_at": now, "due_at": now, "claimed": False}
    named = {"actor_uri": "https://c.test/users/bob", "activity_id": activity_id, "kind": kind, "document": document}
    return row | {"attempts": 0} | named


async def test_what_comes_twice_at_once_is_stored_once(node: Node) -> None:
    """One statement may not write one row twice (PostgreSQL), and the first is what was accepted."""
    rows = [arrived(node, "one", "Create", "first"), arrived(node, "one", "Create", "second")]
    await inbox_items.store(node.context.database, [*rows, arrived(node, "two", "Create", "third")])
    items = await node.read(lambda tx: tx.all(sqlalchemy.select(InboxItem).order_by(InboxItem.id)))
    assert [(item.activity_id, item.document) for item in items] == [("one", "first"), ("two", "third")]


async def test_a_known_follow_is_woken_and_nothing_else(node: Node) -> None:
    for kind, due in (("Follow", True), ("Create", False)):
        await inbox_items.store(node.context.database, [arrived(node, kind, kind, "former")])
        done = sqlalchemy.update(InboxItem).where(InboxItem.activity_id == kind)
        await node.do(lambda tx, done=done: tx.execute(done.values(due_at=None, attempts=3, outcome="handled")))
        await inbox_items.store(node.context.database, [arrived(node, kind, kind, "again")])
        found = await node.read(
            lambda tx, kind=kind: tx.one(sqlalchemy.select(InboxItem).where(InboxItem.kind == kind))
        )
        assert (found.due_at is not None, found.outcome) == (due, None if due else "handled")
        assert found.attempts == (0 if due else 3)
