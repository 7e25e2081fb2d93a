"""Posts and activities at their own ids: who may read which, and what is left of what was deleted or edited."""

import asyncio
from typing import Any

import orjson
import pytest

from federation.addressing import Visibility
from federation.signatures import Scheme
from federation.vocabulary import PostDocument, parse_activity, parse_object
from node.database import Transaction
from node.queries import actors as actor_rows, follows as follow_rows, posts as post_rows
from node.services import moderating, posts, reactions
from node.services.posts import Draft
from tests.nodes import AP, Network, Node
from tests.readers import signed_get
from tests.strangers import Person, Stranger


def path_of(uri: str) -> str:
    return "/" + uri.split("/", 3)[3]


@pytest.fixture
async def stranger(nodes: Network) -> Stranger:
    found = Stranger(nodes, "c")
    await found.serve()
    return found


async def follower(nodes: Network, node: Node, stranger: Stranger, name: str, of: str) -> Person:
    person = stranger.person(name)
    assert (await stranger.send(node, stranger.activity("Follow", person, of), person)).status == 202
    await nodes.settle()
    return person


async def test_a_public_post_reads_as_a_note(node: Node) -> None:
    anna = await node.person("anna")
    post = await node.post(anna, "Καλημέρα #weld", language="el")
    status, headers, body = await node.get(path_of(post.uri))
    assert status == 200
    assert headers["Vary"] == "Accept"
    document = parse_object(body)
    assert isinstance(document, PostDocument)
    assert (document.id, document.author, document.language) == (post.uri, anna.uri, "el")
    assert document.hashtags == ("weld",)
    assert body["replies"] == f"{post.uri}/replies"


async def test_the_page_is_at_the_same_address(node: Node) -> None:
    post = await node.post(await node.person("anna"), "Hello")
    for accept in ("text/html", "*/*", f"text/html, {AP};q=0.5"):
        status, headers, _ = await node.get(path_of(post.uri), accept=accept)
        assert status == 200
        assert headers["Content-Type"].startswith("text/html")
        assert headers["Vary"].split(", ")[0] == "Accept"


async def test_the_ids_of_its_create_lead_to_the_post(node: Node) -> None:
    """Mastodon turns an id that answers with a Create into a boost."""
    post = await node.post(await node.person("anna"), "Hello")
    assert (await node.get(path_of(f"{post.uri}#create")))[2]["type"] == "Note"


async def test_what_is_not_public_is_as_if_it_were_not(node: Node) -> None:
    anna, _ = await node.person("anna"), await node.person("lea")
    for visibility in (Visibility.FOLLOWERS, Visibility.DIRECT):
        hidden = await node.post(anna, "A secret, @lea", visibility=visibility)
        absent = await node.get(f"/posts/{hidden.id + 1}")
        for path in (f"/posts/{hidden.id}", f"/posts/{hidden.id}/replies", f"/contexts/{hidden.id}"):
            status, headers, body = await node.get(path)
            assert (status, body) == (404, absent[2])
            assert dict(headers).keys() == dict(absent[1]).keys()


async def test_ids_that_are_none_are_404(node: Node) -> None:
    for wrong in ("x", "0", "-1", "01", "٣", "9" * 19, "9" * 40, "1.0", "%00", "1%20"):
        for path in (f"/posts/{wrong}", f"/posts/{wrong}/replies", f"/activities/{wrong}", f"/contexts/{wrong}"):
            assert (await node.get(path))[0] == 404, path


@pytest.mark.parametrize("scheme", list(Scheme))
async def test_a_follower_reads_what_is_for_followers(
    nodes: Network, node: Node, stranger: Stranger, scheme: Scheme
) -> None:
    anna = await node.person("anna")
    bob = await follower(nodes, node, stranger, "bob", anna.uri)
    carol = stranger.person("carol")
    post = await node.post(anna, "For followers", visibility=Visibility.FOLLOWERS)
    status, headers, body = await signed_get(nodes, node, path_of(post.uri), bob, scheme=scheme)
    assert status == 200
    assert "For followers" in body["content"]
    assert headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in headers
    assert (await signed_get(nodes, node, path_of(post.uri), carol, scheme=scheme))[0] == 404
    assert (await node.get(path_of(post.uri)))[0] == 404


