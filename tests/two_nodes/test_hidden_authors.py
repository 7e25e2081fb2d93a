"""What somebody wrote whom this node suspends, whose server it blocks, or whom a reader blocks: no door shows it, until
that is lifted. The answers of others stay."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from node.database import Transaction
from node.database.tables import Actor, Post
from node.queries import actors as actor_rows
from node.services import blocks, departures, hosts, lookups, moderating, reactions
from tests.borders import Border
from tests.one_node.browsing import Browser, signed_in
from tests.strangers import PUBLIC

pytestmark = pytest.mark.both_databases

TEXT = "Geheimnis"
FOR_GIULIA = {"home", "messages", "her page"}
"""Doors that open for her who is signed in alone."""


@dataclass
class House:
    """Anna of c.test wrote into the group of a.test, answered a post of Giulia there, and was boosted by Maria."""

    border: Border
    anna: Actor
    opener: Post
    answer: Post
    root: Post
    relay: str

    @property
    def pages(self) -> dict[str, str]:
        opener, root = self.opener.id, self.root.id
        return {
            "post": f"/posts/{opener}",
            "answer to it": f"/posts/{self.answer.id}",
            "thread with it": f"/posts/{root}",
            "group": "/@cucito",
            "boost": "/@maria",
            "tag": "/tags/nadel",
            "home": "/home",
            "messages": "/messages",
            "her page": "/@anna@c.test",
        }

    @property
    def documents(self) -> dict[str, str]:
        return {
            "context": f"/contexts/{self.root.id}",
            "replies": f"/posts/{self.root.id}/replies",
            "outbox": "/groups/cucito/outbox",
            "featured": "/groups/cucito/featured",
            "outbox of who boosts": "/users/maria/outbox?page=true",
            "relay": self.relay,
        }

    async def shown(self, viewer: Actor | None) -> set[str]:
        """The doors by which what Anna wrote is found."""
        found = set()
        browser = await signed_in(self.border.italy, viewer) if viewer else Browser(self.border.italy)
        async with browser:
            for name, path in self.pages.items():
                if TEXT in (await browser.get(path)).text:
                    found.add(name)
        for name, path in self.documents.items():
            status, _, document = await self.border.italy.get(path)
            if status == 200 and f"{self.border.germany.base}/posts/" in str(document):
                found.add(name)
        return found

    async def answer_stands(self) -> bool:
        async with Browser(self.border.italy) as browser:
            page = await browser.get(f"/posts/{self.answer.id}")
        return page.status == 200 and "Answered" in page.words


@pytest.fixture
async def house(border: Border) -> House:
    italy, germany = border.italy, border.germany
    maria = await italy.person("maria")
    opener = await border.opener(f"{TEXT} #Nadel @giulia@a.test")
    here = await italy.required(opener.uri)
    answer = await border.answer(italy, border.giulia, opener.uri, "Answered")
    await italy.do(lambda tx: reactions.reblog(tx, maria, here))
    await italy.do(lambda tx: moderating.pin(tx, border.giulia, border.group, here, pinned=True))
    root = await italy.post(border.giulia, "Root")
    await germany.do(lambda tx: lookups.post(tx, root.uri, border.anna))
    await border.answer(germany, border.anna, root.uri, TEXT)
    await border.settle()
    return House(border, await italy.actor(border.anna.uri), here, answer, root, await _relay(border, opener))


async def _relay(border: Border, opener: Post) -> str:
    """Where the group's Announce of the Create is served."""
    _, _, outbox = await border.italy.get("/groups/cucito/outbox")
    [said] = [one for one in outbox["orderedItems"] if opener.uri in str(one["object"])]
    assert said["to"] == [PUBLIC]
    return str(said["id"])


Step = Callable[[Transaction, House], Awaitable[object]]
HIDES: dict[str, tuple[Step, Step]] = {
    "suspended": (
        lambda tx, house: departures.suspend(tx, house.anna),
        lambda tx, house: departures.unsuspend(tx, house.anna),
    ),
    "server blocked": (
        lambda tx, _: hosts.block(tx, "c.test"),
        lambda tx, _: hosts.unblock(tx, "c.test"),
    ),
}


@pytest.mark.parametrize("why", ["suspended", "server blocked"])
async def test_no_door_shows_them(house: House, why: str) -> None:
    hide, lift = HIDES[why]
    italy, giulia = house.border.italy, house.border.giulia
    doors = {*house.pages, *house.documents}
    assert await house.shown(giulia) == doors
    assert await house.shown(None) == doors - FOR_GIULIA
    await italy.do(lambda tx: hide(tx, house))
    assert await house.shown(giulia) == set()
    assert await house.shown(None) == set()
    assert await house.answer_stands()
    await italy.do(lambda tx: lift(tx, house))
    assert await house.shown(giulia) == doors


async def test_a_personal_block_hides_from_those_two_alone(house: House) -> None:
    italy, giulia = house.border.italy, house.border.giulia
    public = {*house.documents}  # everybody is told the same there
    doors = {*house.pages, *public}
    await italy.do(lambda tx: blocks.block(tx, giulia, house.anna))
    assert await house.shown(giulia) == public
    assert await house.shown(None) == doors - FOR_GIULIA
    await italy.do(lambda tx: blocks.unblock(tx, giulia, house.anna))
    assert await house.shown(giulia) == doors
    await italy.do(lambda tx: actor_rows.block(tx, house.anna, giulia, f"{house.anna.uri}#block"))
    assert await house.shown(giulia) == public


async def test_what_two_entries_cover_comes_back_with_the_second(house: House) -> None:
    italy = house.border.italy
    for host in ("c.test", "test.example", "est"):
        await italy.do(lambda tx, host=host: hosts.block(tx, host))
    assert await _hidden(house) == {"c.test"}
    await italy.do(lambda tx: actor_rows.block_host(tx, "other.test"))
    await italy.do(lambda tx: hosts.unblock(tx, "other.test"))
    assert await _hidden(house) == {"c.test"}
    await italy.do(lambda tx: hosts.unblock(tx, "c.test"))
    assert await _hidden(house) == set()


async def _hidden(house: House) -> set[str]:
    people = [house.border.anna, house.border.eleni, house.border.giulia]
    found = [await house.border.italy.actor(person.uri) for person in people]
    return {one.host or "" for one in found if one.host_blocked_at is not None}
