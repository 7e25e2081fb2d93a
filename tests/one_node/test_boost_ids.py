"""The id of a boost is its actor's: it uses up no id of anybody else on her host, and takes back nothing of theirs."""

from typing import Any

import pytest

from node.database.tables import Actor, Post
from node.queries import inbox_items, posts as post_rows
from tests.nodes import Network, Node
from tests.strangers import PUBLIC, Person, Stranger

pytestmark = pytest.mark.both_databases


class Square:
    """Bob and Carla of one host, and two posts by Anna of this node that they boost."""

    def __init__(self, nodes: Network, node: Node, host: Stranger, anna: Actor, posts: list[Post]) -> None:
        self.nodes, self.node, self.host, self.anna = nodes, node, host, anna
        self.first, self.second = posts
        self.bob, self.carla = host.person("bob"), host.person("carla")

    async def send(self, activity: dict[str, Any], by: Person) -> dict[str, int]:
        """What became of everything that came so far."""
        assert (await self.host.send(self.node, activity, by)).status == 202
        await self.nodes.settle()
        return await self.node.outcomes()

    async def boost(self, by: Person, post: Post, path: str) -> dict[str, int]:
        return await self.send(
            self.host.activity("Announce", by, post.uri, id=f"{self.host.base}/{path}", to=[PUBLIC]), by
        )

    async def boosted(self, by: Person, post: Post) -> bool:
        actor = await self.node.actor(by.uri)
        return await self.node.read(lambda tx: post_rows.reblog(tx, actor.id, post.id)) is not None

    def to_anna(self, path: str) -> dict[str, Any]:
        """A Create by Bob that this node takes."""
        return self.host.create(self.bob, self.host.note(self.bob, path, cc=[self.anna.uri]))


@pytest.fixture
async def square(nodes: Network, node: Node) -> Square:
    host = Stranger(nodes, "c")
    await host.serve()
    anna = await node.person("anna")
    return Square(nodes, node, host, anna, [await node.post(anna, text) for text in ("One", "Two")])


async def test_two_may_boost_under_one_id_and_each_takes_back_her_own(square: Square) -> None:
    assert await square.boost(square.bob, square.first, "boosts/1") == {"handled": 1}
    assert await square.boost(square.carla, square.second, "boosts/1") == {"handled": 2}
    assert await square.boosted(square.carla, square.second)
    undo = square.host.activity("Undo", square.carla, f"{square.host.base}/boosts/1")
    assert await square.send(undo, square.carla) == {"handled": 2}  # the Undo in place of what it undoes
    assert await square.boosted(square.bob, square.first)
    assert not await square.boosted(square.carla, square.second)


async def test_a_boost_keeps_no_post_out_that_has_its_id(square: Square) -> None:
    assert await square.boost(square.carla, square.first, "notes/9") == {"handled": 1}
    create = square.to_anna("notes/9")
    assert await square.send(create, square.bob) == {"handled": 2}
    post = await square.node.required(create["object"]["id"])
    assert (post.type, post.content) == ("Note", "<p>Hello</p>")
    assert await square.boosted(square.carla, square.first)


async def test_a_boost_under_the_id_of_a_post_leaves_that_alone(square: Square) -> None:
    create = square.to_anna("notes/9")
    assert await square.send(create, square.bob) == {"handled": 1}
    assert await square.boost(square.carla, square.first, "notes/9") == {"handled": 2}
    undo = square.host.activity("Undo", square.carla, create["object"]["id"])
    assert await square.send(undo, square.carla) == {"handled": 2}  # the Undo in place of what it undoes
    assert not await square.boosted(square.carla, square.first)
    post = await square.node.required(create["object"]["id"])
    assert (post.content, post.deleted_at) == ("<p>Hello</p>", None)


async def test_one_of_hers_that_stands_is_not_moved_to_another_post(square: Square) -> None:
    await square.boost(square.bob, square.first, "boosts/1")
    name = f"{square.host.base}/boosts/1"
    await square.node.do(lambda tx: inbox_items.forget(tx, square.bob.uri, name))  # as retention does, after a while
    assert await square.boost(square.bob, square.second, "boosts/1") == {"refused": 1}
    assert await square.boosted(square.bob, square.first)
    assert not await square.boosted(square.bob, square.second)


@pytest.mark.parametrize("how", ["Undo of the id", "Undo of all", "Undo of another id", "Undo of no id", "Delete"])
async def test_a_boost_is_taken_back_and_may_come_again(square: Square, how: str) -> None:
    await square.boost(square.bob, square.first, "boosts/1")
    boost: dict[str, Any] = {
        "id": f"{square.host.base}/boosts/1",
        "type": "Announce",
        "actor": square.bob.uri,
        "object": square.first.uri,
    }
    named: dict[str, Any] = {
        "Undo of all": boost,
        "Undo of another id": boost | {"id": f"{square.host.base}/boosts/1/again"},
        "Undo of no id": {name: value for name, value in boost.items() if name != "id"},
    }
    kind = how.partition(" ")[0]
    undone = square.host.activity(kind, square.bob, named.get(how, boost["id"]))
    assert await square.send(undone, square.bob) == {"handled": 1 if kind == "Undo" else 2}
    assert not await square.boosted(square.bob, square.first)
    if kind == "Undo":
        await square.boost(square.bob, square.first, "boosts/1")
        assert await square.boosted(square.bob, square.first)
