"""Activities without an id, which ActivityPub allows: each has its effect, and a group passes each on as it came."""

from typing import Any

import pytest

from node.database.tables import Actor
from node.queries import actors as actor_rows, follows as follow_rows, groups as group_rows, posts as post_rows
from tests.nodes import Network, Node
from tests.strangers import PUBLIC, Stranger

pytestmark = pytest.mark.both_databases

ABSENT = "absent"


class Village:
    """A group of this node, Bob who writes to it and moderates it, and a follower on a third host."""

    def __init__(self, nodes: Network, node: Node, group: Actor, hosts: tuple[Stranger, Stranger], bad: Any) -> None:
        self.nodes, self.node, self.group, self.bad = nodes, node, group, bad
        self.host, self.elsewhere = hosts
        self.bob, self.fan = self.host.person("bob"), self.elsewhere.person("fan")

    def bare(self, activity: dict[str, Any]) -> dict[str, Any]:
        """The activity with no id, in one of the ways to say so."""
        rest = {name: value for name, value in activity.items() if name != "id"}
        return rest if self.bad == ABSENT else rest | {"id": self.bad}

    def post(self, path: str) -> dict[str, Any]:
        """Its Create, with an id."""
        uri = self.group.uri
        return self.host.create(self.bob, self.host.note(self.bob, path, to=[PUBLIC, uri], cc=[], audience=uri))

    async def send(self, *activities: dict[str, Any]) -> list[dict[str, Any]]:
        """What the follower got of that, the bare ids of threads left out."""
        self.elsewhere.received.clear()
        for activity in activities:
            assert (await self.host.send(self.node, activity, self.bob)).status == 202
        await self.nodes.settle()
        return [relay["object"] for relay in self.elsewhere.received if isinstance(relay["object"], dict)]


@pytest.fixture(params=[ABSENT, None, ""], ids=["absent", "null", "empty"])
async def village(request: pytest.FixtureRequest, nodes: Network, node: Node) -> Village:
    hosts = Stranger(nodes, "c"), Stranger(nodes, "d")
    for host in hosts:
        await host.serve()
    found = Village(nodes, node, await node.group("garden", await node.person("anna")), hosts, request.param)
    follow = found.elsewhere.activity("Follow", found.fan, found.group.uri)
    await found.elsewhere.send(node, follow, found.fan)
    await nodes.settle()
    return found


async def moderating(village: Village) -> None:
    actor = await village.node.find("bob@c.test")
    await village.node.do(lambda tx: group_rows.add_moderator(tx, village.group.id, actor.id))


async def test_each_post_without_an_id_is_taken_and_passed_on_once(village: Village) -> None:
    creates = [village.bare(village.post(f"notes/{number}")) for number in (1, 2)]
    assert await village.send(creates[0], *creates) == creates
    for create in creates:
        assert (await village.node.required(create["object"]["id"])).group_id == village.group.id
    assert await village.node.outcomes() == {"handled": 3}  # with the fan's Follow


async def test_each_delete_without_an_id_empties_its_post_and_is_passed_on(village: Village) -> None:
    creates = [village.post(f"notes/{number}") for number in (1, 2)]
    assert await village.send(*creates) == creates
    uris = [create["object"]["id"] for create in creates]
    deletes = [village.bare(village.host.activity("Delete", village.bob, uri, to=[PUBLIC])) for uri in uris]
    assert await village.send(*deletes) == deletes
    assert all([(await village.node.required(uri)).deleted_at is not None for uri in uris])


async def test_what_a_moderator_does_without_an_id_counts_and_is_passed_on(village: Village) -> None:
    await moderating(village)
    create = village.post("notes/1")
    assert await village.send(create) == [create]
    lock = village.host.activity("Lock", village.bob, create["object"]["id"], to=[PUBLIC])
    mallory = village.elsewhere.person("mallory")
    await village.node.find("mallory@d.test")
    ban = village.host.activity("Block", village.bob, mallory.uri, target=village.group.uri, to=[PUBLIC])
    acts = [village.bare(lock), village.bare(ban)]
    relayed = [one for one in await village.send(*acts) if one["type"] != "Reject"]
    assert [one["type"] for one in relayed].count("Lock") == 1
    assert all(act in relayed for act in acts)
    assert (await village.node.required(create["object"]["id"])).locked_at is not None
    banned = await village.node.actor(mallory.uri)
    assert await village.node.read(lambda tx: group_rows.banned(tx, village.group.id, banned.id))


async def test_follows_likes_boosts_and_blocks_without_ids_have_their_effect(village: Village) -> None:
    anna = await village.node.actor("http://a.test/users/anna")
    post = await village.node.post(anna, "Hello")
    act = village.host.activity
    await village.send(*(village.bare(act(kind, village.bob, post.uri, to=[PUBLIC])) for kind in ("Like", "Announce")))
    await village.send(village.bare(act("Follow", village.bob, anna.uri)))
    bob, read = await village.node.actor(village.bob.uri), village.node.read
    assert await read(lambda tx: post_rows.reaction(tx, bob.id, post.id, "")) is not None
    assert await read(lambda tx: post_rows.reblog(tx, bob.id, post.id)) is not None
    assert await read(lambda tx: follow_rows.accepted(tx, bob.id, anna.id))
    other = await village.node.person("other")
    await village.send(*(village.bare(act("Block", village.bob, one.uri)) for one in (anna, other)))
    assert [await read(lambda tx, of=one: actor_rows.blocks(tx, bob.id, of.id)) for one in (anna, other)] == [True] * 2


async def test_an_undo_that_comes_before_its_like_waits_although_another_had_no_id(village: Village) -> None:
    """That one without an id was taken back says nothing of any other."""
    anna = await village.node.actor("http://a.test/users/anna")
    posts = [await village.node.post(anna, text) for text in ("One", "Two")]
    likes = [village.bare(village.host.activity("Like", village.bob, post.uri)) for post in posts]
    await village.send(likes[0], village.host.activity("Undo", village.bob, likes[0]))
    await village.send(village.host.activity("Undo", village.bob, likes[1]))
    assert "ignored" not in await village.node.outcomes()
