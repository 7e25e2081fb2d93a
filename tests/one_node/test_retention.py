"""What is kept for a time only is forgotten after it, and the job that does it comes back every day."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from node.app import WORKERS
from node.database.tables import Actor, InboxItem, Job, OwnActivity, Relay, Tombstone
from node.queries import follows as follow_rows, jobs
from node.services import posts, reactions
from node.workers.jobs import retention
from tests.nodes import Network, Node
from tests.strangers import PUBLIC, Person, Stranger

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


async def sent(node: Node) -> list[tuple[str, str]]:
    """(type, document) of what this node's people said and is still kept, oldest first."""
    statement = select(OwnActivity.type, OwnActivity.document).order_by(OwnActivity.id)
    return [(kind, document) for kind, document in await node.read(lambda tx: tx.rows(statement))]


async def rows(node: Node, table: type[Any]) -> int:
    found: int = await node.read(lambda tx: tx.one(select(func.count()).select_from(table)))
    return found


async def followed(nodes: Network, node: Node, stranger: Stranger, target: Actor) -> None:
    bob = stranger.person("bob")
    await stranger.send(node, stranger.activity("Follow", bob, target.uri), bob)
    await nodes.settle()
    stranger.received.clear()


@pytest.fixture
async def stranger(nodes: Network) -> Stranger:
    found = Stranger(nodes, "c")
    await found.serve()
    return found


async def test_what_was_sent_goes_but_what_tells_where_a_delete_has_to_go(
    nodes: Network, node: Node, stranger: Stranger
) -> None:
    anna = await node.person("anna")
    await followed(nodes, node, stranger, anna)
    post = await node.post(anna, "One")
    for text in ("Two", "Three"):
        nodes.clock.move(timedelta(seconds=1))
        await node.do(lambda tx, text=text: posts.edit(tx, anna, post, posts.Draft(text)))
        await nodes.settle()
    nodes.clock.move(timedelta(days=29))
    await retention.run(node.context, {})
    assert [kind for kind, _ in await sent(node)] == ["Accept", "Create", "Update", "Update"]
    nodes.clock.move(timedelta(days=2))
    stranger.status = 503
    await node.do(lambda tx: posts.edit(tx, anna, post, posts.Draft("Four")))
    await node.work()
    await retention.run(node.context, {})
    assert [kind for kind, _ in await sent(node)] == ["Accept", "Create", "Update"]  # the last is still owed
    _, _, outbox = await node.get("/users/anna/outbox?page=1")
    assert len(outbox["orderedItems"]) == 1
    stranger.status = 202
    await node.do(lambda tx: follow_rows.remove_all_of(tx, anna.id))  # nobody follows her any more
    stranger.received.clear()
    await node.do(lambda tx: posts.delete(tx, anna, post))
    await nodes.settle(timedelta(days=1))
    assert [activity["type"] for activity in stranger.received] == ["Delete"]


async def test_a_group_still_shows_what_it_passed_on_first(nodes: Network, node: Node, stranger: Stranger) -> None:
    anna = await node.person("anna")
    group = await node.group("garden", anna)
    await followed(nodes, node, stranger, group)
    post = await node.post(anna, "Hello", group="garden@a.test")
    await node.do(lambda tx: reactions.favourite(tx, anna, post))
    await nodes.settle()
    _, _, before = await node.get("/groups/garden/outbox?page=1")
    assert [kind for kind, _ in await sent(node)].count("Announce") == 3  # the Create, the bare id, the Like
    nodes.clock.move(timedelta(days=31))
    await retention.run(node.context, {})
    assert [kind for kind, _ in await sent(node)].count("Announce") == 2
    _, _, after = await node.get("/groups/garden/outbox?page=1")
    assert after["orderedItems"] == before["orderedItems"] != []


