"""What a group does not take: who is told, how often, and what an author of this node sees of it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from federation.addressing import Visibility
from node.database.tables import Actor
from node.errors import NotFound
from node.queries import actors as actor_rows, posts as post_rows
from node.services import follows, moderating, posts
from node.services.refusing import MOST_AN_HOUR
from tests.borders import Border, border_of
from tests.clubs import Club, club_of
from tests.nodes import Network, Node
from tests.one_node.browsing import signed_in
from tests.strangers import PUBLIC, Person, Stranger

SAID = "Cucito ( @cucito@a.test ) did not take this"


@pytest.mark.both_databases
async def test_an_author_learns_that_a_group_did_not_take_her_post(nodes: Network) -> None:
    border = await border_of(nodes, joining="approval")
    greece = border.greece
    dora = await greece.person("dora")
    post = await greece.post(border.eleni, "Posso?", group="cucito@a.test")
    async with await signed_in(greece, border.eleni) as author, await signed_in(greece, dora) as other:
        assert SAID not in (await author.get(f"/posts/{post.id}")).words  # nobody has answered yet
        assert (await other.get(f"/posts/{post.id}")).status == 200
        await border.settle()
        for path in (f"/posts/{post.id}", "/@eleni", "/home"):
            assert SAID in (await author.get(path)).words, path
        assert (await other.get(f"/posts/{post.id}")).status == 404
        assert (await greece.get(post.uri))[0] == 404
        await _taken_after_all(border, post.uri)
        assert SAID not in (await author.get(f"/posts/{post.id}")).words
        assert (await other.get(f"/posts/{post.id}")).status == 200


async def _taken_after_all(border: Border, uri: str) -> None:
    """She becomes a member and sends it again, by an edit."""
    there = await border.italy.actor(border.eleni.uri)
    await border.italy.do(lambda tx: follows.accept(tx, border.group, there))
    await border.settle()
    hers = await border.greece.required(uri)
    await border.greece.do(lambda tx: posts.edit(tx, border.eleni, hers, posts.Draft("Adesso?")))
    await border.settle()
    assert (await border.italy.required(uri)).group_id == border.group.id


@pytest.fixture
async def stranger(nodes: Network) -> Stranger:
    found = Stranger(nodes, "c")
    await found.serve()
    return found


Close = Callable[[Node, Actor, Actor, Actor], Awaitable[None]]


async def _ban(node: Node, owner: Actor, group: Actor, writer: Actor) -> None:
    await node.do(lambda tx: moderating.ban(tx, owner, group, writer, until=None, reason=""))


async def _open(node: Node, owner: Actor, group: Actor, writer: Actor) -> None:
    """Nothing is closed."""


async def _block(node: Node, owner: Actor, group: Actor, writer: Actor) -> None:
    await node.do(lambda tx: actor_rows.block(tx, group, writer, f"{group.uri}#block"))


class Garden:
    """A group of a node, with a writer of a scripted host who is known there."""

    def __init__(self, nodes: Network, node: Node, stranger: Stranger, bob: Person, owner: Actor, group: Actor) -> None:
        self.nodes, self.node, self.stranger, self.bob = nodes, node, stranger, bob
        self.owner, self.group, self._number = owner, group, 0

    async def write(self, **values: Any) -> dict[str, Any]:
        self._number += 1
        addressed = {"to": [self.group.uri, PUBLIC], "cc": [], "audience": self.group.uri}
        note = self.stranger.note(self.bob, f"notes/{self._number}", **addressed | values)
        create = self.stranger.create(self.bob, note)
        await self.stranger.send(self.node, create, self.bob)
        await self.nodes.settle()
        return create

    def rejects(self) -> list[dict[str, Any]]:
        return [one for one in self.stranger.received if one["type"] == "Reject"]


async def garden_of(nodes: Network, node: Node, stranger: Stranger, **values: Any) -> Garden:
    owner, bob = await node.person("anna"), stranger.person("bob")
    group = await node.group("garden", owner, **values)
    await node.find("bob@c.test")
    return Garden(nodes, node, stranger, bob, owner, group)


@pytest.mark.both_databases
async def test_who_writes_into_a_closed_group_is_told_a_few_times_an_hour(
    nodes: Network, node: Node, stranger: Stranger
) -> None:
    garden = await garden_of(nodes, node, stranger, joining="approval")
    create = await garden.write()
    [reject] = garden.rejects()
    inner = {"id": create["id"], "type": "Create", "actor": garden.bob.uri, "object": create["object"]["id"]}
    assert (reject["actor"], reject["to"], reject["object"]) == (garden.group.uri, [garden.bob.uri], inner)
    await stranger.send(node, create, garden.bob)  # the same again is one item
    await nodes.settle()
    assert len(garden.rejects()) == 1
    for _ in range(MOST_AN_HOUR + 2):
        await garden.write()
    assert len(garden.rejects()) == MOST_AN_HOUR
    nodes.clock.move(timedelta(hours=1, minutes=1))
    await garden.write()
    assert len(garden.rejects()) == MOST_AN_HOUR + 1


@pytest.mark.parametrize(
    ("close", "told"), [(_open, False), (_ban, True), (_block, False)], ids=["open", "banned", "blocked"]
)
@pytest.mark.parametrize("direct", [False, True])
async def test_who_is_told(
    nodes: Network, node: Node, stranger: Stranger, close: Close, *, told: bool, direct: bool
) -> None:
    garden = await garden_of(nodes, node, stranger)
    await close(node, garden.owner, garden.group, await node.actor(garden.bob.uri))
    await garden.write(**({"to": [garden.group.uri], "audience": None} if direct else {}))
    assert len(garden.rejects()) == told
    outcomes = await node.outcomes()
    assert outcomes.get("refused", 0) == (close is not _open)


async def test_an_answer_in_a_locked_thread_is_told(nodes: Network, node: Node, stranger: Stranger) -> None:
    garden = await garden_of(nodes, node, stranger)
    opener = await node.post(garden.owner, "Opener", group="garden@a.test")
    await garden.write(inReplyTo=opener.uri)
    assert garden.rejects() == []
    await node.do(lambda tx: moderating.lock(tx, garden.owner, garden.group, opener, locked=True))
    late = await garden.write(inReplyTo=opener.uri)
    assert [one["object"]["id"] for one in garden.rejects()] == [late["id"]]


async def test_one_whom_somebody_follows_is_told_too(nodes: Network, node: Node, stranger: Stranger) -> None:
    """Her post is kept, for those who read her; the group does not take it."""
    garden = await garden_of(nodes, node, stranger, joining="approval")
    await node.follow(garden.owner, "bob@c.test")
    await nodes.settle()
    await stranger.send(node, stranger.activity("Accept", garden.bob, stranger.received[-1]), garden.bob)
    create = await garden.write()
    assert (await node.required(create["object"]["id"])).group_id is None
    assert len(garden.rejects()) == 1


@pytest.fixture
async def club(nodes: Network) -> Club:
    return await club_of(nodes)


async def _refused(club: Club, uri: str) -> bool:
    return (await club.node.required(uri)).refused_at is not None


async def test_a_reject_counts_for_what_was_written_to_the_one_who_rejects(club: Club) -> None:
    other = club.host.person("other", "Group")
    post = await club.node.post(club.anna, "Hello", group="club@c.test")
    await club.nodes.settle()
    create = next(one for one in club.host.received if one["type"] == "Create")
    inner = {name: create[name] for name in ("id", "type", "actor")} | {"object": post.uri}
    for by in (other, club.host.person("mod")):
        reason = await club.send(club.host.activity("Reject", by, inner), by, club.host)
        assert (reason, await _refused(club, post.uri)) == ("answer.Create", False)
    reject = club.host.activity("Reject", club.group, inner)
    assert await club.announce(reject, by=other) is not None  # nor does it count in a relay
    assert not await _refused(club, post.uri)
    assert await club.send(reject, club.group, club.host) is None
    assert await _refused(club, post.uri)
    assert await club.announce(create) is None  # it has been taken in after all
    assert not await _refused(club, post.uri)


async def test_a_message_that_a_group_did_not_take_is_marked(club: Club) -> None:
    direct = {"group": "club@c.test", "visibility": Visibility.DIRECT}
    post = await club.node.post(club.anna, "For the moderators", **direct)
    await club.nodes.settle()
    create = next(one for one in club.host.received if one["type"] == "Create")
    assert await club.send(club.host.activity("Reject", club.group, create), club.group, club.host) is None
    async with await signed_in(club.node, club.anna) as browser:
        assert "Club ( @club@c.test ) did not take this" in (await browser.get(f"/posts/{post.id}")).words
    maria = await club.node.person("maria")
    with pytest.raises(NotFound):
        await club.node.read(lambda tx: post_rows.visible(tx, post.id, maria))
