"""What an attacker tried on a running node, each with the same done by somebody who may."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from node.database import Transaction
from node.database.tables import Actor, InboxItem, Post
from node.errors import Forbidden
from node.queries import groups as group_rows
from node.services import blocks, moderating, posts
from tests.nodes import Network, Node
from tests.strangers import PUBLIC, Person, Stranger

SOON = timedelta(seconds=1)
"""Before what is held is tried again."""


class Place:
    """Anna's group on this node, and Mallory, who writes in it from c.test."""

    def __init__(self, nodes: Network, node: Node, host: Stranger, anna: Actor, group: Actor) -> None:
        self.nodes, self.node, self.host, self.anna, self.group = nodes, node, host, anna, group
        self.mallory = host.person("mallory")

    def note(self, path: str, text: str = "<p>Hello</p>", **values: Any) -> dict[str, Any]:
        addressed = {"to": [PUBLIC, self.group.uri], "cc": [], "audience": self.group.uri}
        return self.host.note(self.mallory, path, text, **addressed | values)

    async def create(self, note: dict[str, Any], **how: Any) -> tuple[str | None, str | None]:
        return await self.send(self.host.create(self.mallory, note), **how)

    async def send(
        self, activity: dict[str, Any], *, by: Person | None = None, within: timedelta = SOON, path: str = "/inbox"
    ) -> tuple[str | None, str | None]:
        """(outcome, reason) of it, (None, why) while it is held."""
        assert (await self.host.send(self.node, activity, by or self.mallory, path=path)).status == 202
        await self.nodes.settle(within)
        newest = select(InboxItem.outcome, InboxItem.reason).order_by(InboxItem.id.desc()).limit(1)
        [row] = await self.node.read(lambda tx: tx.rows(newest))
        return row[0], row[1]

    async def edit(self, note: dict[str, Any], **values: Any) -> tuple[str | None, str | None]:
        """An Update a minute later."""
        self.nodes.clock.move(timedelta(minutes=1))
        moment = self.nodes.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
        return await self.send(self.host.activity("Update", self.mallory, note | {"updated": moment} | values))

    async def lock(self, uri: str, *, locked: bool = True) -> None:
        post = await self.node.required(uri)
        await self.node.do(lambda tx: moderating.lock(tx, self.anna, self.group, post, locked=locked))

    async def locked(self, uri: str) -> bool:
        return (await self.node.required(uri)).locked_at is not None

    async def ban(self) -> None:
        mallory = await self.node.actor(self.mallory.uri)
        await self.node.do(lambda tx: moderating.ban(tx, self.anna, self.group, mallory, until=None, reason=""))

    async def relayed(self, uri: str) -> bool:
        post = await self.node.known(uri)
        return post is not None and post.group_id == self.group.id


@pytest.fixture
async def node(sqlite_nodes: Network) -> Node:
    return await sqlite_nodes.node("a")


@pytest.fixture
async def place(sqlite_nodes: Network, node: Node) -> Place:
    host = Stranger(sqlite_nodes, "c")
    await host.serve()
    anna = await node.person("anna")
    return Place(sqlite_nodes, node, host, anna, await node.group("garden", anna))


async def test_an_author_lifts_her_own_lock_and_no_moderators(place: Place) -> None:
    note = place.note("notes/1")
    await place.create(note)

    def act(kind: str) -> dict[str, Any]:
        lock = place.host.activity("Lock", place.mallory, note["id"], to=[PUBLIC], cc=[place.group.uri])
        return lock if kind == "Lock" else place.host.activity("Undo", place.mallory, lock, to=[PUBLIC])

    assert await place.send(act("Lock")) == ("handled", None)
    assert await place.locked(note["id"])
    assert await place.send(act("Undo")) == ("handled", None)
    assert not await place.locked(note["id"])
    await place.lock(note["id"])
    assert await place.send(act("Undo")) == ("refused", "authz.moderator")
    await place.send(act("Lock"))  # does not make it hers
    assert await place.send(act("Undo")) == ("refused", "authz.moderator")
    assert await place.locked(note["id"])


async def test_no_edit_lifts_a_moderators_lock(place: Place) -> None:
    note = place.note("notes/1")
    await place.create(note)
    await place.edit(note, commentsEnabled=False)
    assert await place.locked(note["id"])
    await place.edit(note, commentsEnabled=True)
    assert not await place.locked(note["id"])
    await place.lock(note["id"])
    for enabled in (False, True):
        assert await place.edit(note, commentsEnabled=enabled) == ("handled", None)
        assert await place.locked(note["id"])


async def test_no_answer_comes_into_a_locked_thread_by_a_parent_that_is_away(place: Place) -> None:
    root = await place.node.post(place.anna, "Thread", group="garden@a.test")
    bridge = place.note("notes/1", inReplyTo=root.uri, to=[PUBLIC], cc=[], audience=None)
    answer = place.note("notes/2", inReplyTo=bridge["id"])
    place.host.unavailable.add("/notes/1")
    await place.lock(root.uri)
    assert (await place.create(answer))[0] is None
    place.host.unavailable.clear()
    await place.nodes.settle(timedelta(minutes=5))
    assert not await place.relayed(answer["id"])
    assert await place.node.thread(root.uri) == [root.uri]


