"""Who may read stays who may read: an edit narrows it at most, a private thread takes answers of its readers alone."""

from typing import Any

import pytest

from federation.addressing import Visibility
from node.database.tables import Actor
from node.queries import timelines
from node.services import blocks
from tests.nodes import Network, Node
from tests.strangers import PUBLIC, Person, Stranger

pytestmark = pytest.mark.both_databases

LATER = "2099-01-01T00:00:00Z"


class Street:
    """Bob, of c.test, writes to Anna's group; she follows him, Lea does not; his neighbour is Mallory."""

    def __init__(self, nodes: Network, node: Node, host: Stranger, anna: Actor, lea: Actor) -> None:
        self.nodes, self.node, self.host, self.anna, self.lea = nodes, node, host, anna, lea
        self.bob, self.mallory = host.person("bob"), host.person("mallory")
        self.followers = f"{self.bob.uri}/followers"

    async def send(self, activity: dict[str, Any], by: Person) -> None:
        assert (await self.host.send(self.node, activity, by)).status == 202
        await self.nodes.settle()

    async def edited(self, note: dict[str, Any], **values: Any) -> None:
        """With a newer text."""
        new = note | {"content": "<p>Edited</p>", "updated": LATER} | values
        await self.send(self.host.activity("Update", self.bob, new, to=new["to"], cc=new["cc"]), self.bob)

    async def reads(self, uri: str, viewer: Actor | None) -> str | None:
        post_id = (await self.node.required(uri)).id
        rows = await self.node.read(lambda tx: timelines.thread(tx, post_id, viewer))
        return next((row.content for row in rows), None)


@pytest.fixture
async def street(nodes: Network) -> Street:
    node, host = await nodes.node("a"), Stranger(nodes, "c")
    await host.serve()
    anna, lea = await node.person("anna"), await node.person("lea")
    found = Street(nodes, node, host, anna, lea)
    await node.group("garden", anna)
    await node.follow(anna, "bob@c.test")
    await nodes.settle()
    await found.send(host.activity("Accept", found.bob, host.received[-1]), found.bob)
    return found


async def posted(street: Street, **values: Any) -> dict[str, Any]:
    garden = f"{street.node.base}/groups/garden"
    note = street.host.note(street.bob, "notes/1", **{"to": [garden, PUBLIC], "cc": [], "audience": garden} | values)
    await street.send(street.host.create(street.bob, note), street.bob)
    return note


async def test_what_is_edited_for_fewer_is_read_by_fewer(street: Street) -> None:
    """Nor is it passed on to the followers of the group; that it was deleted is."""
    note = await posted(street)
    await street.send(
        street.host.activity("Follow", street.mallory, f"{street.node.base}/groups/garden"), street.mallory
    )
    assert await street.reads(note["id"], street.lea) == "<p>Hello</p>"
    street.host.received.clear()
    await street.edited(note, to=[street.followers])
    assert street.host.received == []
    assert (await street.node.required(note["id"])).visibility == Visibility.FOLLOWERS
    assert [await street.reads(note["id"], one) for one in (None, street.lea)] == [None, None]
    assert await street.reads(note["id"], street.anna) == "<p>Edited</p>"
    await street.send(street.host.activity("Delete", street.bob, note["id"], to=[PUBLIC]), street.bob)
    assert [one["object"]["type"] for one in street.host.received] == ["Delete"]


async def test_an_edit_never_widens(street: Street) -> None:
    note = await posted(street, to=[street.followers], audience=None)
    await street.edited(note, to=[PUBLIC])
    assert (await street.node.required(note["id"])).visibility == Visibility.FOLLOWERS
    assert await street.reads(note["id"], street.lea) is None
    assert await street.reads(note["id"], street.anna) == "<p>Edited</p>"


async def test_an_edit_that_names_nobody_says_nothing_of_who_may_read(street: Street) -> None:
    note = await posted(street)
    await street.edited(note, to=[], cc=[])
    assert await street.reads(note["id"], None) == "<p>Edited</p>"


@pytest.mark.parametrize("width", [Visibility.FOLLOWERS, Visibility.DIRECT])
async def test_a_private_thread_takes_answers_of_its_readers_alone(street: Street, width: Visibility) -> None:
    """Its address is no secret: it stands in every answer to it."""
    await street.node.find("bob@c.test")
    if width == Visibility.FOLLOWERS:
        await street.send(street.host.activity("Follow", street.bob, street.anna.uri), street.bob)
    secret = await street.node.post(street.anna, "For you, @bob@c.test", visibility=width)
    for number, author in enumerate((street.mallory, street.bob)):
        note = street.host.note(author, f"answers/{number}", inReplyTo=secret.uri, to=[street.anna.uri, PUBLIC])
        await street.send(street.host.create(author, note), author)
    assert await street.node.thread(secret.uri, street.anna) == [secret.uri, "http://c.test/answers/1"]
    assert await street.node.known("http://c.test/answers/0") is None


@pytest.mark.parametrize("blocked", [False, True])
async def test_whom_she_blocks_gets_no_place_below_her_post_by_a_relay(street: Street, *, blocked: bool) -> None:
    """Delivered by himself it is not taken either."""
    club = street.host.person("club", "Group")
    await street.node.follow(street.anna, "club@c.test")
    await street.nodes.settle()
    await street.send(street.host.activity("Accept", club, street.host.received[-1]), club)
    opener = await street.node.post(street.anna, "On my own page")
    await street.node.find("mallory@c.test")
    if blocked:
        mallory = await street.node.actor(street.mallory.uri)
        await street.node.do(lambda tx: blocks.block(tx, street.anna, mallory))
    note = street.host.note(
        street.mallory, "answers/0", inReplyTo=opener.uri, to=[club.uri, PUBLIC], cc=[], audience=club.uri
    )
    create = street.host.create(street.mallory, note)
    await street.send(street.host.activity("Announce", club, create, to=[PUBLIC]), club)
    await street.send(create, street.mallory)
    assert await street.node.thread(opener.uri, None) == [opener.uri, *([] if blocked else [note["id"]])]


async def test_an_open_thread_takes_answers_of_everybody(street: Street) -> None:
    opener = await street.node.post(street.anna, "For all")
    note = street.host.note(street.mallory, "answers/0", inReplyTo=opener.uri)
    await street.send(street.host.create(street.mallory, note), street.mallory)
    assert await street.node.thread(opener.uri, None) == [opener.uri, note["id"]]