async def test_the_words_of_a_deleted_post_go_once_everybody_was_told(
    nodes: Network, node: Node, stranger: Stranger
) -> None:
    anna = await node.person("anna")
    await followed(nodes, node, stranger, anna)
    kept, deleted = await node.post(anna, "Kept words"), await node.post(anna, "Secret words")
    await nodes.settle()
    await node.do(lambda tx: posts.delete(tx, anna, deleted))
    stranger.status = 503
    late = await node.post(anna, "Late words")
    await node.work()
    await node.do(lambda tx: posts.delete(tx, anna, late))
    await node.work()
    nodes.clock.move(timedelta(days=2))
    await retention.run(node.context, {})
    texts = "".join(document for _, document in await sent(node))
    assert [word in texts for word in ("Kept", "Secret", "Late")] == [True, False, True]
    stranger.status = 202
    await nodes.settle(timedelta(days=1))
    await retention.run(node.context, {})
    texts = "".join(document for _, document in await sent(node))
    assert [word in texts for word in ("Kept", "Late")] == [True, False]
    _, _, outbox = await node.get("/users/anna/outbox?page=1")
    assert [item["object"]["id"] for item in outbox["orderedItems"]] == [kept.uri]


async def test_that_something_was_passed_on_is_known_for_sixty_days(nodes: Network, node: Node) -> None:
    anna = await node.person("anna")
    await node.group("garden", anna)
    await node.post(anna, "Hello", group="garden@a.test")
    for days, left in ((59, 1), (2, 0)):
        nodes.clock.move(timedelta(days=days))
        await retention.run(node.context, {})
        assert await rows(node, Relay) == left


async def test_of_what_was_never_here_so_many_deletes_are_remembered(
    nodes: Network, node: Node, stranger: Stranger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "MOST_UNSEEN", 3)
    anna, bob, carla = await node.person("anna"), stranger.person("bob"), stranger.person("carla")
    values = {"to": [PUBLIC, anna.uri]}
    held = stranger.note(bob, "notes/held", **values)
    await stranger.send(node, stranger.create(bob, held), bob)
    await nodes.settle()
    unseen = [stranger.note(bob, f"notes/{number}", **values) for number in range(5)]
    await delete(nodes, node, stranger, bob, held, *unseen)
    await delete(nodes, node, stranger, carla, *[stranger.note(carla, f"notes/c{number}") for number in range(2)])
    for days, left in ((89, 8), (2, 6)):  # one was here
        nodes.clock.move(timedelta(days=days))
        await retention.run(node.context, {})
        assert await rows(node, Tombstone) == left
    for note in (held, *unseen):
        again = stranger.create(bob, note) | {"id": f"{note['id']}#again"}
        await stranger.send(node, again, bob)
        await nodes.settle()
    found = [await node.known(note["id"]) for note in (held, *unseen)]
    assert [post is not None and post.deleted_at is None for post in found] == [False, True, True, False, False, False]


async def delete(nodes: Network, node: Node, stranger: Stranger, by: Person, *notes: dict[str, Any]) -> None:
    for note in notes:
        await stranger.send(node, stranger.activity("Delete", by, note["id"]), by)
        await nodes.settle()


async def test_erased_words_leave_the_log_of_sqlite_too(sqlite_nodes: Network) -> None:
    node = await sqlite_nodes.node("a")
    maria = await node.person("maria")
    post = await node.post(maria, "Nobody-may-find-this-word")
    await node.do(lambda tx: posts.delete(tx, maria, post))
    files = [path for path in node.context.settings.data_dir.iterdir() if path.name.startswith("ordito.sqlite3")]
    assert any(b"Nobody-may-find-this-word" in path.read_bytes() for path in files)
    await node.do(lambda tx: jobs.add(tx, "retention", "", {}))
    sqlite_nodes.clock.move(timedelta(days=2))
    for _ in range(2):  # what everybody has been told of is emptied on the day after
        await node.app[WORKERS].all[2].turn()
        await node.app[WORKERS].all[2].finish()
    assert not any(b"Nobody-may-find-this-word" in path.read_bytes() for path in files)
