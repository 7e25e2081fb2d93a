"""What comes before that which it is about is held, or remembered; in the end it is as if it had come in order."""

from datetime import timedelta
from typing import Any

import pytest

from node.queries import follows as follow_rows, posts as post_rows
from tests.nodes import Network, Node
from tests.strangers import PUBLIC, Person, Stranger


@pytest.fixture
async def stranger(nodes: Network) -> Stranger:
    found = Stranger(nodes, "c")
    await found.serve()
    return found


async def follows_of(node: Node, person: Person, target: str) -> bool:
    one, other = await node.actor(person.uri), await node.find(target)
    return await node.read(lambda tx: follow_rows.between(tx, one.id, other.id)) is not None


async def test_undo_before_follow(nodes: Network, node: Node, stranger: Stranger) -> None:
    await node.group("garden")
    bob = stranger.person("bob")
    follow = stranger.activity("Follow", bob, f"{node.base}/groups/garden", id=f"{bob.uri}#follow/1")
    undo = stranger.activity("Undo", bob, follow, id=f"{bob.uri}#undo/1")
    await stranger.send(node, undo, bob)
    await nodes.settle(timedelta(seconds=1))
    await stranger.send(node, follow, bob)
    await nodes.settle(timedelta(seconds=1))
    assert await follows_of(node, bob, "garden@a.test")
    await nodes.settle(timedelta(hours=1))
    assert not await follows_of(node, bob, "garden@a.test")


async def test_an_undo_of_what_never_comes_is_given_up_without_being_a_failure(
    nodes: Network, node: Node, stranger: Stranger
) -> None:
    await node.group("garden")
    bob = stranger.person("bob")
    follow = stranger.activity("Follow", bob, f"{node.base}/groups/garden", id=f"{bob.uri}#follow/1")
    await stranger.send(node, stranger.activity("Undo", bob, follow), bob)
    await nodes.settle(timedelta(hours=1))
    assert await node.next_due() is None
    assert await node.outcomes() == {"ignored": 1}


async def to_group(nodes: Network, node: Node, stranger: Stranger, bob: Person) -> dict[str, Any]:
    """A note of Bob's to a group that he and Carla, of his host, follow."""
    await node.group("garden", await node.person("anna"))
    uri = f"{node.base}/groups/garden"
    for person in (bob, stranger.person("carla")):
        await stranger.send(node, stranger.activity("Follow", person, uri, id=f"{person.uri}#follow/1"), person)
    await nodes.settle()
    stranger.received.clear()
    return stranger.note(bob, "notes/1", to=[uri, PUBLIC], cc=[], audience=uri)


async def test_update_before_create(nodes: Network, node: Node, stranger: Stranger) -> None:
    bob = stranger.person("bob")
    note = await to_group(nodes, node, stranger, bob)
    edited = {**note, "content": "<p>Edited</p>", "updated": "2099-01-01T00:00:00Z"}
    update = stranger.activity("Update", bob, edited, id=f"{note['id']}#update", to=note["to"])
    await stranger.send(node, update, bob)
    await nodes.settle()
    await stranger.send(node, stranger.create(bob, note), bob)
    await nodes.settle()
    assert (await node.required(note["id"])).content == "<p>Edited</p>"
    assert await node.home(await node.find("anna@a.test")) == ["<p>Edited</p>"]
    boosts = [activity for activity in stranger.received if activity["object"] == note["id"]]
    assert len(boosts) == 2  # the thread is announced, once to each of the two inboxes


@pytest.mark.parametrize("by", ["bob", "mallory"])
async def test_delete_before_create(nodes: Network, node: Node, stranger: Stranger, by: str) -> None:
    """Of the author it counts; another of her host uses up nothing, neither the Create nor the author's own Delete."""
    bob, mallory = stranger.person("bob"), stranger.person("mallory")
    note = await to_group(nodes, node, stranger, bob)
    follow = stranger.activity("Follow", mallory, f"{node.base}/groups/garden")
    await stranger.send(node, follow, mallory)  # so that she is known here
    await nodes.settle()
    for person in [mallory, bob] if by == "bob" else [mallory]:
        delete = stranger.activity("Delete", person, note["id"], id=f"{person.uri}#delete/1", to=[PUBLIC])
        await stranger.send(node, delete, person)
        await nodes.settle()
    await stranger.send(node, stranger.create(bob, note), bob)
    await nodes.settle()
    assert (await node.known(note["id"]) is None) == (by == "bob")


async def like_of(nodes: Network, node: Node, stranger: Stranger, bob: Person) -> tuple[str, dict[str, Any]]:
    anna = await node.person("anna")
    post = await node.post(anna, "Hello")
    return post.uri, stranger.activity("Like", bob, post.uri, id=f"{bob.uri}#likes/1", to=[anna.uri])


async def test_undo_before_like(nodes: Network, node: Node, stranger: Stranger) -> None:
    bob = stranger.person("bob")
    uri, like = await like_of(nodes, node, stranger, bob)
    await stranger.send(node, stranger.activity("Undo", bob, like), bob)
    await nodes.settle(timedelta(seconds=1))
    await stranger.send(node, like, bob)
    await nodes.settle(timedelta(seconds=1))
    assert await liked(node, bob, uri)
    await nodes.settle(timedelta(hours=1))
    assert not await liked(node, bob, uri)


async def liked(node: Node, person: Person, uri: str) -> bool:
    post, actor = await node.required(uri), await node.actor(person.uri)
    return await node.read(lambda tx: post_rows.reaction(tx, actor.id, post.id, "")) is not None


async def boosted(node: Node, person: Person, uri: str) -> bool:
    post, actor = await node.required(uri), await node.actor(person.uri)
    return await node.read(lambda tx: post_rows.reblog(tx, actor.id, post.id)) is not None


@pytest.mark.parametrize("undone_first", [True, False])
async def test_undo_before_announce(nodes: Network, node: Node, stranger: Stranger, undone_first: bool) -> None:
    bob, anna = stranger.person("bob"), await node.person("anna")
    post = await node.post(anna, "Hello")
    boost = stranger.activity("Announce", bob, post.uri, id=f"{bob.uri}#boosts/1", to=[PUBLIC])
    if undone_first:
        await stranger.send(node, stranger.activity("Undo", bob, boost), bob)
        await nodes.settle()
    await stranger.send(node, boost, bob)
    await nodes.settle()
    assert await boosted(node, bob, post.uri) is not undone_first
    await stranger.send(node, stranger.activity("Undo", bob, boost, id=f"{bob.uri}#undo/2"), bob)
    await nodes.settle()
    assert not await boosted(node, bob, post.uri)


async def test_an_answer_before_what_it_answers_finds_its_place(nodes: Network, node: Node, stranger: Stranger) -> None:
    bob = stranger.person("bob")
    note = await to_group(nodes, node, stranger, bob)
    del stranger.documents["/notes/1"]  # cannot be fetched now
    answer = stranger.note(bob, "notes/2", inReplyTo=note["id"], to=note["to"], cc=[], audience=note["audience"])
    deeper = stranger.note(bob, "notes/3", inReplyTo=answer["id"], to=note["to"], cc=[], audience=note["audience"])
    for one in (answer, deeper, note):
        await stranger.send(node, stranger.create(bob, one), bob)
        await nodes.settle()
    await nodes.settle(timedelta(minutes=5))  # a group takes no answer before it knows what is answered
    assert await node.thread(note["id"]) == [note["id"], answer["id"], deeper["id"]]
