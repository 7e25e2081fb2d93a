"""What people elsewhere write to a group of this node and not to everybody: for its moderators, or not taken."""

from typing import Any

import pytest

from federation.addressing import Visibility
from node.database.tables import Actor
from node.errors import Forbidden, NotFound
from node.queries import groups as group_rows, posts as post_rows
from node.services import moderating
from tests.nodes import Network, Node
from tests.strangers import PUBLIC, Person, Stranger


@pytest.fixture
async def stranger(nodes: Network) -> Stranger:
    found = Stranger(nodes, "c")
    await found.serve()
    return found


async def told(nodes: Network, node: Node, stranger: Stranger, bob: Person, **addressed: Any) -> str:
    note = stranger.note(bob, "notes/1", **{"to": [], "cc": []} | addressed)
    await stranger.send(node, stranger.create(bob, note), bob)
    await nodes.settle()
    return str(note["id"])


async def sees(node: Node, uri: str, viewer: Actor | None) -> bool:
    post = await node.known(uri)
    if post is None:
        return False
    try:
        await node.read(lambda tx: post_rows.visible(tx, post.id, viewer))
    except NotFound:
        return False
    return True


@pytest.mark.parametrize("place", ["to", "cc"])  # Takahe 0.11 names whom it writes to in cc
@pytest.mark.parametrize("joining", ["open", "approval"])
async def test_a_direct_message_is_for_the_moderators(
    nodes: Network, node: Node, stranger: Stranger, place: str, joining: str
) -> None:
    anna, maria, bob = await node.person("anna"), await node.person("maria"), stranger.person("bob")
    group = await node.group("garden", anna, joining=joining)
    carla = stranger.person("carla")
    await stranger.send(node, stranger.activity("Follow", carla, group.uri), carla)
    await nodes.settle()
    if joining == "approval":
        member = await node.actor(carla.uri)
        await node.do(lambda tx: moderating.approve(tx, anna, group, member))
        await nodes.settle()
    stranger.received.clear()
    uri = await told(nodes, node, stranger, bob, **{place: [group.uri]})
    assert [await sees(node, uri, viewer) for viewer in (anna, maria, None)] == [True, False, False]
    assert (await node.required(uri)).group_id is None
    assert stranger.received == []


async def test_who_is_banned_writes_to_no_moderator(nodes: Network, node: Node, stranger: Stranger) -> None:
    anna, bob = await node.person("anna"), stranger.person("bob")
    group = await node.group("garden", anna)
    banned = await node.find("bob@c.test")
    await node.do(lambda tx: moderating.ban(tx, anna, group, banned, until=None, reason=""))
    uri = await told(nodes, node, stranger, bob, to=[group.uri])
    assert not await sees(node, uri, anna)
    await node.do(lambda tx: moderating.unban(tx, anna, group, banned))
    again = stranger.note(bob, "notes/2", to=[group.uri], cc=[])
    await stranger.send(node, stranger.create(bob, again), bob)
    await nodes.settle()
    assert await sees(node, again["id"], anna)


async def test_a_message_goes_to_no_other_server(nodes: Network, node: Node, stranger: Stranger) -> None:
    """Of the moderators elsewhere those get it whom its author names, from herself."""
    anna, bob = await node.person("anna"), stranger.person("bob")
    group = await node.group("garden", anna)
    far = Stranger(nodes, "d")
    await far.serve()
    far.person("eleni")
    eleni = await node.find("eleni@d.test")
    await node.do(lambda tx: moderating.set_moderator(tx, anna, group, eleni, moderates=True))
    await nodes.settle()
    far.received.clear()
    uri = await told(nodes, node, stranger, bob, to=[group.uri])
    assert far.received == []
    assert [await sees(node, uri, viewer) for viewer in (anna, eleni)] == [True, False]
    status, _, page = await node.get("/@garden", accept="text/html")
    assert (status, "To reach the others, name them in it." in page) == (200, True)


async def test_what_no_moderator_would_read_is_not_taken(nodes: Network, node: Node, stranger: Stranger) -> None:
    maria, bob = await node.person("maria"), stranger.person("bob")
    group = await node.group("garden")
    uri = await told(nodes, node, stranger, bob, to=[group.uri])
    assert await node.known(uri) is None
    assert [(one["type"], one["object"]["object"]) for one in stranger.received] == [("Reject", uri)]
    with pytest.raises(Forbidden, match="No moderator"):
        await node.post(maria, "Aiuto", group="garden@a.test", visibility=Visibility.DIRECT)
    stranger.person("eleni")
    eleni = await node.find("eleni@c.test")
    await node.do(lambda tx: group_rows.add_moderator(tx, group.id, eleni.id))
    stranger.received.clear()
    for number, named in enumerate(([], [eleni.uri])):
        note = stranger.note(bob, f"more/{number}", to=[group.uri, *named], cc=[])
        await stranger.send(node, stranger.create(bob, note), bob)
    await nodes.settle()
    assert [one["object"]["object"] for one in stranger.received] == [f"{stranger.base}/more/0"]


@pytest.mark.parametrize("wide", [True, False])
async def test_what_is_for_followers_alone_is_not_taken(
    nodes: Network, node: Node, stranger: Stranger, wide: bool
) -> None:
    anna, bob = await node.person("anna"), stranger.person("bob")
    group = await node.group("garden", anna)
    first = PUBLIC if wide else f"{bob.uri}/followers"
    uri = await told(nodes, node, stranger, bob, to=[first], cc=[group.uri])
    assert await sees(node, uri, anna) is wide
    assert await node.outcomes() == ({"handled": 1} if wide else {"refused": 1})
