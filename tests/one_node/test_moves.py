"""Accounts elsewhere that change, move and go."""

from datetime import timedelta
from typing import Any

import pytest

from node.errors import NotFound
from node.queries import actors as actor_rows, follows as follow_rows
from node.services import actors, follows
from tests.clubs import club_of
from tests.nodes import Network, Node
from tests.strangers import PUBLIC, Person, Stranger


@pytest.fixture
async def hosts(nodes: Network) -> tuple[Stranger, Stranger]:
    """The old host and the new one."""
    old, new = Stranger(nodes, "c"), Stranger(nodes, "d")
    await old.serve()
    await new.serve()
    return old, new


async def followed(nodes: Network, node: Node, host: Stranger, person: Person) -> None:
    anna = await node.person("anna")
    await node.follow(anna, f"{person.name}@{host.host}")
    await nodes.settle()
    await host.send(node, host.activity("Accept", person, host.received[-1]), person)
    await nodes.settle()


async def asked_to_follow(node: Node, target: str) -> bool:
    anna, actor = await node.find("anna@a.test"), await node.read(lambda tx: actor_rows.by_uri(tx, target))
    return actor is not None and await node.read(lambda tx: follow_rows.between(tx, anna.id, actor.id)) is not None


async def move(nodes: Network, node: Node, old: Stranger, person: Person, target: str, n: int = 1) -> None:
    activity = old.activity("Move", person, person.uri, target=target, id=f"{person.uri}#move/{n}", to=[PUBLIC])
    await old.send(node, activity, person)
    await nodes.settle()


async def test_followers_follow_to_where_the_account_moved(
    nodes: Network, node: Node, hosts: tuple[Stranger, Stranger]
) -> None:
    old, new = hosts
    bob = old.person("bob")
    there = new.person("bob", alsoKnownAs=[bob.uri])
    await followed(nodes, node, old, bob)
    await move(nodes, node, old, bob, there.uri)
    assert [activity["type"] for activity in old.received] == ["Follow"]
    assert [(activity["type"], activity["object"]) for activity in new.received] == [("Follow", there.uri)]
    assert (await node.actor(bob.uri)).moved_to == there.uri
    assert await asked_to_follow(node, bob.uri)  # until the new one has answered
    await new.send(node, new.activity("Accept", there, new.received[-1]), there)
    await nodes.settle()
    assert [activity["type"] for activity in old.received] == ["Follow", "Undo"]
    assert not await asked_to_follow(node, bob.uri)
    assert await asked_to_follow(node, there.uri)


async def test_who_is_not_let_in_at_the_new_place_keeps_the_old_one(
    nodes: Network, node: Node, hosts: tuple[Stranger, Stranger]
) -> None:
    old, new = hosts
    bob = old.person("bob", manuallyApprovesFollowers=True)
    there = new.person("bob", alsoKnownAs=[bob.uri], manuallyApprovesFollowers=True)
    await followed(nodes, node, old, bob)
    await move(nodes, node, old, bob, there.uri)
    await new.send(node, new.activity("Reject", there, new.received[-1]), there)
    await nodes.settle()
    assert [activity["type"] for activity in old.received] == ["Follow"]
    assert await asked_to_follow(node, bob.uri)


@pytest.mark.parametrize("approves", [False, True])
async def test_a_new_place_on_this_node(
    nodes: Network, node: Node, hosts: tuple[Stranger, Stranger], approves: bool
) -> None:
    """It follows its old self, and one of its followers has blocked it: neither keeps the others from moving."""
    old, _ = hosts
    bob = old.person("bob")
    await followed(nodes, node, old, bob)
    here = await node.person("bob", approves=approves)
    maria = await node.person("maria")
    for one in (here, maria):
        await node.follow(one, "bob@c.test")
        await nodes.settle()
        await old.send(node, old.activity("Accept", bob, old.received[-1]), bob)
        await nodes.settle()
    await node.do(lambda tx: actor_rows.change(tx, here, also_known_as=[bob.uri]))
    await node.do(lambda tx: actor_rows.block(tx, maria, here, f"{maria.uri}#block"))
    await move(nodes, node, old, bob, here.uri)
    assert await asked_to_follow(node, here.uri)
    assert await asked_to_follow(node, bob.uri) is approves
    assert not await node.read(lambda tx: follow_rows.between(tx, maria.id, here.id))
    anna = await node.find("anna@a.test")
    if approves:
        await node.do(lambda tx: follows.accept(tx, here, anna))
    assert not await asked_to_follow(node, bob.uri)
    assert await node.read(lambda tx: follow_rows.accepted(tx, anna.id, here.id))


async def test_the_new_account_must_name_the_old_one_when_it_is_asked_now(
    nodes: Network, node: Node, hosts: tuple[Stranger, Stranger]
) -> None:
    old, new = hosts
    bob = old.person("bob")
    there = new.person("bob", alsoKnownAs=[bob.uri])
    await followed(nodes, node, old, bob)
    await node.find("bob@d.test")  # known, with the alias
    there.extra = {}
    await move(nodes, node, old, bob, there.uri)
    assert new.received == []
    assert await asked_to_follow(node, bob.uri)
    new.gone.add("/users/bob")
    await move(nodes, node, old, bob, there.uri, 2)
    assert new.received == []
    new.gone.clear()
    there.extra = {"alsoKnownAs": [bob.uri]}  # control
    await move(nodes, node, old, bob, there.uri, 3)
    assert [activity["type"] for activity in new.received] == ["Follow"]


