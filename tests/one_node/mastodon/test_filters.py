"""Filters: made in both forms, and applied on the server."""

from datetime import timedelta
from typing import Any

import pytest

from tests.apps import Phone, phone
from tests.nodes import Network, Node
from tests.one_node.mastodon.test_timelines import HOME, PUBLIC, following, ids, ids_of

pytestmark = pytest.mark.both_databases

FILTERS = "/api/v2/filters"
OLD = "/api/v1/filters"


async def made(app: Phone, *words: str, contexts: tuple[str, ...] = ("home",), action: str = "warn") -> Any:
    keywords = [{"keyword": word, "whole_word": True} for word in words]
    values = {"title": "Noise", "context": contexts, "filter_action": action, "keywords_attributes": keywords}
    return await app.post(FILTERS, "Filter", **values)


async def test_a_filter_is_made_changed_and_taken_away(nodes: Network, node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    form = {
        "title": "Noise",
        "context[]": "home",
        "filter_action": "blur",
        "expires_in": "3600",
        "keywords_attributes[][keyword]": "war",
        "keywords_attributes[][whole_word]": "false",
    }
    answered = await mine.ask("POST", FILTERS, data=form)
    found = answered.body
    assert (found["filter_action"], found["context"]) == ("warn", ["home"])
    assert [(word["keyword"], word["whole_word"]) for word in found["keywords"]] == [("war", False)]
    assert found["expires_at"] is not None
    one, word = f"{FILTERS}/{found['id']}", found["keywords"][0]
    changed = await mine.put(
        one,
        "Filter",
        context=["home", "public"],
        expires_in=0,
        keywords_attributes=[{"id": word["id"], "_destroy": True}, {"keyword": "peace"}],
    )
    assert (changed["title"], changed["context"], changed["expires_at"]) == ("Noise", ["home", "public"], None)
    assert [word["keyword"] for word in changed["keywords"]] == ["peace"]
    assert await mine.get(FILTERS, "[Filter]") == [await mine.get(one, "Filter")]
    assert await mine.delete(one) == {}
    assert await mine.get(FILTERS) == []
    for values in ({"context": ["home"]}, {"title": "x"}, {"title": "x", "context": ["nowhere"]}):
        assert (await mine.ask("POST", FILTERS, json=values)).status in {400, 422}


async def test_words_and_statuses_by_themselves(node: Node) -> None:
    anna, boris = await node.person("anna"), await node.person("boris")
    post = await node.post(boris, "hello")
    mine, his = await phone(node, anna), await phone(node, boris)
    one = f"{FILTERS}/{(await made(mine))['id']}"
    word = await mine.post(f"{one}/keywords", "FilterKeyword", keyword="war", whole_word=False)
    path = f"{FILTERS}/keywords/{word['id']}"
    assert await mine.put(path, "FilterKeyword", keyword="wars") == word | {"keyword": "wars"}
    assert await mine.get(f"{one}/keywords", "[FilterKeyword]") == [await mine.get(path, "FilterKeyword")]
    status = await mine.post(f"{one}/statuses", "FilterStatus", status_id=str(post.id))
    assert await mine.get(f"{one}/statuses", "[FilterStatus]") == [status]
    theirs = f"{FILTERS}/statuses/{status['id']}"
    for address in (one, path, theirs, f"{one}/keywords", f"{one}/statuses"):
        assert (await his.ask("GET", address)).status == 404, address
        assert (await mine.ask("GET", address)).status == 200, address
    assert (await his.ask("DELETE", path)).status == 404
    assert await mine.delete(path) == {}
    assert await mine.delete(theirs, "FilterStatus") == status
    whole = await mine.get(one, "Filter")
    assert (whole["keywords"], whole["statuses"]) == ([], [])
    assert (await mine.ask("POST", f"{one}/statuses", data={"status_id": "17"})).status == 404
    assert (await mine.ask("POST", f"{one}/keywords", data={"keyword": "x" * 201})).status == 422


async def test_the_old_form_is_one_word_of_the_same_rows(node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    old = await mine.post(OLD, "V1Filter", phrase="war", context=["home"], irreversible="true")
    [whole] = await mine.get(FILTERS, "[Filter]")
    assert (whole["title"], whole["filter_action"]) == ("war", "hide")
    assert [word["id"] for word in whole["keywords"]] == [old["id"]]
    changed = await mine.put(f"{OLD}/{old['id']}", "V1Filter", phrase="peace", context=["public"], irreversible="0")
    assert (changed["phrase"], changed["context"], changed["irreversible"]) == ("peace", ["public"], False)
    assert await mine.get(OLD, "[V1Filter]") == [await mine.get(f"{OLD}/{old['id']}", "V1Filter")]
    assert await mine.delete(f"{OLD}/{old['id']}") == {}
    assert await mine.get(FILTERS) == []


async def test_what_is_filtered_bears_why(nodes: Network, node: Node) -> None:
    anna, boris = await node.person("anna"), await node.person("boris")
    await following(node, anna, boris)
    shouted, other = await node.post(boris, "WAR and <b>peace</b>"), await node.post(boris, "software")
    own = await node.post(anna, "war of mine")
    mine = await phone(node, anna)
    found = await made(mine, "war", "peace")
    by_id = {status["id"]: status["filtered"] for status in await mine.get(HOME, "[Status]")}
    [result] = by_id[str(shouted.id)]
    assert result["filter"]["id"] == found["id"]
    assert (result["keyword_matches"], result["status_matches"]) == (["WAR", "peace"], None)
    assert by_id[str(other.id)] == by_id[str(own.id)] == []
    await mine.post(f"{FILTERS}/{found['id']}/statuses", status_id=str(other.id))
    [by_status] = (await mine.get(f"/api/v1/statuses/{other.id}", "Status"))["filtered"]
    assert (by_status["keyword_matches"], by_status["status_matches"]) == (None, [str(other.id)])
    await mine.put(f"{FILTERS}/{found['id']}", expires_in=60)
    nodes.clock.at += timedelta(minutes=2)
    assert (await mine.get(f"/api/v1/statuses/{other.id}", "Status"))["filtered"] == []


async def test_what_is_hidden_is_left_out_where_that_was_wished(node: Node) -> None:
    anna, boris = await node.person("anna"), await node.person("boris")
    await following(node, anna, boris)
    kept = await node.post(boris, "quiet")
    loud = [await node.post(boris, f"war {number}") for number in range(5)]
    mine = await phone(node, anna)
    found = await made(mine, "war", action="hide")
    assert await ids_of(mine, HOME) == ids(kept)
    assert await ids_of(mine, HOME, limit=2) == ids(kept)  # nothing of the first pages is left, so it goes on
    assert await ids_of(mine, HOME, limit=2, max_id=loud[-1].id) == ids(kept)
    assert kept.id not in await ids_of(mine, HOME, min_id=kept.id)
    assert len(await ids_of(mine, PUBLIC)) == 6
    assert (await mine.ask("GET", f"/api/v1/statuses/{loud[0].id}")).status == 200
    await mine.put(f"{FILTERS}/{found['id']}", context=["public"])
    assert len(await ids_of(mine, HOME)) == 6
    assert await ids_of(mine, PUBLIC) == ids(kept)
    await mine.delete(f"{FILTERS}/{found['id']}")
    assert len(await ids_of(mine, PUBLIC)) == 6


async def test_what_is_hidden_in_notices_is_no_notice(node: Node) -> None:
    anna, boris = await node.person("anna"), await node.person("boris")
    await node.post(boris, "@anna@a.test war")
    quiet = await node.post(boris, "@anna@a.test peace")
    mine = await phone(node, anna)
    path = "/api/v1/notifications"
    assert len(await mine.get(path, "[Notification]")) == 2
    await made(mine, "war", contexts=("notifications",), action="hide")
    assert [notice["status"]["id"] for notice in await mine.get(path, "[Notification]")] == [str(quiet.id)]
    grouped = await mine.get("/api/v2/notifications", "GroupedNotificationsResults")
    assert [group["status_id"] for group in grouped["notification_groups"]] == [str(quiet.id)]


async def test_words_are_literals(node: Node) -> None:
    anna, boris = await node.person("anna"), await node.person("boris")
    posts = [await node.post(boris, text) for text in ("a.b", "axb", "#tag", "tagged", "Straße (a+)+$")]
    mine = await phone(node, anna)
    await made(mine, "a.b", "#tag", "(a+)+$")
    marked = {status["id"] for status in await mine.get(PUBLIC, "[Status]") if status["filtered"]}
    assert marked == {str(posts[place].id) for place in (0, 2, 4)}
