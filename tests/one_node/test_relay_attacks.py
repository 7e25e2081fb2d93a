"""A hostile group of a free server, which nobody here follows, speaks in others' names: nothing of it takes effect."""

from dataclasses import dataclass
from typing import Any

import pytest

from node.database.tables import Actor, Post
from node.queries import follows as follow_rows, groups as group_rows, posts as post_rows
from tests.nodes import Network, Node
from tests.strangers import PUBLIC, Person, Stranger


@dataclass
class Scene:
    """A group of ours with a moderator, a member and her post; a hostile group elsewhere and its friend."""

    nodes: Network
    node: Node
    stranger: Stranger
    evil: Person
    mallory: Person
    anna: Actor
    lea: Actor
    garden: Actor
    post: Post

    async def announces(self, kind: str, actor_uri: str, about: Any, **values: Any) -> None:
        inner = {
            "id": f"{self.stranger.base}/inner/{kind}",
            "type": kind,
            "actor": actor_uri,
            "object": about,
            "audience": self.evil.uri,
            "to": [PUBLIC, self.evil.uri],
            **values,
        }
        await self.stranger.send(self.node, self.stranger.activity("Announce", self.evil, inner), self.evil)
        await self.nodes.settle()


@pytest.fixture
async def scene(sqlite_nodes: Network) -> Scene:
    node = await sqlite_nodes.node("a")
    stranger = Stranger(sqlite_nodes, "c")
    await stranger.serve()
    evil, mallory = stranger.person("evil", "Group"), stranger.person("mallory")
    anna, lea = await node.person("anna"), await node.person("lea")
    garden = await node.group("garden", anna)
    await node.follow(lea, "garden@a.test")
    post = await node.post(lea, "Hello", group="garden@a.test")
    return Scene(sqlite_nodes, node, stranger, evil, mallory, anna, lea, garden, post)


async def test_no_moderator_is_made_or_unmade(scene: Scene) -> None:
    target = {"target": f"{scene.garden.uri}/moderators"}
    await scene.announces("Add", scene.anna.uri, scene.mallory.uri, **target)
    await scene.announces("Add", scene.anna.uri, scene.lea.uri, **target)
    await scene.announces("Remove", scene.anna.uri, scene.anna.uri, **target)
    moderators = await scene.node.read(lambda tx: group_rows.moderators(tx, scene.garden.id))
    assert [actor.id for actor in moderators] == [scene.anna.id]


@pytest.mark.parametrize("by", ["anna", "mallory"])
async def test_nobody_is_banned(scene: Scene, by: str) -> None:
    actor_uri = scene.anna.uri if by == "anna" else scene.mallory.uri
    await scene.announces("Block", actor_uri, scene.lea.uri, target=scene.garden.uri)
    assert not await scene.node.read(lambda tx: group_rows.banned(tx, scene.garden.id, scene.lea.id))
    assert await scene.node.read(lambda tx: follow_rows.accepted(tx, scene.lea.id, scene.garden.id))


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("kind", ["Delete", "Lock", "Like", "Undo"])
@pytest.mark.parametrize("by", ["anna", "lea", "mallory"])
async def test_no_post_is_touched(scene: Scene, kind: str, by: str, *, nested: bool) -> None:
    actor_uri = {"anna": scene.anna.uri, "lea": scene.lea.uri, "mallory": scene.mallory.uri}[by]
    target: Any = scene.post.uri
    if nested:
        target = {"type": "Create", "id": scene.post.uri, "actor": actor_uri, "object": f"{scene.node.base}/x"}
    if kind == "Undo":
        target = {"type": "Delete", "id": f"{scene.stranger.base}/d", "actor": actor_uri, "object": target}
    await scene.announces(kind, actor_uri, target)
    found = await scene.node.required(scene.post.uri)
    assert (found.deleted_at, found.removed_at, found.locked_at) == (None, None, None)
    assert not await scene.node.read(lambda tx: post_rows.reaction(tx, scene.lea.id, scene.post.id, ""))


async def test_a_404_for_what_only_followers_see_erases_nothing(scene: Scene) -> None:
    """A group here followed relays an Update of a followers-only post; asked by the node, its server says 404."""
    bob = scene.stranger.person("bob")
    await scene.node.follow(scene.anna, "bob@c.test")
    await scene.nodes.settle()
    await scene.stranger.send(scene.node, scene.stranger.activity("Accept", bob, scene.stranger.received[-1]), bob)
    note = scene.stranger.note(bob, "notes/1", to=[f"{bob.uri}/followers"], cc=[])
    await scene.stranger.send(scene.node, scene.stranger.create(bob, note), bob)
    await scene.nodes.settle()
    del scene.stranger.documents["/notes/1"]
    await scene.announces("Update", bob.uri, note["id"])
    await scene.announces("Update", bob.uri, {**note, "audience": scene.evil.uri})
    assert (await scene.node.required(note["id"])).content == "<p>Hello</p>"


async def test_a_moderator_herself_still_can(scene: Scene) -> None:
    """The positive control: signed and delivered by a moderator elsewhere."""
    await scene.node.find("mallory@c.test")
    moderator = await scene.node.actor(scene.mallory.uri)
    await scene.node.do(lambda tx: group_rows.add_moderator(tx, scene.garden.id, moderator.id))
    block = scene.stranger.activity("Block", scene.mallory, scene.lea.uri, target=scene.garden.uri)
    await scene.stranger.send(scene.node, block, scene.mallory)
    await scene.nodes.settle()
    assert await scene.node.read(lambda tx: group_rows.banned(tx, scene.garden.id, scene.lea.id))