async def test_who_was_removed_reads_nothing_more(nodes: Network, node: Node, stranger: Stranger) -> None:
    anna = await node.person("anna")
    bob = await follower(nodes, node, stranger, "bob", anna.uri)
    post = await node.post(anna, "For followers", visibility=Visibility.FOLLOWERS)
    assert (await signed_get(nodes, node, path_of(post.uri), bob))[0] == 200
    known = await node.actor(bob.uri)
    await node.do(lambda tx: follow_rows.remove(tx, known.id, anna.id))
    assert (await signed_get(nodes, node, path_of(post.uri), bob))[0] == 404


async def test_whom_the_author_blocks_reads_nothing_of_hers(nodes: Network, node: Node, stranger: Stranger) -> None:
    anna = await node.person("anna")
    bob = await follower(nodes, node, stranger, "bob", anna.uri)
    carol = stranger.person("carol")
    post = await node.post(anna, "Hello")
    known = await node.actor(bob.uri)
    assert (await signed_get(nodes, node, path_of(post.uri), bob))[0] == 200
    await node.do(lambda tx: actor_rows.block(tx, anna, known, f"{anna.uri}#block"))
    status, headers, _ = await signed_get(nodes, node, path_of(post.uri), bob)
    assert (status, headers["Cache-Control"]) == (404, "no-store")  # or a cache answers others so too
    assert (await signed_get(nodes, node, path_of(post.uri), carol))[0] == 200
    assert (await node.get(path_of(post.uri)))[1]["Cache-Control"] == "max-age=60, public"


async def test_a_captured_signature_opens_nothing_else(nodes: Network, node: Node, stranger: Stranger) -> None:
    anna = await node.person("anna")
    bob = await follower(nodes, node, stranger, "bob", anna.uri)
    first = await node.post(anna, "One", visibility=Visibility.FOLLOWERS)
    second = await node.post(anna, "Two", visibility=Visibility.FOLLOWERS)
    sent: dict[str, str] = {}

    async def capture(path: str, **options: Any) -> tuple[int, Any, Any]:
        sent.update(options["headers"])
        return 0, None, None

    get, node.get = node.get, capture  # type: ignore[method-assign]  # what would be sent is kept
    await signed_get(nodes, node, path_of(first.uri), bob)
    node.get = get  # type: ignore[method-assign]  # as it was
    assert (await node.get(path_of(first.uri), headers=sent))[0] == 200
    assert (await node.get(path_of(second.uri), headers=sent))[0] == 401
    assert (await node.get(path_of(first.uri) + "?x=1", headers=sent))[0] == 401


async def test_a_deleted_post_is_a_tombstone(node: Node) -> None:
    anna = await node.person("anna")
    post = await node.post(anna, "Secret words")
    assert (await node.get(path_of(post.uri)))[0] == 200
    await node.do(lambda tx: posts.delete(tx, anna, post))
    status, headers, body = await node.get(path_of(post.uri))
    assert status == 410
    assert headers["Content-Type"] == "application/activity+json"
    assert (body["type"], body["id"], body["formerType"]) == ("Tombstone", post.uri, "Note")


async def test_a_deleted_post_that_was_not_public_is_404(node: Node) -> None:
    anna = await node.person("anna")
    post = await node.post(anna, "Secret words", visibility=Visibility.FOLLOWERS)
    await node.do(lambda tx: posts.delete(tx, anna, post))
    assert (await node.get(path_of(post.uri)))[0] == 404


async def test_remote_posts_are_not_served_here(nodes: Network, node: Node) -> None:
    other = await nodes.node("b")
    bob, anna = await other.person("bob"), await node.person("anna")
    await node.follow(anna, "bob@b.test")
    await nodes.settle()
    theirs = await other.post(bob, "From b")
    await nodes.settle()
    ours = await node.required(theirs.uri)
    for path in (f"/posts/{ours.id}", f"/posts/{ours.id}/replies", f"/contexts/{ours.id}"):
        assert (await node.get(path))[0] == 404
    await other.do(lambda tx: posts.delete(tx, bob, theirs))
    await nodes.settle()
    assert (await node.required(theirs.uri)).deleted_at is not None
    assert (await node.get(f"/posts/{ours.id}"))[0] == 404
    assert (await other.get(path_of(theirs.uri)))[0] == 410


