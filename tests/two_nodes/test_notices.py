"""What somebody on another server does is told to whom it concerns, once; what is past, or only named aside, is not."""

from datetime import timedelta

import pytest

from federation.addressing import Visibility
from node.database import Transaction
from node.database.tables import Actor, Post
from node.queries import follows as follow_rows, mutes
from node.services import follows, posts, reactions
from tests.apps import phone
from tests.clubs import club_of
from tests.nodes import Network, Node
from tests.strangers import PUBLIC, Stranger

pytestmark = pytest.mark.both_databases


async def told(node: Node, actor: Actor) -> list[tuple[str, str]]:
    """(type, by whom) of each, the newest first."""
    rows = await (await phone(node, actor)).get("/api/v1/notifications", "[Notification]")
    return [(row["type"], row["account"]["acct"]) for row in rows]


async def watch(node: Node, follower: Actor, handle: str) -> None:
    target = await node.find(handle)

    async def work(tx: Transaction) -> None:
        follow = await follow_rows.between(tx, follower.id, target.id)
        assert follow is not None
        await follow_rows.change(tx, follow, notifies=True)

    await node.do(work)


async def shown(node: Node, post: Post) -> Post:
    return await node.required(post.uri)


async def test_what_is_done_elsewhere_is_told_here(nodes: Network) -> None:
    here, there = await nodes.node("a"), await nodes.node("b")
    anna, eleni = await here.person("anna", approves=True), await there.person("eleni")
    mine = await here.post(anna, "Good morning, @eleni@b.test")
    await nodes.settle()
    assert await told(there, eleni) == [("mention", "anna@a.test")]
    received = await shown(there, mine)
    await there.do(lambda tx: reactions.favourite(tx, eleni, received))
    await there.do(lambda tx: reactions.reblog(tx, eleni, received))
    await there.follow(eleni, "anna@a.test")
    answer = await there.post(eleni, "Good morning to you", to=received)
    await nodes.settle()
    assert sorted(await told(here, anna)) == [
        ("favourite", "eleni@b.test"),
        ("follow_request", "eleni@b.test"),
        ("mention", "eleni@b.test"),
        ("reblog", "eleni@b.test"),
    ]
    await here.do(lambda tx: _accept(tx, anna, eleni.uri))
    await there.do(lambda tx: reactions.unfavourite(tx, eleni, received))
    await there.do(lambda tx: reactions.unreblog(tx, eleni, received))
    await nodes.settle()
    assert sorted(await told(here, anna)) == [("follow", "eleni@b.test"), ("mention", "eleni@b.test")]
    nodes.clock.move(timedelta(seconds=2))
    await here.do(lambda tx: posts.edit(tx, anna, mine, posts.Draft("Good evening")))
    await there.do(lambda tx: posts.delete(tx, eleni, answer))
    await there.do(lambda tx: _end(tx, eleni, anna.uri))
    await nodes.settle()
    assert await told(here, anna) == []
    assert [kind for kind, _ in await told(there, eleni)] == ["mention"]


async def _accept(tx: Transaction, actor: Actor, uri: str) -> None:
    from node.queries import actors as actor_rows  # noqa: PLC0415  # only here

    await follows.accept(tx, actor, await actor_rows.required(tx, uri))


async def _end(tx: Transaction, actor: Actor, uri: str) -> None:
    from node.queries import actors as actor_rows  # noqa: PLC0415  # only here

    await follows.end(tx, actor, await actor_rows.required(tx, uri))


async def test_an_edit_is_told_to_those_who_boosted_it(nodes: Network) -> None:
    here, there = await nodes.node("a"), await nodes.node("b")
    anna, eleni = await here.person("anna"), await there.person("eleni")
    await here.follow(anna, "eleni@b.test")
    await nodes.settle()
    post = await there.post(eleni, "One")
    await nodes.settle()
    received = await shown(here, post)
    await here.do(lambda tx: reactions.reblog(tx, anna, received))
    nodes.clock.move(timedelta(seconds=2))
    await there.do(lambda tx: posts.edit(tx, eleni, post, posts.Draft("Two")))
    await nodes.settle()
    assert await told(here, anna) == [("update", "eleni@b.test")]


