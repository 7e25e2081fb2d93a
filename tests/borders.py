"""Three nodes: a group of one, with followers on the others."""

from dataclasses import dataclass
from typing import Any

from node.database.tables import Actor, Post
from node.queries import groups as group_rows, posts as post_rows
from node.services import follows, lookups
from tests.nodes import Network, Node


@dataclass
class Border:
    """A group `cucito` of Giulia's node in Italy. Eleni in Greece and Anna in Germany are its members."""

    nodes: Network
    italy: Node
    greece: Node
    germany: Node
    giulia: Actor
    eleni: Actor
    anna: Actor
    group: Actor

    @property
    def all(self) -> tuple[Node, Node, Node]:
        return self.italy, self.greece, self.germany

    async def settle(self) -> None:
        await self.nodes.settle()

    async def group_at(self, node: Node) -> Actor:
        return await node.actor(self.group.uri)

    async def opener(self, text: str = "Chi porta la macchina?") -> Post:
        """A thread by Anna, from Germany, that has reached everybody."""
        post = await self.germany.post(self.anna, text, group="cucito@a.test")
        await self.settle()
        return post

    async def answer(self, node: Node, author: Actor, to: str, text: str = "Io!") -> Post:
        found = await node.do(lambda tx: lookups.post(tx, to, author))
        post = await node.post(author, text, to=found)
        await self.settle()
        return post

    async def threads(self, uri: str) -> list[list[str]]:
        """The thread as each node shows it."""
        return [await node.thread(uri) for node in self.all]

    async def moderators(self, node: Node) -> list[str]:
        group = await self.group_at(node)
        return [actor.uri for actor in await node.read(lambda tx: group_rows.moderators(tx, group.id))]

    async def pins(self, node: Node) -> list[str]:
        group = await self.group_at(node)
        return [post.uri for post in await node.read(lambda tx: group_rows.pinned(tx, group.id))]

    async def likes(self, node: Node, uri: str, actor: Actor) -> bool:
        post, known = await node.required(uri), await node.actor(actor.uri)
        return await node.read(lambda tx: post_rows.reaction(tx, known.id, post.id, "")) is not None

    async def leave(self, node: Node, person: Actor) -> None:
        group = await self.group_at(node)
        await node.do(lambda tx: follows.end(tx, person, group))


async def border_of(nodes: Network, **group: Any) -> Border:
    italy, greece, germany = [await nodes.node(name) for name in "abc"]
    giulia = await italy.person("giulia", role="facilitator")
    found = await italy.group("cucito", giulia, **group)
    eleni, anna = await greece.person("eleni"), await germany.person("anna")
    await greece.follow(eleni, "cucito@a.test")
    await germany.follow(anna, "cucito@a.test")
    await nodes.settle()
    return Border(nodes, italy, greece, germany, giulia, eleni, anna, found)
