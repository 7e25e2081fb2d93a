"""Threads for those who come late: every visible post of it, in one order, whoever wrote it."""

from typing import Any

import pytest

from federation.addressing import Visibility
from federation.vocabulary import parse_collection
from node.activitypub import threads
from node.database.tables import Actor
from node.services import moderating, posts
from tests.nodes import Network, Node
from tests.readers import signed_get
from tests.strangers import Person, Stranger

pytestmark = pytest.mark.both_databases


async def read(node: Node, path: str) -> tuple[dict[str, Any], list[str]]:
    """The collection, and all its items."""
    status, _, body = await node.get(path)
    assert status == 200
    document = parse_collection(body)
    items, following = list(document.items), document.first
    while isinstance(following, str):
        _, _, page = await node.get(following)
        items += page["orderedItems"]
        following = page.get("next")
    return body, items  # type: ignore[return-value]  # ids alone


async def test_a_context_has_the_whole_thread_in_order(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    root = await node.post(anna, "Who has a lathe?")
    answer = await node.post(bea, "We have", to=root)
    further = await node.post(anna, "May I come?", to=answer)
    other = await node.post(bea, "We too", to=root)
    await node.post(anna, "Another thread")
    body, items = await read(node, f"/contexts/{root.id}")
    assert items == [root.uri, answer.uri, further.uri, other.uri]
    assert body["totalItems"] == 4
    assert body["attributedTo"] == anna.uri
    assert (await node.get(f"/posts/{further.id}"))[2]["context"] == body["id"] == f"{node.base}/contexts/{root.id}"
    _, replies = await read(node, f"/posts/{root.id}/replies")
    assert replies == [answer.uri, other.uri]
    assert (await node.get(f"/contexts/{answer.id}"))[0] == 404


async def test_a_group_owns_the_context_of_its_threads(node: Node) -> None:
    anna = await node.person("anna", role="facilitator")
    group = await node.group("welding", anna)
    root = await node.post(anna, "Hello", group="welding@a.test")
    assert (await node.get(f"/contexts/{root.id}"))[2]["attributedTo"] == group.uri


async def test_answers_of_other_nodes_are_named_by_their_ids(nodes: Network, node: Node) -> None:
    other = await nodes.node("b")
    anna, bob = await node.person("anna"), await other.person("bob")
    await other.follow(bob, "anna@a.test")
    await nodes.settle()
    root = await node.post(anna, "Hello")
    await nodes.settle()
    answer = await other.post(bob, "Hello back", to=await other.required(root.uri))
    await nodes.settle()
    _, items = await read(node, f"/contexts/{root.id}")
    assert items == [root.uri, answer.uri]
    assert (await read(node, f"/posts/{root.id}/replies"))[1] == [answer.uri]


async def test_long_threads_go_on_page_by_page(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "PAGE", 3)
    anna = await node.person("anna")
    root = await node.post(anna, "Hello")
    answers = [await node.post(anna, f"{n}", to=root) for n in range(7)]
    body, items = await read(node, f"/contexts/{root.id}")
    assert "orderedItems" not in body
    assert body["totalItems"] == 8
    assert items == [root.uri, *(answer.uri for answer in answers)]
    body, items = await read(node, f"/posts/{root.id}/replies")
    assert (body["totalItems"], items) == (7, [answer.uri for answer in answers])


async def test_a_page_goes_on_after_its_first_post_was_deleted(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "PAGE", 2)
    anna = await node.person("anna")
    root = await node.post(anna, "Hello")
    answers = [await node.post(anna, f"{n}", to=root) for n in range(4)]
    _, _, first = await node.get(f"/contexts/{root.id}?page=true")
    assert first["next"].endswith(str(answers[1].id))
    await node.do(lambda tx: posts.delete(tx, anna, answers[1]))
    _, _, second = await node.get(first["next"])
    assert second["orderedItems"] == [answers[2].uri, answers[3].uri]


async def follower_of(author: Actor, nodes: Network, node: Node) -> Person:
    """Somebody elsewhere whose follow was accepted."""
    stranger = Stranger(nodes, "c")
    await stranger.serve()
    bob = stranger.person("bob")
    await stranger.send(node, stranger.activity("Follow", bob, author.uri), bob)
    await nodes.settle()
    return bob


async def test_each_reader_gets_what_she_may_see(nodes: Network, node: Node) -> None:
    anna = await node.person("anna")
    bob = await follower_of(anna, nodes, node)
    root = await node.post(anna, "Hello")
    shown = await node.post(anna, "For all", to=root)
    hidden = await node.post(anna, "For followers", to=root, visibility=Visibility.FOLLOWERS)
    body, items = await read(node, f"/contexts/{root.id}")
    assert (body["totalItems"], items) == (2, [root.uri, shown.uri])
    for path, whole in (
        (f"/contexts/{root.id}", [root.uri, shown.uri, hidden.uri]),
        (f"/posts/{root.id}/replies", [shown.uri, hidden.uri]),
    ):
        status, headers, body = await signed_get(nodes, node, path, bob)
        assert (status, body["orderedItems"], body["totalItems"]) == (200, whole, len(whole))
        assert headers["Cache-Control"] == "private, no-store"


async def test_answers_outlive_the_post_that_opened_the_thread(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    root = await node.post(anna, "Hello")
    answer = await node.post(bea, "Hello back", to=root)
    await node.do(lambda tx: posts.delete(tx, anna, root))
    body, items = await read(node, f"/contexts/{root.id}")
    assert (body["totalItems"], items) == (1, [answer.uri])
    assert (await node.get(f"/posts/{root.id}/replies"))[0] == 410
    await node.do(lambda tx: posts.delete(tx, bea, answer))
    for path in (f"/contexts/{root.id}", f"/contexts/{root.id}?page=true"):
        status, _, body = await node.get(path)
        assert (status, body["type"], body["formerType"]) == (410, "Tombstone", "OrderedCollection")
        assert body["id"] == f"{node.base}/contexts/{root.id}"


async def test_what_is_left_of_a_thread_is_there_for_whom_it_is_for(nodes: Network, node: Node) -> None:
    anna = await node.person("anna")
    bob = await follower_of(anna, nodes, node)
    root = await node.post(anna, "Hello")
    hidden = await node.post(anna, "For followers", to=root, visibility=Visibility.FOLLOWERS)
    await node.do(lambda tx: posts.delete(tx, anna, root))
    assert (await node.get(f"/contexts/{root.id}"))[0] == 410
    status, _, body = await signed_get(nodes, node, f"/contexts/{root.id}", bob)
    assert (status, body["orderedItems"]) == (200, [hidden.uri])


async def test_what_a_moderator_removed_is_in_no_thread(node: Node) -> None:
    anna, bea = await node.person("anna", role="facilitator"), await node.person("bea")
    group = await node.group("welding", anna)
    root = await node.post(anna, "Hello", group="welding@a.test")
    spam = await node.post(bea, "Buy now", to=root)
    assert (await read(node, f"/contexts/{root.id}"))[1] == [root.uri, spam.uri]
    await node.do(lambda tx: moderating.remove_post(tx, anna, group, spam, "advertising"))
    assert (await read(node, f"/contexts/{root.id}"))[1] == [root.uri]
    await node.do(lambda tx: moderating.remove_post(tx, anna, group, root, "closed"))
    assert (await node.get(f"/contexts/{root.id}"))[0] == 404
