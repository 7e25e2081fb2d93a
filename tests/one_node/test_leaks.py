"""What an address must not tell: that something is there which the reader may not see, or what another reader asked."""

import pytest

from federation.addressing import Visibility
from node.database import Transaction
from node.database.tables import Actor, Post
from node.queries import views
from node.services import blocks, posts
from tests.nodes import Network, Node
from tests.one_node.browsing import Browser


@pytest.fixture
async def node(sqlite_nodes: Network) -> Node:
    return await sqlite_nodes.node("a")


async def test_a_page_of_a_thread_starts_at_no_post_that_the_reader_may_not_see(node: Node) -> None:
    anna, lea = await node.person("anna"), await node.person("lea")
    root = await node.post(anna, "Thread")
    answer, deleted = await node.post(lea, "Yes", to=root), await node.post(lea, "No", to=root)
    secret = await node.post(anna, "For you, @lea@a.test", visibility=Visibility.DIRECT)
    await node.do(lambda tx: posts.delete(tx, lea, deleted))
    for collection in (f"/contexts/{root.id}", f"/posts/{root.id}/replies"):
        found = {
            name: (await node.get(f"{collection}?page=true&from={start}"))[0]
            for name, start in (("open", answer.id), ("deleted", deleted.id), ("secret", secret.id), ("none", 7))
        }
        assert found == {"open": 200, "deleted": 200, "secret": 404, "none": 404}


async def test_a_start_without_a_page_does_not_stand_for_the_whole(node: Node) -> None:
    anna = await node.person("anna")
    root = await node.post(anna, "Thread")
    answers = [(await node.post(anna, str(number), to=root)).uri for number in range(2)]
    last = answers[-1].rsplit("/", 1)[1]
    for query in (f"?from={last}", ""):
        body = (await node.get(f"/posts/{root.id}/replies{query}"))[2]
        assert body["orderedItems"] == answers
    assert (await node.get(f"/posts/{root.id}/replies?page=true&from={last}"))[2]["orderedItems"] == answers[1:]


async def test_what_a_visitor_asked_is_not_on_the_next_ones_page(node: Node) -> None:
    root = await node.post(await node.person("anna"), "Thread")
    async with Browser(node) as one, Browser(node) as other:
        assert "POISON" not in (await one.get(f"/posts/{root.id}?POISON=1")).text
        seen = await other.get(f"/posts/{root.id}")
        assert "POISON" not in seen.text
        assert f"/sign-in?next=/posts/{root.id}" in seen.text.replace("%2F", "/")


async def _answers(node: Node, post: Post, viewer: Actor | None) -> int:
    async def work(tx: Transaction) -> int:
        [view] = await views.of(tx, [post], viewer)
        return view.replies

    count: int = await node.read(work)
    return count


async def test_answers_are_counted_for_who_may_read_them(node: Node) -> None:
    anna, lea, mia = [await node.person(name) for name in ("anna", "lea", "mia")]
    root = await node.post(anna, "Thread")
    await node.post(lea, "To all", to=root)
    await node.post(lea, "To you", to=root, visibility=Visibility.DIRECT)
    assert [await _answers(node, root, viewer) for viewer in (None, mia, anna, lea)] == [1, 1, 2, 2]
    await node.do(lambda tx: blocks.block(tx, mia, lea))
    assert await _answers(node, root, mia) == 0
