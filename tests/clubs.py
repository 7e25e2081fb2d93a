"""A group of a scripted host that somebody of a real node follows, and a third host whose people write in it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from node.database.tables import Actor, InboxItem, Post
from node.queries import groups as group_rows, posts as post_rows, timelines
from tests.nodes import Network, Node
from tests.strangers import PUBLIC, Person, Stranger


@dataclass
class Club:
    """`club@c.test`, which Anna of a.test follows. Dora, of d.test, writes in it."""

    nodes: Network
    node: Node
    host: Stranger
    elsewhere: Stranger
    anna: Actor
    group: Person
    dora: Person

    def note(self, path: str, text: str = "<p>Hello</p>", *, by: Person | None = None, **values: Any) -> dict[str, Any]:
        """A post to the group, of Dora unless said otherwise, served by its author's host."""
        author = by or self.dora
        host = self.host if author.uri.startswith(self.host.base) else self.elsewhere
        addressed = {"to": [self.group.uri, PUBLIC], "cc": [], "audience": self.group.uri}
        return host.note(author, path, text, **addressed | values)

    def create(self, note: dict[str, Any], by: Person | None = None) -> dict[str, Any]:
        return self.elsewhere.create(by or self.dora, note) | {"audience": self.group.uri}

    def act(self, kind: str, about: Any, by: Person | None = None, **values: Any) -> dict[str, Any]:
        """An activity of Dora's to the group."""
        actor = by or self.dora
        host = self.host if actor.uri.startswith(self.host.base) else self.elsewhere
        return host.activity(kind, actor, about, **{"to": [PUBLIC], "audience": self.group.uri} | values)

    async def announce(self, inner: Any, *, by: Person | None = None, host: Stranger | None = None) -> str | None:
        """What the group (or `by`) passes on; why it was not taken, if it was not."""
        group = by or self.group
        stranger = host or self.host
        outer = stranger.activity("Announce", group, inner, to=[PUBLIC], cc=[f"{group.uri}/followers"])
        return await self.send(outer, group, stranger)

    async def send(self, activity: dict[str, Any], by: Person, host: Stranger | None = None) -> str | None:
        before = await self.reasons()
        response = await (host or self.elsewhere).send(self.node, activity, by)
        assert response.status == 202
        await self.nodes.settle()
        return next((reason for item, reason in (await self.reasons()).items() if item not in before), None)

    async def reasons(self) -> dict[int, str]:
        """Why items were refused or ignored, by item."""
        statement = select(InboxItem.id, InboxItem.reason).where(InboxItem.outcome.in_(("refused", "ignored")))
        return dict(await self.node.read(lambda tx: tx.rows(statement)))

    async def threads(self) -> list[str]:
        group = await self.node.actor(self.group.uri)
        rows = await self.node.read(lambda tx: timelines.group(tx, group, self.anna, timelines.Page(40)))
        return [row.uri for row in rows]

    async def home(self) -> list[str]:
        return await self.node.home(self.anna)

    async def likes(self, uri: str, person: Person) -> bool:
        post, actor = await self.node.required(uri), await self.node.actor(person.uri)
        return await self.node.read(lambda tx: post_rows.reaction(tx, actor.id, post.id, "")) is not None

    async def pins(self) -> list[Post]:
        group = await self.node.actor(self.group.uri)
        return list(await self.node.read(lambda tx: group_rows.pinned(tx, group.id)))


async def club_of(nodes: Network, *, accepts: bool = True) -> Club:
    node, host, elsewhere = await nodes.node("a"), Stranger(nodes, "c"), Stranger(nodes, "d")
    await host.serve()
    await elsewhere.serve()
    uri = f"{host.base}/users/club"
    group = host.person("club", "Group", attributedTo=f"{uri}/moderators", featured=f"{uri}/featured")
    anna, dora = await node.person("anna"), elsewhere.person("dora")
    club = Club(nodes, node, host, elsewhere, anna, group, dora)
    await node.follow(anna, "club@c.test")
    await nodes.settle()
    if accepts:
        await accept(club)
    return club


async def accept(club: Club) -> None:
    follow = next(activity for activity in club.host.received if activity["type"] == "Follow")
    await club.host.send(club.node, club.host.activity("Accept", club.group, follow), club.group)
    await club.nodes.settle()
    club.host.asked.clear()
    club.elsewhere.asked.clear()