async def test_whoever_watches_hears_of_people_and_groups_elsewhere(nodes: Network) -> None:
    here, there = await nodes.node("a"), await nodes.node("b")
    anna, eleni, noor = await here.person("anna"), await there.person("eleni"), await there.person("noor")
    await there.group("garden", eleni)
    for handle in ("garden@b.test", "noor@b.test"):
        await here.follow(anna, handle)
    await nodes.settle()
    await there.post(noor, "Not told")
    await nodes.settle()
    assert await told(here, anna) == []
    for handle in ("garden@b.test", "noor@b.test"):
        await watch(here, anna, handle)
    await there.post(noor, "One")
    thread = await there.post(eleni, "Two", group="garden@b.test")
    await nodes.settle()
    await there.post(eleni, "An answer", to=thread)
    await nodes.settle()
    assert sorted(await told(here, anna)) == [("status", "garden@b.test"), ("status", "noor@b.test")]


async def test_a_member_is_told_who_names_her_in_a_group(nodes: Network) -> None:
    """Whether the group's relay proves the post, or it has to be fetched (Lemmy 0.19 proves none)."""
    club = await club_of(nodes)
    mention = {"type": "Mention", "href": club.anna.uri}
    thread = club.note("notes/1", tag=[mention])
    await club.announce(club.dora.prove(club.create(thread)))
    await club.announce(club.create(club.note("notes/2", tag=[mention])))
    assert [kind for kind, _ in await told(club.node, club.anna)] == ["mention", "mention"]


async def test_what_is_past_or_named_aside_is_not_told(nodes: Network, node: Node) -> None:
    stranger = Stranger(nodes, "c")
    await stranger.serve()
    bob, anna = stranger.person("bob"), await node.person("anna")
    mention = {"type": "Mention", "href": anna.uri}
    long_ago = (nodes.clock.at - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    aside = stranger.note(bob, "notes/1", to=[PUBLIC], cc=[anna.uri])
    past = stranger.note(bob, "notes/2", tag=[mention], published=long_ago)
    parent = stranger.note(bob, "notes/3", tag=[mention])
    answer = stranger.note(bob, "notes/4", to=[PUBLIC, anna.uri], inReplyTo=parent["id"])
    for note in (aside, past, answer):
        await stranger.send(node, stranger.create(bob, note), bob)
    await nodes.settle()
    for note in (aside, past, parent, answer):
        assert await node.known(note["id"]) is not None
    assert await told(node, anna) == []
    direct = stranger.note(bob, "notes/5", to=[anna.uri], cc=[])
    await stranger.send(node, stranger.create(bob, direct), bob)
    await nodes.settle()
    assert (await node.required(direct["id"])).visibility == Visibility.DIRECT
    assert await told(node, anna) == [("mention", "bob@c.test")]


async def test_a_muted_server_is_not_heard(nodes: Network) -> None:
    here, there = await nodes.node("a"), await nodes.node("b")
    anna, eleni = await here.person("anna"), await there.person("eleni")
    await there.post(eleni, "One, @anna@a.test")
    await nodes.settle()
    assert await told(here, anna) == [("mention", "eleni@b.test")]
    await here.do(lambda tx: mutes.mute_host(tx, anna.id, "b.test"))
    await there.post(eleni, "Two, @anna@a.test")
    await nodes.settle()
    assert await told(here, anna) == []
    await here.do(lambda tx: mutes.unmute_host(tx, anna.id, "b.test"))
    assert await told(here, anna) == [("mention", "eleni@b.test")]


async def test_a_message_to_a_group_is_told_to_its_moderators(nodes: Network) -> None:
    here, there = await nodes.node("a"), await nodes.node("b")
    anna, maria = await here.person("anna"), await here.person("maria")
    noor = await there.person("noor")
    await here.group("garden", anna)
    await here.post(maria, "Aiuto", group="garden@a.test", visibility=Visibility.DIRECT)
    nodes.clock.move(timedelta(seconds=1))
    await there.post(noor, "Help", group="garden@a.test", visibility=Visibility.DIRECT)
    await nodes.settle()
    assert await told(here, anna) == [("mention", "noor@b.test"), ("mention", "maria")]
    assert await told(here, maria) == []