async def test_only_the_account_itself_moves(nodes: Network, node: Node, hosts: tuple[Stranger, Stranger]) -> None:
    old, new = hosts
    bob, mallory = old.person("bob"), old.person("mallory")
    there = new.person("mallory", alsoKnownAs=[bob.uri, mallory.uri])
    await followed(nodes, node, old, bob)
    activity = old.activity("Move", mallory, bob.uri, target=there.uri, to=[PUBLIC])
    await old.send(node, activity, mallory)
    await nodes.settle()
    assert new.received == []
    assert await node.outcomes() == {"handled": 1, "refused": 1}


async def test_an_account_moves_once_in_thirty_days(
    nodes: Network, node: Node, hosts: tuple[Stranger, Stranger]
) -> None:
    old, new = hosts
    bob = old.person("bob")
    first, second = (new.person(name, alsoKnownAs=[bob.uri]) for name in ("first", "second"))
    await followed(nodes, node, old, bob)
    await move(nodes, node, old, bob, first.uri)
    await move(nodes, node, old, bob, second.uri, 2)
    assert (await node.actor(bob.uri)).moved_to == first.uri
    nodes.clock.move(timedelta(days=31))
    await move(nodes, node, old, bob, second.uri, 3)
    assert (await node.actor(bob.uri)).moved_to == second.uri


@pytest.mark.parametrize(
    ("old_is", "new_is", "follows_on"),
    [
        ({}, {}, True),
        ({"kind": "Group"}, {"kind": "Group"}, False),
        ({"manuallyApprovesFollowers": True}, {}, True),
        ({}, {"manuallyApprovesFollowers": True}, True),
    ],
)
async def test_memberships_never_move_by_themselves(
    nodes: Network,
    node: Node,
    hosts: tuple[Stranger, Stranger],
    old_is: dict[str, Any],
    new_is: dict[str, Any],
    follows_on: bool,
) -> None:
    old, new = hosts
    bob = old.person("bob", **old_is)
    there = new.person("bob", alsoKnownAs=[bob.uri], **new_is)
    await followed(nodes, node, old, bob)
    await move(nodes, node, old, bob, there.uri)
    assert [activity["type"] for activity in new.received] == (["Follow"] if follows_on else [])
    assert await asked_to_follow(node, bob.uri)


async def test_somebody_of_this_node_moves_away(nodes: Network, node: Node, hosts: tuple[Stranger, Stranger]) -> None:
    old, new = hosts
    anna, bob = await node.person("anna"), old.person("bob")
    await old.send(node, old.activity("Follow", bob, anna.uri), bob)
    await nodes.settle()
    there = new.person("anna")
    target = await node.find("anna@d.test")
    with pytest.raises(NotFound, match="does not name this one"):
        await node.do(lambda tx: actors.move(tx, anna, target))
    there.extra = {"alsoKnownAs": [anna.uri]}
    await node.do(lambda tx: actors.move(tx, anna, target))
    await nodes.settle()
    told = old.received[-1]
    assert (told["type"], told["object"], told["target"]) == ("Move", anna.uri, there.uri)
    assert (await node.get(anna.uri))[2]["movedTo"] == there.uri


async def test_a_profile_is_read_anew_at_its_own_address(
    nodes: Network, node: Node, hosts: tuple[Stranger, Stranger]
) -> None:
    old, _ = hosts
    bob, mallory = old.person("bob"), old.person("mallory")
    await followed(nodes, node, old, bob)
    bob.extra = {"name": "Robert"}
    claimed = {**bob.document(), "name": "As the Update says"}
    await old.send(node, old.activity("Update", mallory, claimed), mallory)
    await nodes.settle()
    assert (await node.actor(bob.uri)).name == "Bob"
    claimed["publicKey"] = {**claimed["publicKey"], "publicKeyPem": mallory.rsa.public.pem()}
    await old.send(node, old.activity("Update", bob, claimed), bob)
    await nodes.settle()
    assert (await node.actor(bob.uri)).name == "Robert"
    found = await node.read(lambda tx: actor_rows.key(tx, bob.key_id))
    assert found is not None
    assert found[0].material == bob.rsa.public.pem()


async def test_an_account_that_goes_takes_everything_with_it(nodes: Network) -> None:
    club = await club_of(nodes)
    note = club.note("notes/1")
    await club.announce(club.dora.prove(club.create(note)))
    answer = club.elsewhere.note(club.dora, "notes/2", inReplyTo=note["id"])
    await club.announce(club.dora.prove(club.create(answer)))
    mallory = club.elsewhere.person("mallory")
    false = club.elsewhere.activity("Delete", mallory, club.dora.uri, to=[PUBLIC])
    await club.send(club.elsewhere.activity("Follow", mallory, club.anna.uri), mallory)
    assert await club.send(false, mallory) == "authz.actor"
    assert await club.home() == ["<p>Hello</p>"]
    assert await club.send(club.elsewhere.activity("Delete", club.dora, club.dora.uri, to=[PUBLIC]), club.dora) is None
    assert await club.home() == []
    for uri in (note["id"], answer["id"]):
        assert (await club.node.required(uri)).content == ""
    dora = await club.node.actor(club.dora.uri)
    assert dora.deleted_at is not None
    assert dora.name == ""


async def test_a_group_elsewhere_that_goes(nodes: Network) -> None:
    club = await club_of(nodes)
    await club.announce(club.dora.prove(club.create(club.note("notes/1"))))
    assert await club.home() == ["<p>Hello</p>"]
    gone = club.host.activity("Delete", club.group, club.group.uri, to=[PUBLIC])
    await club.host.send(club.node, gone, club.group)
    await nodes.settle()
    assert await club.home() == []
    assert not await club.node.read(lambda tx: follow_rows.following(tx, club.anna.id))
