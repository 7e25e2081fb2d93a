"""A strict independent implementation reads our documents, verifies what we sign, and is a member of our groups."""

from datetime import timedelta

import orjson
import pytest

from federation.signatures import Scheme
from federation.vocabulary import Document
from node.database import Transaction
from node.database.tables import Actor, Post
from node.queries import views
from node.services import activities, actors, moderating, outbox, posts, reactions
from tests.nodes import Network, Node
from tests.peers.strict_peer import HOST, StrictPeer, kind_of

GARDEN = "http://a.test/groups/garden"
ONE_DATABASE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For what is about the wire alone."""


async def member(nodes: Network, peer: StrictPeer) -> str:
    """The id of fred's Follow of the garden, once it was answered."""
    follow: str = (await peer.act("follow", target=GARDEN))["id"]
    await nodes.settle()
    return follow


async def favourites(node: Node, post: Post) -> int:
    found: list[views.PostView] = await node.read(lambda tx: views.of(tx, [post], None))
    return found[0].favourites


@ONE_DATABASE
async def test_each_finds_the_others_people_and_groups(nodes: Network, node: Node, peer: StrictPeer) -> None:
    await node.person("anna")
    await node.group("garden", name="The garden")
    found = await peer.tell("lookup", target="@garden@a.test")
    assert found == {"type": "Group", "id": GARDEN, "name": "The garden"}
    assert (await peer.tell("lookup", target="acct:anna@a.test"))["type"] == "Person"
    assert await peer.tell("lookup", target="@nobody@a.test") is None
    fred, group = await node.find(f"fred@{HOST}"), await node.find(f"fedigroup@{HOST}")
    assert (fred.uri, fred.type, fred.handle) == (peer.fred, "Person", f"fred@{HOST}")
    assert (group.uri, group.type) == (peer.fedigroup, "Group")


@ONE_DATABASE
async def test_it_reads_each_kind_of_document(nodes: Network, node: Node, peer: StrictPeer) -> None:
    """Its JSON-LD processor knows the contexts that ours name: the fixture sees that none had to be fetched."""
    owner = await node.person("giulia")
    await node.group("garden", owner)
    post = await node.post(owner, "Seeds for #spring, @garden@a.test", group="garden@a.test")
    await nodes.settle()
    assert (await peer.tell("lookup", target="http://a.test/actor"))["type"] == "Application"
    assert (await peer.tell("lookup", target=post.uri))["type"] == "Note"
    for place in ("outbox", "followers", "featured", "moderators"):
        assert (await peer.tell("lookup", target=f"{GARDEN}/{place}"))["type"] == "OrderedCollection", place
    for uri in (f"{post.uri}/replies", f"http://a.test/contexts/{post.id}"):
        assert (await peer.tell("lookup", target=uri))["type"] in {"Collection", "OrderedCollection"}, uri


async def test_a_follower_gets_the_accept_then_thread_and_answers(nodes: Network, node: Node, peer: StrictPeer) -> None:
    owner, anna = await node.person("giulia"), await node.person("anna")
    await node.group("garden", owner)
    follow = await member(nodes, peer)
    assert (await peer.state())["accepted"] == [follow]
    opener = await node.post(owner, "Who has seeds?", group="garden@a.test")
    await nodes.settle()
    await node.post(anna, "I have", to=opener)
    await nodes.settle()
    accept, relay, boost, answer = came = await peer.received()
    assert [kind_of(one) for one in came] == ["Accept Follow", "Announce Create", "Announce", "Announce Create"]
    assert {(one["key"], one["proved"]) for one in came} == {(f"{GARDEN}#main-key", True)}
    assert accept["object"]["id"] == follow
    assert relay["innerProved"]
    assert answer["innerProved"]
    assert boost["object"] == {"type": "Note", "id": opener.uri, "content": opener.content}
    assert relay["activity"]["object"]["object"]["content"] == opener.content
    assert answer["activity"]["object"]["object"]["inReplyTo"] == opener.uri


