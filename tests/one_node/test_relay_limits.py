"""A group is no loudspeaker: so many new posts of one member in a minute and an hour, so much of everything else."""

from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from node.database.tables import Actor
from node.errors import TooOften
from node.services import departures, moderating, posts, reactions
from node.services.groups import REACTIONS_PER_POST
from tests.nodes import Network, Node
from tests.one_node.browsing import signed_in
from tests.strangers import PUBLIC, Person, Stranger

pytestmark = pytest.mark.both_databases

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
async def node(nodes: Network) -> Node:
    return await nodes.node("a")


@pytest.fixture
async def garden(node: Node) -> Actor:
    return await node.group("garden", await node.person("anna"))


@pytest.fixture
async def stranger(nodes: Network) -> Stranger:
    found = Stranger(nodes, "c")
    await found.serve()
    return found


async def post(nodes: Network, stranger: Stranger, by: Person, group: Actor, number: int) -> dict[str, Any]:
    """A new post to the group, worked off."""
    path = f"notes/{by.name}-{number}"
    note = stranger.note(by, path, to=[group.uri, PUBLIC], cc=[], audience=group.uri)
    assert (await stranger.send(nodes.nodes["a"], stranger.create(by, note), by)).status == 202
    await nodes.settle()
    return note


async def taken(node: Node, *notes: dict[str, Any]) -> list[bool]:
    return [await node.known(note["id"]) is not None for note in notes]


async def test_a_sixth_post_within_a_minute_is_refused(
    nodes: Network, node: Node, garden: Actor, stranger: Stranger
) -> None:
    bob, carla = stranger.person("bob"), stranger.person("carla")
    with capture_logs() as log:
        notes = [await post(nodes, stranger, bob, garden, number) for number in range(6)]
    assert await taken(node, *notes) == [True] * 5 + [False]
    reasons = [line["reason"] for line in log if line["event"] == "inbox.not_handled"]
    assert reasons == ["group.too_often"]
    assert await taken(node, await post(nodes, stranger, carla, garden, 1)) == [True]
    nodes.clock.move(MINUTE)
    assert await taken(node, await post(nodes, stranger, bob, garden, 7)) == [True]


async def test_an_edit_that_comes_first_is_a_new_post_too(
    nodes: Network, node: Node, garden: Actor, stranger: Stranger
) -> None:
    bob = stranger.person("bob")
    notes = [stranger.note(bob, f"notes/{n}", to=[garden.uri, PUBLIC], cc=[], audience=garden.uri) for n in range(6)]
    for note in notes:
        inner = {name: value for name, value in note.items() if name != "@context"}
        await stranger.send(node, stranger.activity("Update", bob, inner, to=note["to"]), bob)
        await nodes.settle()
    assert await taken(node, *notes) == [True] * 5 + [False]


async def test_a_thirty_first_post_within_an_hour_is_refused(nodes: Network, node: Node, garden: Actor) -> None:
    maria = await node.person("maria")
    for number in range(30):
        await node.post(maria, f"Post {number}", group="garden@a.test")
        nodes.clock.move(MINUTE)
    with pytest.raises(TooOften, match="Wait an hour"):
        await node.post(maria, "One more", group="garden@a.test")
    await node.post(maria, "For my followers")
    nodes.clock.move(HOUR / 2)
    await node.post(maria, "Later", group="garden@a.test")


async def test_what_is_refused_is_still_in_the_form(node: Node, garden: Actor) -> None:
    maria = await node.person("maria")
    async with await signed_in(node, maria) as browser:
        for number in range(5):
            assert (await browser.post("/posts", text=f"@garden {number}")).status == 303
        seen = await browser.post("/posts", text="@garden the sixth")
    assert seen.status == 422
    assert "Wait a minute" in seen.words
    assert "@garden the sixth</textarea>" in seen.text


async def test_the_numbers_are_settings(nodes: Network) -> None:
    node = await nodes.node("b", ORDITO_POSTS_PER_MINUTE="1", ORDITO_POSTS_PER_HOUR="2")
    maria = await node.person("maria")
    await node.group("garden", maria)
    await node.post(maria, "One", group="garden@b.test")
    with pytest.raises(TooOften):
        await node.post(maria, "Two", group="garden@b.test")
    nodes.clock.move(MINUTE)
    await node.post(maria, "Two", group="garden@b.test")
    nodes.clock.move(MINUTE)
    with pytest.raises(TooOften, match="Wait an hour"):
        await node.post(maria, "Three", group="garden@b.test")


