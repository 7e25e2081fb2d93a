"""Nothing accepted is lost and nobody holds up the others, whatever a batch of the inbox holds."""

import asyncio
import random
from datetime import timedelta

import orjson
import pytest
from aiohttp import web
from sqlalchemy import select

from node.app import WORKERS
from node.database import Transaction, ids, new_id
from node.database.failures import Clash
from node.database.tables import Post, PostTag
from node.queries import actors as actor_rows, inbox_items, posts as post_rows
from node.workers import inbox, slow_road
from node.workers.inbox import InboxWorker
from tests.nodes import Network, Node
from tests.one_node.test_inbox_batches import followed
from tests.strangers import PUBLIC, Person, Stranger

pytestmark = pytest.mark.both_databases


async def put(node: Node, *said: tuple[Person, dict[str, object]]) -> None:
    """Into the inbox's table, past the door."""

    async def work(tx: Transaction) -> None:
        common = {"arrived_at": tx.now, "due_at": tx.now, "claimed": False, "attempts": 0}
        rows = [
            {"id": new_id(tx.now), "actor_uri": person.uri, "activity_id": activity["id"], **common}
            | {"kind": activity["type"], "document": orjson.dumps(activity).decode()}
            for person, activity in said
        ]
        await inbox_items.add(tx, rows)

    await node.do(work)