@ONE_DATABASE
@pytest.mark.parametrize(
    ("demand", "scheme", "refused"),
    [
        ({}, "draft-cavage", 0),
        ({"scheme": "draft-cavage"}, "draft-cavage", 0),
        ({"scheme": "rfc9421"}, "rfc9421", 1),
        ({"scheme": "rfc9421", "challenge": True}, "rfc9421", 1),
    ],
)
async def test_it_verifies_either_signature_and_is_asked_once_which_it_takes(
    nodes: Network, node: Node, peer: StrictPeer, demand: dict[str, object], scheme: str, refused: int
) -> None:
    owner = await node.person("giulia")
    await node.group("garden", owner)
    await peer.tell("demand", **demand)
    await member(nodes, peer)
    await node.post(owner, "Who has seeds?", group="garden@a.test")
    await nodes.settle()
    assert [one["status"] for one in (await peer.state())["received"]] == [401] * refused + [202] * 3
    assert {(one["scheme"], one["key"]) for one in await peer.received()} == {(scheme, f"{GARDEN}#main-key")}


async def _follow(tx: Transaction, follower: Actor, target: Actor) -> Document:
    return activities.follow(tx, follower, target)


@ONE_DATABASE
async def test_it_refuses_what_another_signed_and_what_was_changed(
    nodes: Network, node: Node, peer: StrictPeer
) -> None:
    """So that what it lets in says something about our signatures and proofs."""
    anna, fred = await node.person("anna"), await node.find(f"fred@{HOST}")
    mallory = await node.person("mallory")
    plain = await node.do(lambda tx: _follow(tx, anna, fred))
    sealed = await node.do(lambda tx: outbox.seal(tx, anna, plain))
    changed = {**sealed, "object": peer.fedigroup}

    async def status(document: object, by: int) -> int:
        answer = await node.context.client.deliver(
            fred.inbox,
            orjson.dumps(document),
            signer=await node.context.signer(by),
            scheme=Scheme.CAVAGE,
            now=nodes.clock(),
        )
        return answer.status

    assert [await status(plain, mallory.id), await status(changed, mallory.id)] == [401, 401]
    assert (await peer.state())["followers"]["fred"] == []
    assert [await status(plain, anna.id), await status(sealed, mallory.id)] == [202, 202]
    signed, proved = await peer.received()
    assert (signed["key"], signed["proved"]) == (f"{anna.uri}#main-key", False)
    assert (proved["key"], proved["proved"]) == (None, True)


@ONE_DATABASE
@pytest.mark.parametrize("first", ["rfc9421", "draft-cavage-http-signatures-12"])
async def test_we_verify_either_of_its_signatures(nodes: Network, node: Node, peer: StrictPeer, first: str) -> None:
    await peer.meet(firstKnock=first)
    await node.group("garden")
    await member(nodes, peer)
    assert await peer.tell("scheme", origin="http://a.test") == first
    assert await node.outcomes() == {"handled": 1}


@pytest.mark.parametrize("kind", ["Note", "Page"])
async def test_its_post_is_relayed_and_taken_elsewhere_on_its_proof(
    nodes: Network, node: Node, peer: StrictPeer, kind: str
) -> None:
    greece = await nodes.node("b")
    await peer.meet()
    eleni = await greece.person("eleni")
    await node.group("garden", await node.person("giulia"))
    await greece.follow(eleni, "garden@a.test")
    await member(nodes, peer)
    title = {"name": "Seeds"} if kind == "Page" else {}
    sent = await peer.act("post", kind=kind, content="<p>I have seeds</p>", group=GARDEN, **title)
    await nodes.settle()
    for place in (node, greece):
        post = await place.required(sent["id"])
        assert (post.type, post.content) == (kind, "<p>I have seeds</p>")
    assert await greece.home(eleni) == ["<p>I have seeds</p>"]
    assert "b.test" in await peer.asked_for(peer.fred)
    assert await peer.asked_for(sent["id"]) == set()
    assert [one["innerProved"] for one in await peer.received("Announce Create")] == [True]