async def test_likes_beyond_a_limit_are_not_passed_on_and_deletes_are(nodes: Network, stranger: Stranger) -> None:
    node = await nodes.node("b", ORDITO_POSTS_PER_HOUR="1")
    maria = await node.person("maria")
    group = await node.group("garden", maria)
    follow = stranger.activity("Follow", stranger.person("bob"), group.uri)
    await stranger.send(node, follow, stranger.people["bob"])
    await nodes.settle()
    written = await node.post(maria, "Hello", group="garden@b.test")
    for _ in range(REACTIONS_PER_POST):
        await node.do(lambda tx: reactions.favourite(tx, maria, written))
        await node.do(lambda tx: reactions.unfavourite(tx, maria, written))
    await node.do(lambda tx: posts.delete(tx, maria, written))
    await nodes.settle()
    relayed = [activity["object"]["type"] for activity in stranger.received if isinstance(activity["object"], dict)]
    assert relayed == ["Follow", "Create", *["Like", "Undo"] * (REACTIONS_PER_POST // 2), "Delete"]


async def writes(nodes: Network, node: Node, stranger: Stranger, author: Person, group: Actor) -> dict[str, Any]:
    """A note of somebody elsewhere who follows the group, as the group has it."""
    await stranger.send(node, stranger.activity("Follow", author, group.uri), author)
    note = stranger.note(author, "notes/1", to=[group.uri, PUBLIC], cc=[], audience=group.uri)
    await stranger.send(node, stranger.create(author, note), author)
    await nodes.settle()
    return note


async def test_an_author_locks_no_more_often_than_she_likes(nodes: Network, stranger: Stranger) -> None:
    """And not at all where the group is closed to her; a moderator locks as often as it takes."""
    node = await nodes.node("b", ORDITO_POSTS_PER_HOUR="1")
    maria = await node.person("maria")
    group = await node.group("garden", maria)
    bob = stranger.person("bob")
    note = await writes(nodes, node, stranger, bob, group)

    async def locks(times: int) -> int:
        """How many of so many Locks and their Undos by the author are passed on."""
        stranger.received.clear()
        for _ in range(times):
            lock = stranger.activity("Lock", bob, note["id"], to=[PUBLIC])
            for activity in (lock, stranger.activity("Undo", bob, lock, to=[PUBLIC])):
                await stranger.send(node, activity, bob)
        await nodes.settle()
        passed_on = [activity["object"]["type"] for activity in stranger.received if activity["type"] == "Announce"]
        return passed_on.count("Lock") + passed_on.count("Undo")

    assert await locks(REACTIONS_PER_POST) == REACTIONS_PER_POST
    post, author = await node.required(note["id"]), await node.actor(bob.uri)
    for locked in (True, False):
        await node.do(lambda tx, locked=locked: moderating.lock(tx, maria, group, post, locked=locked))
    await nodes.settle()
    assert [activity["object"]["type"] for activity in stranger.received[-2:]] == ["Lock", "Undo"]
    nodes.clock.move(HOUR)
    assert await locks(1) == 2
    nodes.clock.move(HOUR)
    await node.do(lambda tx: moderating.ban(tx, maria, group, author, until=None, reason=""))
    await nodes.settle()
    assert await locks(1) == 0
    assert (await node.required(note["id"])).locked_at is None


async def test_a_deleted_group_passes_on_nothing_any_more(nodes: Network, stranger: Stranger) -> None:
    node = await nodes.node("b")
    maria = await node.person("maria")
    group = await node.group("garden", maria)
    bob = stranger.person("bob")
    note = await writes(nodes, node, stranger, bob, group)

    async def passed_on() -> list[str]:
        stranger.received.clear()
        await stranger.send(node, stranger.activity("Lock", bob, note["id"], to=[PUBLIC]), bob)
        await nodes.settle()
        return [activity["object"]["type"] for activity in stranger.received if activity["type"] == "Announce"]

    assert await passed_on() == ["Lock"]
    await node.do(lambda tx: departures.delete_group(tx, maria, group))
    await nodes.settle()
    assert await passed_on() == []