async def test_notes_of_one_moment_all_come(nodes: Network, node: Node, monkeypatch: pytest.MonkeyPatch):
    """A host that was away sends what all counts as ten minutes old; ids of one moment meet those of rows that are
    there, which is found when a later item of the batch asks the database something."""
    stranger, _, (bob, carla) = await followed(nodes, node, "bob", "carla")
    first = stranger.note(bob, "notes/first")
    await stranger.send(node, stranger.create(bob, first), bob)
    await nodes.settle()
    old = (nodes.clock.at - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    narrow = random.Random(7)
    monkeypatch.setattr(ids.secrets, "randbits", lambda _: narrow.getrandbits(8))
    sent = []
    for batch in range(4):
        ids._past.clear()  # as in another process
        notes = [stranger.note(bob, f"notes/{batch}-{number}", published=old) for number in range(20)]
        like = stranger.activity("Like", carla, first["id"], content=f"{batch}")
        await put(node, *((bob, stranger.create(bob, note)) for note in notes), (carla, like))
        await nodes.settle()
        sent += notes
    assert [note["id"] for note in sent if await node.known(note["id"]) is None] == []
    assert await node.read(inbox_items.waiting) == 0


async def test_what_was_gathered_and_refused_ends_the_whole_work(node: Node):
    """Though the one who asked the database next was told of it, and went on."""
    maria = await node.person("maria")
    post = await node.post(maria, "Here already")
    tag = {"id": new_id(node.context.now()), "post_id": post.id, "name": "twice"}

    async def work(tx: Transaction, *, swallow: bool) -> None:
        tx.insert(PostTag, [tag])
        tx.insert(PostTag, [tag | {"name": "another"}])  # under the same id
        try:
            async with tx.savepoint():
                await tx.one(select(Post.id).limit(1))
        except Clash:
            if not swallow:
                raise

    for swallow in (False, True):
        with pytest.raises(Clash):
            await node.do(lambda tx, swallow=swallow: work(tx, swallow=swallow))
    assert await node.read(lambda tx: post_rows.tags(tx, post.id)) == []


async def test_a_savepoint_that_is_undone_takes_its_refused_rows_along(node: Node):
    maria = await node.person("maria")
    post = await node.post(maria, "Here already")
    tag = {"id": new_id(node.context.now()), "post_id": post.id, "name": "kept"}

    async def inner(tx: Transaction) -> None:
        async with tx.savepoint():
            tx.insert(PostTag, [tag])
            async with tx.savepoint():
                await tx.one(select(Post.id).limit(1))

    async def work(tx: Transaction) -> None:
        tx.insert(PostTag, [tag])
        with pytest.raises(Clash):
            await inner(tx)
        assert await post_rows.tags(tx, post.id) == ["kept"]

    await node.do(work)
    assert await node.read(lambda tx: post_rows.tags(tx, post.id)) == ["kept"]


async def test_what_a_savepoint_undid_is_shown_as_it_was(node: Node):
    maria = await node.person("maria")
    group = await node.group("lavoro", maria)
    post = await node.post(maria, "Outside of it")

    async def put_into(tx: Transaction, found: Post) -> None:
        async with tx.savepoint():
            await post_rows.change(tx, found, group_id=group.id)
            raise ValueError("no")

    async def work(tx: Transaction) -> None:
        await post_rows.recall(tx, [post.uri])
        found = await post_rows.by_uri(tx, post.uri)
        assert found is not None
        with pytest.raises(ValueError, match="no"):
            await put_into(tx, found)
        again = await post_rows.by_uri(tx, post.uri)
        assert again is not None
        assert again.group_id is None

    await node.do(work)


async def test_an_answer_in_the_same_batch_stands_in_the_thread_that_is_joined(nodes: Network, node: Node):
    stranger, _, (bob,) = await followed(nodes, node, "bob")
    opener = stranger.note(bob, "notes/p")
    del stranger.documents["/notes/p"]  # so that it cannot be fetched before it comes
    middle = stranger.note(bob, "notes/o", inReplyTo=opener["id"])
    answer = stranger.note(bob, "notes/c", inReplyTo=middle["id"])
    last = stranger.note(bob, "notes/r", inReplyTo=answer["id"])
    for note in (middle, answer):
        await stranger.send(node, stranger.create(bob, note), bob)
        await nodes.settle()
    for note in (opener, last):
        await stranger.send(node, stranger.create(bob, note), bob)
    await nodes.settle()
    root = await node.required(opener["id"])
    for note in (middle, answer, last):
        assert (await node.required(note["id"])).root_id == root.id, note["id"]


async def test_a_batch_may_name_more_people_than_a_statement_takes(nodes: Network, node: Node):
    stranger, _, (bob,) = await followed(nodes, node, "bob")
    for number in range(100):
        named = {
            kind: [f"{stranger.base}/u/{number}-{kind}-{n}" for n in range(100)] for kind in ("to", "cc", "audience")
        }
        tags = [{"type": "Mention", "href": f"{stranger.base}/m/{number}-{n}", "name": "@x"} for n in range(50)]
        note = stranger.note(bob, f"notes/{number}", tag=tags, **named)
        await put(node, (bob, stranger.create(bob, note) | {"to": [PUBLIC], "cc": []}))
    honest = stranger.note(bob, "notes/honest")
    await put(node, (bob, stranger.create(bob, honest)))
    await nodes.settle()
    assert await node.known(honest["id"]) is not None
    assert await node.read(inbox_items.waiting) == 0


async def test_who_waits_for_a_host_that_does_not_answer_holds_up_nobody_else(
    nodes: Network, node: Node, monkeypatch: pytest.MonkeyPatch
):
    """However many they are: there is no place for all of them where things are fetched."""
    monkeypatch.setattr(inbox, "ROOM", 5)
    monkeypatch.setattr(slow_road, "PER_DOMAIN", 10)
    stranger, _, (bob,) = await followed(nodes, node, "bob")
    silent = Stranger(nodes, "d")
    await silent.serve()
    many = [silent.person(f"e{number}") for number in range(30)]
    for person in many:
        await node.do(lambda tx, uri=person.uri: actor_rows.required(tx, uri))
    answers = asyncio.Event()

    async def hang(_: web.BaseRequest) -> web.Response:
        await answers.wait()
        return web.Response(status=503)

    await nodes.serve_host("d.test", hang)
    told = [(person, silent.activity("Update", person, person.uri)) for person in many]
    note = stranger.note(bob, "notes/honest")
    await put(node, *told, (bob, stranger.create(bob, note)))
    worker = node.app[WORKERS].all[0]
    assert isinstance(worker, InboxWorker)
    turns = 0
    while await node.known(note["id"]) is None and turns < 20:
        await worker.turn()
        turns += 1
    assert await node.known(note["id"]) is not None
    assert len(worker._slow.waiting) <= 10
    answers.set()
    await worker.finish()
    assert await node.read(inbox_items.waiting) == 20
    await nodes.settle(timedelta(minutes=5))
    assert await node.read(inbox_items.waiting) == 0
