"""Hashtags that somebody follows or shows, and markers."""

from datetime import timedelta

import pytest

from federation.addressing import Visibility
from tests.apps import Phone, phone
from tests.nodes import Network, Node

pytestmark = pytest.mark.both_databases

TAGS = "/api/v1/tags"
MARKERS = "/api/v1/markers"


async def test_a_tag_with_its_last_days(nodes: Network, node: Node) -> None:
    anna, boris = await node.person("anna"), await node.person("boris")
    await node.post(anna, "#seeds")
    nodes.clock.at += timedelta(days=2)
    for author in (anna, boris, boris):
        await node.post(author, "#Seeds")
    await node.post(anna, "#seeds in secret", visibility=Visibility.FOLLOWERS)
    tag = await Phone(node).get(f"{TAGS}/Seeds/", "Tag")
    assert (tag["name"], "following" in tag) == ("seeds", False)
    used = [(day["uses"], day["accounts"]) for day in tag["history"]]
    assert used == [("3", "2"), ("0", "0"), ("1", "1"), *[("0", "0")] * 4]
    assert int(tag["history"][0]["day"]) - int(tag["history"][1]["day"]) == 86400
    unknown = await (await phone(node, anna)).get(f"{TAGS}/never", "Tag")
    assert (unknown["following"], unknown["featuring"]) == (False, False)
    assert {day["uses"] for day in unknown["history"]} == {"0"}
    assert (await Phone(node).ask("GET", f"{TAGS}/no%20tag")).status == 404


async def test_followed_tags_go_by_pages(node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    for name in ("one", "Two", "three", "two"):
        assert (await mine.post(f"{TAGS}/{name}/follow", "Tag"))["following"] is True
    first = await mine.ask("GET", "/api/v1/followed_tags?limit=2")
    assert [tag["name"] for tag in first.body] == ["three", "two"]
    rest = await mine.ask("GET", first.headers["Link"].partition(">")[0].lstrip("<"))
    assert [tag["name"] for tag in rest.body] == ["one"]
    assert (await mine.post(f"{TAGS}/TWO/unfollow", "Tag"))["following"] is False
    assert [tag["name"] for tag in await mine.get("/api/v1/followed_tags", "[Tag]")] == ["three", "one"]


async def test_everybody_sees_the_tags_on_a_page(node: Node) -> None:
    anna, boris = await node.person("anna"), await node.person("boris")
    await node.post(anna, "#Seeds")
    await node.post(anna, "#Soil", visibility=Visibility.FOLLOWERS)
    mine, his = await phone(node, anna), await phone(node, boris)
    assert [tag["name"] for tag in await mine.get("/api/v1/featured_tags/suggestions", "[Tag]")] == ["seeds"]
    shown = await mine.post("/api/v1/featured_tags", "FeaturedTag", name="#Seeds")
    assert (shown["name"], shown["statuses_count"]) == ("Seeds", "1")
    assert shown["last_status_at"] is not None
    assert (await mine.post(f"{TAGS}/soil/feature", "Tag"))["featuring"] is True
    listed = await mine.get("/api/v1/featured_tags", "[FeaturedTag]")
    assert [(tag["name"], tag["statuses_count"]) for tag in listed] == [("Seeds", "1"), ("soil", "0")]
    assert await Phone(node).get(f"/api/v1/accounts/{anna.id}/featured_tags", "[FeaturedTag]") == listed
    assert await his.get("/api/v1/featured_tags") == []
    assert (await his.ask("DELETE", f"/api/v1/featured_tags/{shown['id']}")).status == 404
    assert await mine.delete(f"/api/v1/featured_tags/{shown['id']}") == {}
    assert (await mine.post(f"{TAGS}/soil/unfeature", "Tag"))["featuring"] is False
    assert await mine.get("/api/v1/featured_tags") == []
    for number in range(10):
        await mine.post("/api/v1/featured_tags", name=f"t{number}")
    assert (await mine.ask("POST", "/api/v1/featured_tags", data={"name": "more"})).status == 422


async def test_markers_never_go_back(node: Node) -> None:
    anna = await node.person("anna")
    mine, his = await phone(node, anna), await phone(node, await node.person("boris"))
    assert await mine.get(MARKERS, "Markers", **{"timeline[]": "home"}) == {}
    moved = await mine.ask("POST", MARKERS, data={"home[last_read_id]": "200"})
    assert (moved.body["home"]["last_read_id"], moved.body["home"]["version"]) == ("200", 1)
    assert "notifications" not in moved.body
    back = await mine.post(MARKERS, "Markers", home={"last_read_id": "100"}, notifications={"last_read_id": "7"})
    assert back["home"] == moved.body["home"]
    assert back["notifications"]["last_read_id"] == "7"
    on = await mine.post(MARKERS, "Markers", home={"last_read_id": "300"})
    assert (on["home"]["last_read_id"], on["home"]["version"]) == ("300", 2)
    assert await mine.get(MARKERS, "Markers", timeline="notifications") == {"notifications": back["notifications"]}
    assert await his.get(MARKERS, "Markers", **{"timeline[]": "home"}) == {}