async def test_its_answers_edits_likes_and_deletes_reach_all_nodes(
    nodes: Network, node: Node, peer: StrictPeer
) -> None:
    greece = await nodes.node("b")
    await peer.meet()
    eleni, owner = await greece.person("eleni"), await node.person("giulia")
    await node.group("garden", owner)
    await greece.follow(eleni, "garden@a.test")
    await member(nodes, peer)
    opener = await node.post(owner, "Who has seeds?", group="garden@a.test")
    await nodes.settle()
    answer = (await peer.act("post", content="<p>Me</p>", group=GARDEN, inReplyTo=opener.uri))["id"]
    like = (await peer.act("like", object=opener.uri, recipients=[GARDEN, owner.uri]))["id"]
    await nodes.settle()
    copy = await greece.required(opener.uri)
    assert await node.thread(opener.uri) == await greece.thread(opener.uri) == [opener.uri, answer]
    assert (await favourites(node, opener), await favourites(greece, copy)) == (1, 1)
    await peer.act("edit", id=answer, content="<p>Not me</p>", recipients=[GARDEN])
    await peer.act("undo", id=like)
    await nodes.settle()
    for place in (node, greece):
        assert (await place.required(answer)).content == "<p>Not me</p>"
    assert (await favourites(node, opener), await favourites(greece, copy)) == (0, 0)
    await peer.act("remove", id=answer, recipients=[GARDEN])
    await nodes.settle()
    for place in (node, greece):
        assert (await place.required(answer)).deleted_at is not None


async def test_it_sees_our_edits_likes_and_deletes_through_the_group(
    nodes: Network, node: Node, peer: StrictPeer
) -> None:
    owner, anna = await node.person("giulia"), await node.person("anna")
    await node.group("garden", owner)
    await member(nodes, peer)
    post = await node.post(owner, "Who has seeds?", group="garden@a.test")
    await node.do(lambda tx: reactions.favourite(tx, anna, post))
    await nodes.settle()
    await node.do(lambda tx: posts.edit(tx, owner, post, posts.Draft("Who has tools?")))
    await nodes.settle()
    await node.do(lambda tx: posts.delete(tx, owner, post))
    await nodes.settle()
    for kind in ("Create", "Like", "Update", "Delete"):
        (relay,) = await peer.received(f"Announce {kind}")
        assert (relay["key"], relay["proved"], relay["innerProved"]) == (f"{GARDEN}#main-key", True, True), kind


@ONE_DATABASE
async def test_it_takes_what_moderators_do(nodes: Network, node: Node, peer: StrictPeer) -> None:
    """FEP-1b12 activities that most of the vocabulary does not name: none is refused as unreadable."""
    owner, anna = await node.person("giulia"), await node.person("anna")
    group = await node.group("garden", owner)
    await member(nodes, peer)
    post, fred = await node.post(anna, "Buy this", group="garden@a.test"), await node.actor(peer.fred)

    async def moderate(tx: Transaction) -> None:
        await moderating.pin(tx, owner, group, post, pinned=True)
        await moderating.lock(tx, owner, group, post, locked=True)
        await moderating.remove_post(tx, owner, group, post, "an advertisement")

    await node.do(moderate)
    await nodes.settle()
    until = nodes.clock() + timedelta(days=1)
    await node.do(lambda tx: moderating.ban(tx, owner, group, fred, until=until, reason="more advertisements"))
    await nodes.settle()
    for kind in ("Add", "Lock", "Delete", "Block"):
        (relay,) = await peer.received(f"Announce {kind}")
        assert (relay["key"], relay["proved"], relay["innerProved"]) == (f"{GARDEN}#main-key", True, True), kind
    assert [one["status"] for one in (await peer.state())["received"] if one["status"] != 202] == []
    assert len(await peer.received("Reject Follow")) == 1


@ONE_DATABASE
async def test_a_changed_profile_reaches_its_followers_proved(nodes: Network, node: Node, peer: StrictPeer) -> None:
    group = await node.group("garden")
    await member(nodes, peer)
    await node.do(lambda tx: actors.change_profile(tx, group, {"name": "The old garden"}))
    await nodes.settle()
    (update,) = await peer.received("Update Group")
    assert update["proved"]
    assert update["activity"]["object"]["name"] == "The old garden"


async def test_a_member_leaves(nodes: Network, node: Node, peer: StrictPeer) -> None:
    owner = await node.person("giulia")
    await node.group("garden", owner)
    follow = await member(nodes, peer)
    await peer.act("undo", id=follow)
    await nodes.settle()
    await node.post(owner, "Who has seeds?", group="garden@a.test")
    await nodes.settle()
    assert [kind_of(one) for one in await peer.received()] == ["Accept Follow"]