async def test_a_boost_is_an_activity_while_it_stands(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    post = await node.post(anna, "Hello")
    boost = await node.do(lambda tx: reactions.reblog(tx, bea, post))
    status, _, body = await node.get(path_of(boost.uri))
    assert status == 200
    activity = parse_activity(body)
    assert (activity.type, activity.id, activity.actor, activity.object_id) == (
        "Announce",
        boost.uri,
        bea.uri,
        post.uri,
    )
    assert "proof" in body
    assert (await node.get(f"/posts/{boost.id}"))[0] == 404
    await node.do(lambda tx: reactions.unreblog(tx, bea, post))
    assert (await node.get(path_of(boost.uri)))[0] == 404


async def test_activities_that_are_not_public_are_404(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    post = await node.post(anna, "Hello")
    await node.do(lambda tx: reactions.favourite(tx, bea, post))

    async def uri(tx: Transaction) -> str:
        found = await post_rows.reaction(tx, bea.id, post.id, "")
        assert found is not None
        return str(found.uri)

    assert (await node.get(path_of(await node.read(uri))))[0] == 404


async def relay_of(node: Node, group: str) -> str:
    """The address of what the group passed on first."""
    _, _, outbox = await node.get(f"/groups/{group}/outbox")
    return str(outbox["orderedItems"][0]["id"])


async def test_a_relay_is_served_as_it_was_sent(node: Node) -> None:
    anna = await node.person("anna", role="facilitator")
    await node.group("welding", anna)
    post = await node.post(anna, "Hello", group="welding@a.test")
    uri = await relay_of(node, "welding")
    status, _, body = await node.get(path_of(uri))
    assert status == 200
    assert (body["id"], body["object"]["type"], body["object"]["object"]["id"]) == (uri, "Create", post.uri)
    assert {"proof"} <= body.keys() & body["object"].keys()


async def test_what_was_deleted_does_not_come_back_by_a_relay(node: Node) -> None:
    anna = await node.person("anna", role="facilitator")
    await node.group("welding", anna)
    post = await node.post(anna, "Secret words", group="welding@a.test")
    relay = path_of(await relay_of(node, "welding"))
    assert (await node.get(relay))[0] == 200
    await node.do(lambda tx: posts.delete(tx, anna, post))
    assert (await node.get(relay))[0] == 404


async def test_what_was_edited_away_does_not_come_back_by_a_relay(nodes: Network, node: Node) -> None:
    anna = await node.person("anna", role="facilitator")
    await node.group("welding", anna)
    post = await node.post(anna, "Secret words", group="welding@a.test")
    relay = path_of(await relay_of(node, "welding"))
    await node.do(lambda tx: posts.edit(tx, anna, post, Draft("Other words")))
    assert (await node.get(relay))[0] == 404
    _, _, outbox = await node.get("/groups/welding/outbox")
    assert outbox["orderedItems"][0]["object"] == post.uri
    assert "Secret" not in orjson.dumps(outbox).decode()


async def test_a_moderators_removal_can_be_fetched(nodes: Network, node: Node, stranger: Stranger) -> None:
    """Whoever gets it by relay may ask for it where it was made (FEP-1b12)."""
    anna, bea = await node.person("anna", role="facilitator"), await node.person("bea")
    group = await node.group("welding", anna)
    await follower(nodes, node, stranger, "bob", group.uri)
    post = await node.post(bea, "Buy now", group="welding@a.test")
    relay = path_of(await relay_of(node, "welding"))
    await node.do(lambda tx: moderating.remove_post(tx, anna, group, post, "advertising"))
    await nodes.settle()
    assert (await node.get(relay))[0] == 404
    assert (await node.get(path_of(post.uri)))[0] == 404
    removal = stranger.received[-1]["object"]
    assert removal["type"] == "Delete"
    status, _, body = await node.get(path_of(removal["id"]))
    assert (status, body) == (200, removal)


async def test_many_readers_at_once_get_the_same(node: Node) -> None:
    post = await node.post(await node.person("anna"), "Hello")
    answers = await asyncio.gather(*(node.get(path_of(post.uri)) for _ in range(20)))
    assert {status for status, _, _ in answers} == {200}
    assert len({headers["ETag"] for _, headers, _ in answers}) == 1
