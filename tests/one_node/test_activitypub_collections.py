"""Collections of actors: outboxes page by page, followers as far as they are shown, featured posts, moderators."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from federation.addressing import Visibility
from federation.identifiers import PUBLIC
from federation.vocabulary import Activity, parse_activity, parse_collection
from node.activitypub import collections, outboxes
from node.database.tables import Actor
from node.queries import actors as actor_rows, groups as group_rows
from node.services import follows, moderating, posts, reactions
from tests.nodes import Network, Node
from tests.strangers import Stranger


async def pages(node: Node, path: str) -> list[Any]:
    """All items of a collection, by its pages where it has some."""
    status, _, body = await node.get(path)
    assert status == 200
    document = parse_collection(body)
    if document.first is None:
        return list(document.items)
    items: list[Any] = []
    following_page = document.first
    while following_page is not None:
        assert isinstance(following_page, str)
        status, _, body = await node.get(following_page)
        assert (status, body["type"]) == (200, "OrderedCollectionPage")
        assert body["id"] == following_page
        assert body["partOf"] == document.id
        page = parse_collection(body)
        items += page.items
        following_page = page.next
    assert document.total == len(items)
    return items


async def total(node: Node, path: str) -> int:
    return int((await node.get(path))[2]["totalItems"])


async def member(node: Node, actor: Actor, of: Actor) -> None:
    await node.do(lambda tx: follows.request(tx, actor, of))


async def test_a_persons_outbox_has_what_everybody_may_see(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    theirs = await node.post(bea, "From Bea")
    first = await node.post(anna, "First")
    for visibility in (Visibility.UNLISTED, Visibility.FOLLOWERS, Visibility.DIRECT):
        await node.post(anna, "Not for a list, @bea", visibility=visibility)
    boost = await node.do(lambda tx: reactions.reblog(tx, anna, theirs))
    items = await pages(node, "/users/anna/outbox")
    parsed = [parse_activity(item) for item in items]
    assert [(item.type, item.id) for item in parsed] == [("Announce", boost.uri), ("Create", f"{first.uri}#create")]
    assert all(item.actor == anna.uri for item in parsed)
    assert parsed[0].object_id == theirs.uri
    assert "proof" in items[1]
    assert "Not for a list" not in orjson.dumps(items).decode()


async def test_an_edited_post_stands_there_by_its_id(node: Node) -> None:
    anna = await node.person("anna")
    post = await node.post(anna, "Secret words")
    assert "Secret words" in orjson.dumps(await pages(node, "/users/anna/outbox")).decode()
    await node.do(lambda tx: posts.edit(tx, anna, post, posts.Draft("Other words")))
    (item,) = await pages(node, "/users/anna/outbox")
    assert (item["type"], item["object"], item["to"]) == ("Create", post.uri, [PUBLIC])
    assert "Secret" not in orjson.dumps(item).decode()


async def test_an_outbox_goes_on_page_by_page(nodes: Network, node: Node) -> None:
    anna = await node.person("anna", role="facilitator")
    await node.group("welding", anna)
    written = []
    for number in range(outboxes.PAGE * 2 + 3):
        written.append(await node.post(anna, f"Thread {number}", group="welding@a.test"))
        nodes.clock.move(timedelta(minutes=3))  # nobody posts faster than a group passes on
    await node.post(anna, "An answer", to=written[0])
    newest_first = [post.uri for post in reversed(written)]
    items = await pages(node, "/groups/welding/outbox")
    assert [item["object"]["object"]["id"] for item in items] == newest_first
    _, _, body = await node.get("/groups/welding/outbox")
    assert body["totalItems"] == len(written)
    assert [item["object"]["object"]["id"] for item in body["orderedItems"]] == newest_first[: outboxes.PAGE]
    people = await pages(node, "/users/anna/outbox")
    assert len(people) == len(written) + 1


async def test_a_groups_outbox_relays_what_came_from_elsewhere(nodes: Network, node: Node) -> None:
    other = await nodes.node("b")
    anna, bob = await node.person("anna", role="facilitator"), await other.person("bob")
    await node.group("welding", anna)
    await other.follow(bob, "welding@a.test")
    await nodes.settle()
    post = await other.post(bob, "From b", group="welding@a.test")
    await nodes.settle()
    (item,) = await pages(node, "/groups/welding/outbox")
    relay = parse_activity(item)
    assert (relay.type, relay.actor) == ("Announce", f"{node.base}/groups/welding")
    assert isinstance(relay.object, Activity)
    assert (relay.object.type, relay.object.actor) == ("Create", bob.uri)
    assert item["object"]["object"]["id"] == post.uri
    assert "proof" in item["object"]


async def test_a_thread_that_was_removed_or_deleted_is_not_in_it(node: Node) -> None:
    anna = await node.person("anna", role="facilitator")
    group = await node.group("welding", anna)
    first, second, third = [await node.post(anna, f"T{n}", group="welding@a.test") for n in range(3)]
    assert len(await pages(node, "/groups/welding/outbox")) == 3
    await node.do(lambda tx: moderating.remove_post(tx, anna, group, first, "off topic"))
    await node.do(lambda tx: posts.delete(tx, anna, third))
    (item,) = await pages(node, "/groups/welding/outbox")
    assert item["object"]["object"]["id"] == second.uri
    assert await total(node, "/groups/welding/outbox") == 1


async def test_a_page_that_starts_nowhere_is_404(node: Node) -> None:
    anna = await node.person("anna", role="facilitator")
    await node.group("welding", anna)
    post = await node.post(anna, "Hello", group="welding@a.test")
    for path in (
        "/users/anna/outbox",
        "/groups/welding/outbox",
        f"/posts/{post.id}/replies",
        f"/contexts/{post.id}",
    ):
        assert (await node.get(f"{path}?page=true"))[0] == 200
        for start in ("x", "-1", "01", "9" * 30, ""):
            assert (await node.get(f"{path}?page=true&from={start}"))[0] == 404, (path, start)


async def test_how_many_follow_is_told_and_not_who(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    await member(node, bea, anna)
    for path, count in (("/users/anna/followers", 1), ("/users/anna/following", 0), ("/users/bea/following", 1)):
        status, _, body = await node.get(path)
        assert (status, body["totalItems"]) == (200, count)
        assert body.keys() == {"@context", "id", "type", "totalItems"}
        assert (await node.get(f"{path}?page=true"))[0] == 404


async def test_a_person_may_show_who_follows(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collections, "PAGE", 2)
    anna = await node.person("anna")
    others = [await node.person(name) for name in ("bea", "clio", "dora", "ella", "fay")]
    for other in others:
        await member(node, other, anna)
    await member(node, anna, others[0])
    assert "first" not in (await node.get("/users/anna/followers"))[2]
    await node.do(lambda tx: actor_rows.change(tx, anna, shows_follows=True))
    shown = await pages(node, "/users/anna/followers")
    assert shown == [other.uri for other in reversed(others)]
    assert await pages(node, "/users/anna/following") == [others[0].uri]


async def test_a_group_never_says_who_its_members_are(node: Node) -> None:
    anna, bea = await node.person("anna", role="facilitator"), await node.person("bea")
    group = await node.group("welding", anna)
    await member(node, bea, group)
    await node.do(lambda tx: actor_rows.change(tx, group, shows_follows=True))
    for path, count in (("/groups/welding/followers", 2), ("/groups/welding/following", 0)):
        _, _, body = await node.get(path)
        assert body["totalItems"] == count
        assert "orderedItems" not in body
        assert "first" not in body


async def test_a_request_that_waits_is_not_counted_and_one_that_ended_neither(nodes: Network, node: Node) -> None:
    anna = await node.person("anna", approves=True)
    stranger = Stranger(nodes, "c")
    await stranger.serve()
    bob = stranger.person("bob")
    await stranger.send(node, stranger.activity("Follow", bob, anna.uri), bob)
    await nodes.settle()
    assert await total(node, "/users/anna/followers") == 0
    known = await node.actor(bob.uri)
    await node.do(lambda tx: follows.accept(tx, anna, known))
    assert await total(node, "/users/anna/followers") == 1
    undo = stranger.activity(
        "Undo", bob, {"type": "Follow", "actor": bob.uri, "object": anna.uri, "id": bob.uri + "#f"}
    )
    await stranger.send(node, undo, bob)
    await nodes.settle()
    assert await total(node, "/users/anna/followers") == 0


async def test_featured_posts_are_those_that_everybody_may_see(node: Node) -> None:
    anna = await node.person("anna", role="facilitator")
    group = await node.group("welding", anna)
    post = await node.post(anna, "Read this first", group="welding@a.test")
    hidden = await node.post(anna, "Mine", visibility=Visibility.FOLLOWERS)
    assert await pages(node, "/groups/welding/featured") == []
    await node.do(lambda tx: moderating.pin(tx, anna, group, post, pinned=True))
    await node.do(lambda tx: group_rows.pin(tx, anna.id, hidden.id))
    assert await pages(node, "/groups/welding/featured") == [post.uri]
    assert await pages(node, "/users/anna/featured") == []
    await node.do(lambda tx: posts.delete(tx, anna, post))
    assert await pages(node, "/groups/welding/featured") == []


async def test_moderators_are_all_named(node: Node) -> None:
    anna, bea = await node.person("anna", role="facilitator"), await node.person("bea")
    group = await node.group("welding", anna)
    assert await pages(node, "/groups/welding/moderators") == [anna.uri]
    await node.do(lambda tx: moderating.set_moderator(tx, anna, group, bea, moderates=True))
    _, _, body = await node.get("/groups/welding/moderators")
    assert body["orderedItems"] == [anna.uri, bea.uri]
    assert (await node.get("/users/anna/moderators"))[0] == 404
