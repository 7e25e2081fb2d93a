"""Statuses for later."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from node.services import scheduling
from tests.apps import Phone, phone
from tests.nodes import Network, Node

STATUSES = "/api/v1/statuses"
SCHEDULED = "/api/v1/scheduled_statuses"
HOME = "/api/v1/timelines/home"


@pytest.fixture
async def mine(node: Node) -> Phone:
    return await phone(node, await node.person("anna"))


def in_minutes(nodes: Network, minutes: int) -> str:
    return (nodes.clock.at + timedelta(minutes=minutes)).isoformat()


async def scheduled(app: Phone, at: str, **more: Any) -> Any:
    sent = {"status": "Later", "visibility": "public", **more}
    return await app.post(STATUSES, "ScheduledStatus", scheduled_at=at, **sent)


async def test_a_status_is_published_when_its_time_has_come(nodes: Network, mine: Phone) -> None:
    poll = {"options": ["a", "b"], "expires_in": 300}
    more = {"spoiler_text": "Soon", "sensitive": True, "language": "en", "visibility": "unlisted", "poll": poll}
    waiting = await scheduled(mine, in_minutes(nodes, 6), **more)
    assert await mine.get(f"{SCHEDULED}/{waiting['id']}", "ScheduledStatus") == waiting
    params = waiting["params"]
    assert (params["text"], params["visibility"], params["spoiler_text"]) == ("Later", "unlisted", "Soon")
    assert params["poll"] == poll | {"multiple": False, "hide_totals": False}
    await nodes.settle()
    assert await mine.get(HOME) == []
    nodes.clock.at += timedelta(minutes=6)
    await nodes.settle()
    status = (await mine.get(HOME, "[Status]"))[0]
    assert (status["content"], status["spoiler_text"], status["visibility"]) == ("<p>Later</p>", "Soon", "unlisted")
    assert status["poll"]["expires_at"] > waiting["scheduled_at"]
    assert await mine.get(SCHEDULED) == []
    assert (await mine.ask("GET", f"{SCHEDULED}/{waiting['id']}")).status == 404


async def test_a_time_is_ahead_by_five_minutes(nodes: Network, mine: Phone) -> None:
    for at, answer in (
        (in_minutes(nodes, 4), 422),
        (in_minutes(nodes, -60), 422),
        ("tomorrow", 422),
        ("9999-12-31T23:59:59+00:00", 422),
        ("0001-01-01T00:00:00+14:00", 422),
        (in_minutes(nodes, 6), 200),
        (datetime.fromisoformat(in_minutes(nodes, 6)).strftime("%Y-%m-%dT%H:%M:%S.000Z"), 200),
    ):
        assert (await mine.ask("POST", STATUSES, json={"status": "x", "scheduled_at": at})).status == answer, at
    refused = await mine.ask("POST", STATUSES, json={"status": " ", "scheduled_at": in_minutes(nodes, 6)})
    assert refused.status == 422
    assert (await mine.get(HOME), len(await mine.get(SCHEDULED, "[ScheduledStatus]"))) == ([], 2)


async def test_it_can_be_put_off_and_called_off(nodes: Network, node: Node, mine: Phone) -> None:
    first, second = await scheduled(mine, in_minutes(nodes, 6)), await scheduled(mine, in_minutes(nodes, 6))
    path = f"{SCHEDULED}/{first['id']}"
    early = await mine.ask("PUT", path, json={"scheduled_at": in_minutes(nodes, 1)})
    assert early.status == 422
    later = in_minutes(nodes, 20)
    put_off = await mine.put(path, "ScheduledStatus", scheduled_at=later)
    assert put_off["scheduled_at"][:19] == later[:19]
    berta = await phone(node, await node.person("berta"))
    for method in ("GET", "DELETE", "PUT"):
        assert (await berta.ask(method, path, json={"scheduled_at": later})).status == 404
    assert await mine.delete(f"{SCHEDULED}/{second['id']}") == {}
    nodes.clock.at += timedelta(minutes=10)
    await nodes.settle()
    assert await mine.get(HOME) == []
    nodes.clock.at += timedelta(minutes=11)
    await nodes.settle()
    assert len(await mine.get(HOME, "[Status]")) == 1


async def test_those_that_wait_come_in_pages(nodes: Network, mine: Phone) -> None:
    made = [(await scheduled(mine, in_minutes(nodes, 10 + n)))["id"] for n in range(3)]
    first = await mine.ask("GET", f"{SCHEDULED}?limit=2")
    assert [one["id"] for one in first.body] == made[:0:-1]
    rest = await mine.ask("GET", first.headers["Link"].partition("<")[2].partition(">")[0])
    assert [one["id"] for one in rest.body] == made[:1]
    assert 'rel="next"' not in rest.headers["Link"]


async def test_why_it_could_not_be_published_is_kept_and_shown(nodes: Network, node: Node, mine: Phone) -> None:
    await node.group("cucito", await node.person("giulia", role="facilitator"))
    private = {"status": "@cucito@a.test x", "visibility": "private"}
    into_group = await scheduled(mine, in_minutes(nodes, 6), **private)
    parent = await mine.post(STATUSES, "Status", status="x")
    answer = await scheduled(mine, in_minutes(nodes, 6), in_reply_to_id=parent["id"])
    assert answer["params"]["in_reply_to_id"] == parent["id"]
    await mine.delete(f"{STATUSES}/{parent['id']}")
    nodes.clock.at += timedelta(minutes=7)
    await nodes.settle()
    left = {one["id"]: one["failure"] for one in await mine.get(SCHEDULED, "[ScheduledStatus]")}
    assert left[into_group["id"]].startswith("A post for your followers alone cannot go into a public group")
    assert left[answer["id"]] == "This post was deleted."
    assert await mine.get(HOME) == []
    again = await mine.put(f"{SCHEDULED}/{answer['id']}", "ScheduledStatus", scheduled_at=in_minutes(nodes, 6))
    assert again["failure"] is None


async def test_who_is_disabled_publishes_nothing(nodes: Network, node: Node, mine: Phone) -> None:
    from node.services import users  # noqa: PLC0415  # only here

    waiting = await scheduled(mine, in_minutes(nodes, 6))

    async def disable(tx):
        await users.disable(tx, (await users.required(tx, "anna"))[0])

    await node.do(disable)
    nodes.clock.at += timedelta(minutes=7)
    await nodes.settle()
    row = await node.read(lambda tx: scheduling.due(tx, int(waiting["id"])))
    anna = await node.find("anna@a.test")
    assert (row, await node.home(anna)) == (None, [])


async def test_a_scheduled_status_sent_twice_waits_once(nodes: Network, mine: Phone) -> None:
    sent = {"status": "x", "scheduled_at": in_minutes(nodes, 6)}
    first, second = [await mine.ask("POST", STATUSES, json=sent, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert first.body == second.body
    assert len(await mine.get(SCHEDULED, "[ScheduledStatus]")) == 1
    await mine.delete(f"{SCHEDULED}/{first.body['id']}")
    assert await mine.get(SCHEDULED) == []
