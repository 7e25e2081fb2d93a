"""Statuses that are written, sent twice, edited and taken away."""

import asyncio
from datetime import timedelta

import aiohttp
import pytest

from node.queries import groups as group_rows
from tests.apps import Phone, check_entity, phone
from tests.nodes import Network, Node

pytestmark = pytest.mark.both_databases

STATUSES = "/api/v1/statuses"
HOME = "/api/v1/timelines/home"


@pytest.fixture
async def mine(node: Node) -> Phone:
    return await phone(node, await node.person("anna"))


async def test_what_she_writes_stands_in_her_home(mine: Phone) -> None:
    sent = {"status": "Ciao #Roma", "visibility": "unlisted", "language": "it", "spoiler_text": "Saluti"}
    status = await mine.post(STATUSES, "Status", **sent, sensitive=True)
    assert (status["visibility"], status["language"], status["spoiler_text"]) == ("unlisted", "it", "Saluti")
    assert (status["sensitive"], [tag["name"] for tag in status["tags"]]) == (True, ["roma"])
    assert await mine.get(f"{STATUSES}/{status['id']}", "Status") == status
    assert [one["id"] for one in await mine.get(HOME, "[Status]")] == [status["id"]]


async def test_a_status_comes_in_any_form(mine: Phone) -> None:
    """Ice Cubes sends a query, Mastodon for iOS multipart, Tusky a form, web clients JSON."""
    options = ["Yes", "No"]
    form = [("status", "x"), ("poll[options][]", "Yes"), ("poll[options][]", "No"), ("poll[expires_in]", "300")]
    numbered = {"status": "x", "poll[options][0]": "Yes", "poll[options][1]": "No", "poll[expires_in]": "300"}
    with aiohttp.MultipartWriter("form-data") as multipart:
        for name, value in form:
            multipart.append(value).set_content_disposition("form-data", name=name)
    poll = {"options": options, "expires_in": 300, "multiple": "true"}
    for how, several in (
        ({"params": form}, False),
        ({"data": aiohttp.FormData(form)}, False),
        ({"data": numbered | {"poll[multiple]": "1"}}, True),
        ({"data": multipart}, False),
        ({"json": {"status": "x", "poll": poll, "media_ids": []}}, True),
        ({"json": {"status": "x", "poll": poll | {"multiple": False}, "media_ids[]": []}}, False),
    ):
        answered = await mine.ask("POST", STATUSES, **how)
        assert answered.status == 200, answered.body
        check_entity("Status", answered.body)
        asked = answered.body["poll"]
        assert ([option["title"] for option in asked["options"]], asked["multiple"]) == (options, several)


async def test_what_cannot_be_a_status_is_refused_in_json(mine: Phone) -> None:
    for sent, status in (
        ({"status": " "}, 422),
        ({}, 422),
        ({"status": "x", "visibility": "everybody"}, 422),
        ({"status": "x", "language": "no language"}, 422),
        ({"status": "x", "in_reply_to_id": "77"}, 404),
        ({"status": "x", "in_reply_to_id": "a"}, 404),
        ({"status": "x", "media_ids": ["77"]}, 422),
        ({"status": "x", "media_ids": ["a"]}, 422),
        ({"status": "x" * 20_001}, 422),
        ({"status": "x", "spoiler_text": "y" * 501}, 422),
        ({"status": "x", "poll": {"options": ["a", "b"]}}, 422),
        ({"status": "x", "poll": {"options": ["a"], "expires_in": 300}}, 422),
        ({"status": "x", "poll": {"options": ["a", "a"], "expires_in": 300}}, 422),
        ({"status": "x", "poll": {"options": ["a", ""], "expires_in": 300}}, 422),
        ({"status": "x", "poll": {"options": ["a", "b" * 51], "expires_in": 300}}, 422),
        ({"status": "x", "poll": {"options": list("abcde"), "expires_in": 300}}, 422),
        ({"status": "x", "poll": {"options": ["a", "b"], "expires_in": 10**18}}, 422),
        ({"status": "x", "media_ids": ["77"], "poll": {"options": ["a", "b"], "expires_in": 300}}, 422),
        ({"status": "@nobody@a.test", "visibility": "direct"}, 422),
    ):
        answered = await mine.ask("POST", STATUSES, json=sent)
        assert (answered.status, list(answered.body)) == (status, ["error"]), (sent, answered.body)
    assert await mine.get(HOME) == []


