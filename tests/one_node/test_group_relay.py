"""A group of this node, seen by followers and writers on other servers."""

from typing import Any

import pytest

from federation import proofs
from federation.keys import parse_public_key
from tests.nodes import Network, Node
from tests.strangers import PUBLIC, Person, Stranger

pytestmark = pytest.mark.both_databases


@pytest.fixture
async def stranger(nodes: Network) -> Stranger:
    found = Stranger(nodes, "c")
    await found.serve()
    return found


async def joined(nodes: Network, node: Node, stranger: Stranger, person: Person, group: str) -> str:
    """The group's id, once it has accepted the person's Follow."""
    actor = await node.find(f"{group}@a.test")
    follow = stranger.activity("Follow", person, actor.uri, id=f"{person.uri}#follow/{group}")
    assert (await stranger.send(node, follow, person)).status == 202
    await nodes.settle()
    return actor.uri


def kinds(activities: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """(type, type or "id" of the object) of each."""
    found = []
    for activity in activities:
        target = activity["object"]
        found.append((activity["type"], target["type"] if isinstance(target, dict) else "id"))
    return found


async def test_a_follow_is_accepted_a_second_later_and_again_when_repeated(
    nodes: Network, node: Node, stranger: Stranger
) -> None:
    await node.group("garden")
    bob = stranger.person("bob")
    uri = await joined(nodes, node, stranger, bob, "garden")
    assert kinds(stranger.received) == [("Accept", "Follow")]
    accept = stranger.received[0]
    assert accept["actor"] == uri
    assert accept["object"]["id"] == f"{bob.uri}#follow/garden"
    await joined(nodes, node, stranger, bob, "garden")
    assert kinds(stranger.received) == [("Accept", "Follow")] * 2


async def test_what_is_owed_to_an_inbox_waits_behind_the_accept(nodes: Network, node: Node, stranger: Stranger) -> None:
    owner = await node.person("anna")
    group = await node.group("garden", owner)
    bob = stranger.person("bob")
    follow = stranger.activity("Follow", bob, group.uri, id=f"{bob.uri}#follow/1")
    await stranger.send(node, follow, bob)
    while await node.work():
        pass
    assert stranger.received == []  # the answer waits a second
    await node.post(owner, "First!", group="garden@a.test")
    while await node.work():
        pass
    assert stranger.received == []
    await nodes.settle()
    assert kinds(stranger.received) == [("Accept", "Follow"), ("Announce", "Create"), ("Announce", "id")]


async def test_a_post_of_a_member_elsewhere_is_relayed_unchanged_and_announced_once(
    nodes: Network, node: Node, stranger: Stranger
) -> None:
    anna, bob = await node.person("anna"), stranger.person("bob")
    await node.group("garden", anna)
    uri = await joined(nodes, node, stranger, bob, "garden")
    stranger.received.clear()
    note = stranger.note(bob, "notes/1", to=[uri, PUBLIC], cc=[], audience=uri)
    create = bob.prove(stranger.create(bob, note))
    await stranger.send(node, create, bob)
    await stranger.send(node, create, bob)  # twice is once
    await nodes.settle()
    relay, boost = stranger.received
    assert relay["type"] == boost["type"] == "Announce"
    assert relay["object"] == create
    assert boost["object"] == note["id"]
    proofs.verify_proof(relay["object"], parse_public_key(bob.ed25519.public.multibase()), now=nodes.clock())
    assert await node.home(anna) == ["<p>Hello</p>"]


async def test_mastodon_mentions_the_group_and_answers_without_naming_it(
    nodes: Network, node: Node, stranger: Stranger
) -> None:
    anna, bob, carla = await node.person("anna"), stranger.person("bob"), stranger.person("carla")
    await node.group("garden", anna)
    uri = await joined(nodes, node, stranger, bob, "garden")
    opener = stranger.note(
        bob,
        "notes/1",
        cc=[f"{bob.uri}/followers", uri],
        tag=[{"type": "Mention", "href": uri, "name": "@garden@a.test"}],
    )
    await stranger.send(node, stranger.create(bob, opener), bob)
    await nodes.settle()
    stranger.received.clear()
    answer = stranger.note(carla, "notes/2", "<p>Me too</p>", inReplyTo=opener["id"], cc=[bob.uri])
    await stranger.send(node, stranger.create(carla, answer), carla)
    await nodes.settle()
    assert kinds(stranger.received) == [("Announce", "Create")] * 2  # to bob and, who takes part, to carla
    assert await node.thread(opener["id"]) == [opener["id"], answer["id"]]
    assert await node.home(anna) == ["<p>Hello</p>"]  # the thread once, no answers


@pytest.mark.parametrize("joining", ["approval", "invite"])
async def test_strangers_posts_to_a_closed_group_are_not_relayed(
    nodes: Network, node: Node, stranger: Stranger, joining: str
) -> None:
    owner = await node.person("anna")
    group = await node.group("circle", owner, joining=joining)
    bob = stranger.person("bob")
    note = stranger.note(bob, "notes/1", to=[group.uri, PUBLIC], cc=[], audience=group.uri)
    await stranger.send(node, stranger.create(bob, note), bob)
    await nodes.settle()
    assert await node.home(owner) == []
    assert await node.known(note["id"]) is None
    assert await node.outcomes() == {"refused": 1}


async def test_a_followers_only_post_is_never_relayed(nodes: Network, node: Node, stranger: Stranger) -> None:
    anna, bob = await node.person("anna"), stranger.person("bob")
    await node.group("garden", anna)
    uri = await joined(nodes, node, stranger, bob, "garden")
    stranger.received.clear()
    note = stranger.note(bob, "notes/1", to=[f"{bob.uri}/followers"], cc=[uri])
    await stranger.send(node, stranger.create(bob, note), bob)
    await nodes.settle()
    assert kinds(stranger.received) == [("Reject", "Create")]
    assert await node.home(anna) == []


async def test_the_authors_delete_takes_the_post_away_everywhere(
    nodes: Network, node: Node, stranger: Stranger
) -> None:
    anna, bob = await node.person("anna"), stranger.person("bob")
    await node.group("garden", anna)
    uri = await joined(nodes, node, stranger, bob, "garden")
    note = stranger.note(bob, "notes/1", to=[uri, PUBLIC], cc=[], audience=uri)
    create = stranger.create(bob, note)
    await stranger.send(node, create, bob)
    await nodes.settle()
    stranger.received.clear()
    delete = stranger.activity(
        "Delete", bob, {"type": "Tombstone", "id": note["id"]}, id=f"{note['id']}#delete", to=[PUBLIC]
    )
    await stranger.send(node, delete, bob)
    await nodes.settle()
    assert kinds(stranger.received) == [("Announce", "Delete")]
    assert await node.home(anna) == []
    replay = create | {"id": f"{note['id']}#create-again"}
    await stranger.send(node, replay, bob)
    await nodes.settle()
    assert (await node.required(note["id"])).content == ""


async def test_only_the_author_updates(nodes: Network, node: Node, stranger: Stranger) -> None:
    anna, bob, mallory = await node.person("anna"), stranger.person("bob"), stranger.person("mallory")
    await node.group("garden", anna)
    uri = await joined(nodes, node, stranger, bob, "garden")
    note = stranger.note(bob, "notes/1", to=[uri, PUBLIC], cc=[], audience=uri)
    await stranger.send(node, stranger.create(bob, note), bob)
    await nodes.settle()
    edited = {**note, "content": "<p>Edited</p>", "updated": "2099-01-01T00:00:00Z"}
    forged = stranger.activity("Update", mallory, {**edited, "attributedTo": mallory.uri}, to=note["to"])
    await stranger.send(node, forged, mallory)
    await nodes.settle()
    assert (await node.required(note["id"])).content == "<p>Hello</p>"
    real = stranger.activity("Update", bob, edited, id=f"{note['id']}#update", to=note["to"])
    await stranger.send(node, real, bob)
    await nodes.settle()
    assert (await node.required(note["id"])).content == "<p>Edited</p>"


async def test_nobody_uses_up_the_id_of_what_another_sends_to_a_group(
    nodes: Network, node: Node, stranger: Stranger
) -> None:
    """Mallory, of the same host, knows it before it comes, and likes a post of the group under it."""
    bob, mallory = stranger.person("bob"), stranger.person("mallory")
    await node.group("garden", await node.person("anna"))
    uri = await joined(nodes, node, stranger, bob, "garden")
    first, second = [stranger.note(bob, f"notes/{number}", to=[PUBLIC, uri], cc=[], audience=uri) for number in (1, 2)]
    create = stranger.create(bob, second)
    await stranger.send(node, stranger.create(bob, first), bob)
    await stranger.send(node, stranger.activity("Like", mallory, first["id"], id=create["id"]), mallory)
    await nodes.settle()
    assert kinds(stranger.received)[-1] == ("Announce", "Like")
    stranger.received.clear()
    await stranger.send(node, create, bob)
    await nodes.settle()
    assert [one["object"] for one in stranger.received] == [create, second["id"]]