async def test_an_answer_is_taken_once_its_parent_is_here(place: Place) -> None:
    root = await place.node.post(place.anna, "Thread", group="garden@a.test")
    bridge = place.note("notes/1", inReplyTo=root.uri)
    answer = place.note("notes/2", inReplyTo=bridge["id"])
    place.host.unavailable.add("/notes/1")
    assert (await place.create(answer))[0] is None
    place.host.unavailable.clear()
    await place.nodes.settle(timedelta(minutes=5))
    assert await place.relayed(answer["id"])
    assert set(await place.node.thread(root.uri)) == {root.uri, bridge["id"], answer["id"]}


async def test_an_answer_to_nothing_opens_no_thread_in_a_closed_group(place: Place) -> None:
    root = await place.node.post(place.anna, "Thread", group="garden@a.test")

    async def close(tx: Transaction) -> None:
        await group_rows.change(tx, await group_rows.required(tx, place.group), closed_at=tx.now)

    await place.node.do(close)
    for number, target in enumerate((None, f"{place.host.base}/nothing", f"{place.node.base}/posts/1")):
        note = place.note(f"notes/{number}", **({"inReplyTo": target} if target else {}))
        assert await place.create(note) == ("refused", "group.closed")
    elsewhere = place.host.note(place.mallory, "elsewhere/1")
    note = place.note("notes/8", inReplyTo=elsewhere["id"])
    await place.create(note)
    assert not await place.relayed(note["id"])
    answer = place.note("notes/9", inReplyTo=root.uri)
    assert await place.create(answer) == ("handled", None)
    assert await place.relayed(answer["id"])


async def test_one_who_is_banned_neither_edits_nor_is_kept(place: Place) -> None:
    note = place.note("notes/1")
    await place.create(note)
    assert await place.edit(note, content="<p>Edited</p>") == ("handled", None)
    await place.ban()
    assert await place.edit(note, content="<p>Abuse</p>") == ("refused", "group.banned")
    assert (await place.node.required(note["id"])).content == "<p>Edited</p>"
    late = place.note("notes/2")
    assert await place.create(late, path="/groups/garden/inbox") == ("refused", "group.banned")
    assert await place.node.known(late["id"]) is None


async def blocked(place: Place) -> None:
    await place.send(place.host.activity("Follow", place.mallory, place.anna.uri))
    mallory = await place.node.actor(place.mallory.uri)
    await place.node.do(lambda tx: blocks.block(tx, place.anna, mallory))


def mentioning(place: Place, path: str, person: Actor, **values: Any) -> dict[str, Any]:
    tag = [{"type": "Mention", "href": person.uri, "name": f"@{person.username}@a.test"}]
    return place.host.note(place.mallory, path, cc=[person.uri], tag=tag, **values)


async def test_one_whom_she_blocks_does_not_reach_her_own_inbox(place: Place) -> None:
    lea = await place.node.person("lea")
    await blocked(place)
    to_anna, to_lea = mentioning(place, "notes/1", place.anna), mentioning(place, "notes/2", lea)
    assert await place.create(to_anna, path="/users/anna/inbox") == ("ignored", "unsolicited")
    assert await place.node.known(to_anna["id"]) is None
    assert await place.create(to_lea, path="/users/lea/inbox") == ("handled", None)


async def test_in_anothers_thread_she_does_not_see_whom_she_blocks(place: Place) -> None:
    lea = await place.node.person("lea")
    root: Post = await place.node.post(lea, "Thread")
    await blocked(place)
    note = mentioning(place, "notes/1", place.anna, inReplyTo=root.uri)
    assert await place.create(note) == ("handled", None)
    assert await place.node.thread(root.uri, place.anna) == [root.uri]
    assert set(await place.node.thread(root.uri, lea)) == {root.uri, note["id"]}


async def test_an_inbox_takes_nothing_that_does_not_name_its_owner(place: Place) -> None:
    note = place.host.note(place.mallory, "notes/1")
    assert await place.create(note, path="/users/anna/inbox") == ("ignored", "unsolicited")
    assert await place.node.known(note["id"]) is None
    named = mentioning(place, "notes/2", place.anna)
    assert await place.create(named, path="/users/anna/inbox") == ("handled", None)


@pytest.mark.parametrize(("number", "taken"), [(2**53 - 1, True), (2**53 + 5, False), (2**63, False)])
async def test_a_number_that_no_proof_covers_is_refused_at_once(place: Place, number: int, *, taken: bool) -> None:
    note = place.note("notes/1", extra=number)
    assert await place.create(note) == (("handled", None) if taken else ("refused", "proof.canonical"))
    assert await place.relayed(note["id"]) is taken


async def test_one_of_ours_who_is_banned_edits_nothing_there(place: Place) -> None:
    lea = await place.node.person("lea")
    post = await place.node.post(lea, "Hello", group="garden@a.test")
    draft = posts.Draft("Edited")
    await place.node.do(lambda tx: posts.edit(tx, lea, post, draft))
    await place.node.do(lambda tx: moderating.ban(tx, place.anna, place.group, lea, until=None, reason=""))
    with pytest.raises(Forbidden, match="closed it to you"):
        await place.node.do(lambda tx: posts.edit(tx, lea, post, posts.Draft("Abuse")))
    assert (await place.node.required(post.uri)).content == "<p>Edited</p>"
    await place.node.do(lambda tx: posts.delete(tx, lea, post))  # what is hers she may take away