async def test_a_language_that_the_node_has_no_name_for_keeps_nobody_from_writing(mine: Phone) -> None:
    assert (await mine.post(STATUSES, "Status", status="x", language="ja"))["language"] is None
    assert (await mine.post(STATUSES, "Status", status="x", language="pt_BR"))["language"] == "pt-BR"


async def test_a_warning_alone_is_the_text(mine: Phone) -> None:
    status = await mine.post(STATUSES, "Status", status="", spoiler_text="only this")
    assert (status["content"], status["spoiler_text"]) == ("<p>only this</p>", "")


async def test_what_an_app_sends_twice_is_written_once(mine: Phone, nodes: Network) -> None:
    key = {"Idempotency-Key": "5f0c"}
    both = await asyncio.gather(*(mine.ask("POST", STATUSES, json={"status": "x"}, headers=key) for _ in range(6)))
    assert len({answered.body["id"] for answered in both}) == 1
    berta = await phone(mine.node, await mine.node.person("berta"))
    hers = await berta.ask("POST", STATUSES, json={"status": "x"}, headers=key)
    other = await mine.ask("POST", STATUSES, json={"status": "x"}, headers={"Idempotency-Key": "5f0d"})
    nodes.clock.at += timedelta(hours=23)
    again = await mine.ask("POST", STATUSES, json={"status": "x"}, headers=key)
    nodes.clock.at += timedelta(hours=2)
    later = await mine.ask("POST", STATUSES, json={"status": "x"}, headers=key)
    assert again.body["id"] == both[0].body["id"]
    assert len({one.body["id"] for one in (*both, hers, other, later)}) == 4
    await nodes.settle()


async def test_a_refusal_leaves_the_key_free(mine: Phone) -> None:
    key = {"Idempotency-Key": "k"}
    assert (await mine.ask("POST", STATUSES, json={"status": ""}, headers=key)).status == 422
    assert (await mine.ask("POST", STATUSES, json={"status": "x"}, headers=key)).status == 200


async def test_a_group_is_posted_to_by_mentioning_it_and_by_answering(node: Node, mine: Phone) -> None:
    group = await node.group("cucito", await node.person("giulia", role="facilitator"))
    opener = await mine.post(STATUSES, "Status", status="Chi sa cucire? @cucito@a.test", visibility="public")
    answer = await mine.post(STATUSES, "Status", status="Io!", in_reply_to_id=opener["id"], visibility="public")
    for status in (opener, answer):
        stored = await node.required(status["uri"])
        assert (stored.group_id, status["mentions"][0]["acct"]) == (group.id, "cucito")
    assert answer["in_reply_to_id"] == opener["id"]
    alone = await mine.post(STATUSES, "Status", status="Altro", visibility="public")
    assert (await node.required(alone["uri"])).group_id is None


async def test_a_private_post_into_a_public_group_is_refused(node: Node, mine: Phone) -> None:
    await node.group("cucito", await node.person("giulia", role="facilitator"))
    answered = await mine.ask("POST", STATUSES, json={"status": "@cucito@a.test hm", "visibility": "private"})
    assert answered.status == 422
    assert answered.body["error"].startswith("A post for your followers alone cannot go into a public group")
    assert (await mine.post(STATUSES, "Status", status="hm", visibility="private"))["visibility"] == "private"


async def test_private_in_a_group_for_its_members_is_for_its_members(node: Node, mine: Phone) -> None:
    group = await node.group("cucito", await node.person("giulia", role="facilitator"), joining="approval")

    async def members_only(tx):
        await group_rows.change(tx, await group_rows.required(tx, group), visibility="members")
        return await group_rows.moderators(tx, group.id)

    owner = (await node.do(members_only))[0]
    hers = await phone(node, owner)
    status = await hers.post(STATUSES, "Status", status="@cucito@a.test solo noi", visibility="private")
    assert ((await node.required(status["uri"])).visibility, status["visibility"]) == ("members", "private")


