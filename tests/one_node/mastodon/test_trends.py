"""Trends: what many look at, as far as strangers may find it; and the answers that are always empty."""

from datetime import timedelta
from typing import Any

import pytest

from federation.addressing import Visibility
from node.database.tables import Actor
from node.mastodon.stubs import EMPTY
from node.queries import actors as actor_rows, trends
from node.services import reactions
from tests.apps import Phone, phone
from tests.nodes import Network, Node

pytestmark = pytest.mark.both_databases

LINK = "https://news.example/seeds"


async def findable(node: Node, *names: str) -> list[Actor]:
    people = [await node.person(name) for name in names]
    for person in people:
        await node.do(lambda tx, person=person: actor_rows.change(tx, person, discoverable=True))
    return people


async def ids_of(app: Phone, **params: Any) -> list[str]:
    return [status["id"] for status in await app.get("/api/v1/trends/statuses", "[Status]", **params)]


async def test_a_tag_of_several_people(nodes: Network, node: Node) -> None:
    anna, boris, carla = await findable(node, "anna", "boris", "carla")
    for author, text in ((anna, "#seeds #mine"), (boris, "#Seeds #soil"), (carla, "#soil #seeds"), (anna, "#mine")):
        await node.post(author, text)
    await node.post(carla, "#mine in secret", visibility=Visibility.FOLLOWERS)
    mine = await phone(node, anna)
    found = await mine.get("/api/v1/trends/tags", "[Tag]")
    assert [tag["name"] for tag in found] == ["seeds", "soil"]
    assert (found[0]["history"][0]["uses"], found[0]["history"][0]["accounts"]) == ("3", "3")
    answered = await Phone(node).ask("GET", "/api/v1/trends?limit=1")
    assert [tag["name"] for tag in answered.body] == ["seeds"]
    following = answered.headers["Link"]
    assert following == f'<{node.base}/api/v1/trends?limit=1&offset=1>; rel="next"'
    second = await Phone(node).ask("GET", "/api/v1/trends?limit=1&offset=1")
    assert ([tag["name"] for tag in second.body], "Link" in second.headers) == (["soil"], False)
    await node.post(anna, "#soil")
    nodes.clock.at += timedelta(minutes=6)
    assert (await mine.get("/api/v1/trends/tags"))[1]["history"][0]["uses"] == "3"


async def test_posts_that_several_liked(nodes: Network, node: Node) -> None:
    anna, boris, carla = await findable(node, "anna", "boris", "carla")
    hidden = await node.person("dora")
    liked, boosted = await node.post(anna, "good"), await node.post(boris, "better")
    once, unfindable = await node.post(anna, "one likes it"), await node.post(hidden, "not to be found")
    for who, post in ((boris, liked), (carla, liked), (anna, boosted), (carla, boosted), (hidden, boosted)):
        await node.do(lambda tx, who=who, post=post: reactions.favourite(tx, who, post))
    for who, post in ((boris, once), (boris, unfindable), (carla, unfindable)):
        await node.do(lambda tx, who=who, post=post: reactions.reblog(tx, who, post))
    mine, nobody = await phone(node, anna), Phone(node)
    assert await ids_of(nobody) == [str(boosted.id), str(liked.id)]
    assert await ids_of(nobody, limit=1, offset=1) == [str(liked.id)]
    await mine.post(f"/api/v1/accounts/{boris.id}/block")
    assert await ids_of(mine) == [str(liked.id)]
    nodes.clock.at += timedelta(days=8)
    assert await ids_of(nobody) == []


async def test_links_that_several_wrote_down(node: Node) -> None:
    anna, boris = await findable(node, "anna", "boris")
    first, second = await node.post(anna, f"read {LINK} @boris@a.test #seeds"), await node.post(boris, f"{LINK}#part")
    await node.post(anna, "https://other.example/")
    nobody = Phone(node)
    [link] = await nobody.get("/api/v1/trends/links", "[TrendingLink]")
    assert (link["url"], link["provider_name"], link["history"][0]["uses"]) == (LINK, "news.example", "2")
    found = await nobody.get("/api/v1/timelines/link", "[Status]", url=LINK)
    assert [status["id"] for status in found] == [str(second.id), str(first.id)]
    other = {"url": "https://other.example/"}
    assert (await nobody.ask("GET", "/api/v1/timelines/link", params=other)).status == 404
    assert (await nobody.ask("GET", "/api/v1/timelines/link")).status == 400


def test_links_are_found_in_text_and_beside_it() -> None:
    content = (
        '<p><a href="https://a.example/?x=1&amp;y=2#z">x</a> <a class="u-url mention" href="https://b.example/@u">'
    )
    beside = [{"type": "link", "url": "https://c.example/"}, {"type": "image", "url": "https://d.example/"}]
    found = list(trends.links_in("Title", content, beside))
    assert found == [("https://a.example/?x=1&y=2", ""), ("https://c.example/", "Title")]


async def test_what_this_node_does_not_have_is_empty(node: Node) -> None:
    anna = await node.person("anna")
    mine = await phone(node, anna)
    for path in (address.replace("{id:[0-9]+}", str(anna.id)) for address in EMPTY):
        assert await mine.get(path) == []
        assert (await Phone(node).ask("GET", path)).status == 401
    answered = await mine.ask("POST", "/api/v1/announcements/1/dismiss")
    assert (answered.status, answered.body) == (404, {"error": "Record not found"})