async def test_what_she_has_set_holds_where_an_app_says_nothing(node: Node, mine: Phone) -> None:
    from node.queries import users as user_rows  # noqa: PLC0415  # only here

    async def prefer(tx):
        user = await user_rows.by_actor(tx, (await node.find("anna@a.test")).id)
        await user_rows.change(tx, user, preferences={"privacy": "unlisted", "language": "el", "sensitive": True})

    await node.do(prefer)
    status = await mine.post(STATUSES, "Status", status="x")
    assert (status["visibility"], status["language"], status["sensitive"]) == ("unlisted", "el", True)


async def test_an_edit_keeps_what_was(mine: Phone, nodes: Network) -> None:
    status = await mine.post(STATUSES, "Status", status="One", spoiler_text="A", language="en")
    nodes.clock.at += timedelta(minutes=1)
    path = f"{STATUSES}/{status['id']}"
    edited = await mine.put(path, "Status", status="Two *three*", spoiler_text="B")
    assert (edited["content"], edited["spoiler_text"]) == ("<p>Two <em>three</em></p>", "B")
    assert (edited["language"], edited["id"]) == ("en", status["id"])
    assert edited["edited_at"] > edited["created_at"]
    assert await mine.get(f"{path}/source", "StatusSource") == {
        "id": status["id"],
        "text": "Two *three*",
        "spoiler_text": "B",
    }
    history = await Phone(mine.node).get(f"{path}/history", "[StatusEdit]")
    assert [(version["content"], version["spoiler_text"]) for version in history] == [
        ("<p>One</p>", "A"),
        ("<p>Two <em>three</em></p>", "B"),
    ]
    assert [version["created_at"] for version in history] == [status["created_at"], edited["edited_at"]]


async def test_a_deleted_status_comes_back_with_what_was_typed(mine: Phone) -> None:
    poll = {"options": ["Yes", "No"], "expires_in": 300}
    status = await mine.post(STATUSES, "Status", status="*Hm*", poll=poll)
    path = f"{STATUSES}/{status['id']}"
    gone = await mine.delete(path, "DeletedStatus")
    assert (gone["text"], gone["poll"]["id"], gone["content"]) == ("*Hm*", status["id"], "<p><em>Hm</em></p>")
    answered = await mine.ask("GET", path)
    assert (answered.status, answered.body) == (404, {"error": "Record not found"})
    assert (await mine.ask("DELETE", path)).status == 404


async def test_deleting_a_boost_takes_back_the_boost_alone(node: Node, mine: Phone) -> None:
    post = await node.post(await node.person("berta"), "Hello")
    boost = await mine.post(f"{STATUSES}/{post.id}/reblog", "Status")
    await mine.delete(f"{STATUSES}/{boost['id']}")
    shown = await mine.get(f"{STATUSES}/{post.id}", "Status")
    assert (shown["reblogged"], shown["reblogs_count"]) == (False, 0)


async def test_what_is_hers_is_for_nobody_else(node: Node, mine: Phone) -> None:
    berta = await phone(node, await node.person("berta"))
    path = f"{STATUSES}/{(await mine.post(STATUSES, status='x'))['id']}"
    for app, status in ((berta, 404), (mine, 200)):
        assert (await app.ask("GET", f"{path}/source")).status == status
        assert (await app.ask("PUT", path, json={"status": "y"})).status == status
        assert (await app.ask("DELETE", path)).status == status


async def test_deletions_have_a_limit_of_their_own(mine: Phone) -> None:
    answered = await mine.ask("DELETE", f"{STATUSES}/1")
    assert (answered.status, answered.headers.get("X-RateLimit-Limit")) in {(404, None), (404, "30")}
    for _ in range(29):
        await mine.ask("DELETE", f"{STATUSES}/1")
    assert (await mine.ask("DELETE", f"{STATUSES}/1")).status == 429
