"""Polls of one node: asked, voted in, ended."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from node.services import polls
from tests.apps import Phone, phone
from tests.nodes import Network, Node
from tests.strangers import Person, Stranger

pytestmark = pytest.mark.both_databases

STATUSES = "/api/v1/statuses"
POLL = {"options": ["Monday", "Friday"], "expires_in": 600}


@pytest.fixture
async def mine(node: Node) -> Phone:
    return await phone(node, await node.person("anna"))


@pytest.fixture
async def berta(node: Node) -> Phone:
    return await phone(node, await node.person("berta"))


async def asked(app: Phone, **poll: Any) -> str:
    """The address of a poll."""
    status = await app.post(STATUSES, "Status", status="When?", poll=POLL | poll)
    assert status["poll"]["id"] == status["id"]
    return f"/api/v1/polls/{status['id']}"


async def test_everybody_votes_once(mine: Phone, berta: Phone) -> None:
    path = await asked(mine)
    before = await berta.get(path, "Poll")
    assert (before["voted"], before["own_votes"], before["voters_count"], before["multiple"]) == (False, [], 0, False)
    for how, answer in (
        ({"json": {"choices": [7]}}, "The chosen vote option does not exist"),
        ({"json": {"choices": [-1]}}, "The chosen vote option does not exist"),
        ({"json": {"choices": [0, 1]}}, "The chosen vote option does not exist"),
        ({"params": {"choices[]": "1"}}, None),
        ({"json": {"choices": [0]}}, "You have already voted on this poll"),
    ):
        answered = await berta.ask("POST", f"{path}/votes", **how)
        assert answered.body.get("error") == (f"Validation failed: {answer}" if answer else None), how
        assert answered.status == (422 if answer else 200)
    after = await berta.get(path, "Poll")
    assert (after["voted"], after["own_votes"], after["voters_count"]) == (True, [1], 1)
    assert [option["votes_count"] for option in after["options"]] == [0, 1]
    own = await mine.ask("POST", f"{path}/votes", json={"choices": ["0"]})
    assert own.body == {"error": "Validation failed: You cannot vote in your own polls"}
    assert "voted" not in await Phone(mine.node).get(path, "Poll")


async def test_votes_that_come_at_once_are_counted_one_by_one(node: Node, mine: Phone, berta: Phone) -> None:
    path = await asked(mine)
    others = [await phone(node, await node.person(f"p{n}")) for n in range(4)]
    votes = [(berta, 0), (berta, 1), *((other, n % 2) for n, other in enumerate(others))]
    answers = await asyncio.gather(
        *(app.ask("POST", f"{path}/votes", json={"choices": [choice]}) for app, choice in votes)
    )
    assert sorted(answered.status for answered in answers) == [200, 200, 200, 200, 200, 422]
    poll = await mine.get(path, "Poll")
    assert (poll["voters_count"], poll["votes_count"]) == (5, 5)


async def test_several_may_be_chosen_where_that_is_asked(mine: Phone, berta: Phone) -> None:
    path = await asked(mine, multiple=True)
    poll = await berta.post(f"{path}/votes", "Poll", choices=["0", "1", "1"])
    assert (poll["own_votes"], poll["voters_count"], poll["votes_count"]) == ([0, 1], 1, 2)


async def test_figures_can_be_hidden_until_the_end(nodes: Network, mine: Phone, berta: Phone) -> None:
    path = await asked(mine, hide_totals=True)
    await berta.post(f"{path}/votes", "Poll", choices=[0])
    poll = await mine.get(path, "Poll")
    assert [option["votes_count"] for option in poll["options"]] == [None, None]
    _, _, document = await mine.node.get(f"/posts/{poll['id']}")
    assert all("totalItems" not in option["replies"] for option in document["oneOf"])
    page = (await mine.node.get(f"/posts/{poll['id']}", accept="text/html"))[2]
    assert ("Monday" in page, "1 vote" in page) == (True, False)
    nodes.clock.at += timedelta(seconds=601)
    await nodes.settle()
    poll = await mine.get(path, "Poll")
    assert ([option["votes_count"] for option in poll["options"]], poll["expired"]) == ([1, 0], True)
    assert "1 vote" in (await mine.node.get(f"/posts/{poll['id']}", accept="text/html"))[2]


async def test_a_poll_ends_and_who_took_part_is_told(nodes: Network, mine: Phone, berta: Phone) -> None:
    path = await asked(mine)
    await berta.post(f"{path}/votes", "Poll", choices=[1])
    nodes.clock.at += timedelta(seconds=599)
    assert (await mine.get(path, "Poll"))["expired"] is False
    nodes.clock.at += timedelta(seconds=2)
    assert (await mine.get(path, "Poll"))["expired"] is True
    late = await (await phone(mine.node, await mine.node.person("cora"))).ask(
        "POST", f"{path}/votes", json={"choices": [0]}
    )
    assert late.body == {"error": "Validation failed: The poll has already ended"}
    await nodes.settle()
    _, _, document = await mine.node.get(f"/posts/{path.rpartition('/')[2]}")
    assert document["closed"] == document["endTime"]
    for app in (mine, berta):
        told = await app.get("/api/v1/notifications?types[]=poll", "[Notification]")
        assert [(notice["account"]["acct"], notice["status"]["poll"]["expired"]) for notice in told] == [("anna", True)]


async def test_another_question_is_asked_anew(mine: Phone, berta: Phone) -> None:
    path = await asked(mine)
    await berta.post(f"{path}/votes", "Poll", choices=[1])
    status = path.replace("polls", "statuses")
    same = await mine.put(status, "Status", status="When then?", poll=POLL)
    assert (same["poll"]["votes_count"], same["content"]) == (1, "<p>When then?</p>")
    other = await mine.put(status, "Status", status="When then?", poll=POLL | {"options": ["Now", "Never"]})
    assert (other["poll"]["votes_count"], other["poll"]["options"][0]["title"]) == (0, "Now")
    await berta.post(f"{path}/votes", "Poll", choices=[0])
    none = await mine.put(status, "Status", status="Never mind")
    assert none["poll"] is None
    assert (await berta.ask("GET", path)).status == 404


async def test_a_poll_of_a_status_that_she_may_not_see_is_none(mine: Phone, berta: Phone) -> None:
    status = await mine.post(STATUSES, "Status", status="When?", poll=POLL, visibility="private")
    path = f"/api/v1/polls/{status['id']}"
    for method, way in (("GET", ""), ("POST", "/votes")):
        answered = await berta.ask(method, f"{path}{way}", json={"choices": [0]})
        assert (answered.status, answered.body) == (404, {"error": "Record not found"})
    assert (await mine.get(path, "Poll"))["id"] == status["id"]
    plain = await mine.post(STATUSES, "Status", status="No poll")
    assert (await mine.ask("GET", f"/api/v1/polls/{plain['id']}")).status == 404


def vote(host: Stranger, voter: Person, uri: str, name: str, number: int) -> dict[str, Any]:
    """As Mastodon 4 writes it."""
    note = {
        "id": f"{voter.uri}#votes/{number}",
        "type": "Note",
        "name": name,
        "attributedTo": voter.uri,
        "inReplyTo": uri,
        "to": uri.rpartition("/posts/")[0] + "/users/anna",
    }
    return host.activity("Create", voter, note, id=f"{note['id']}/activity", to=[note["to"]])


async def test_votes_that_arrive_are_counted_once_and_told_together(nodes: Network, node: Node, mine: Phone) -> None:
    every = polls.FIGURES_EVERY.total_seconds()
    nodes.clock.at += timedelta(seconds=every - nodes.clock.at.timestamp() % every)
    far = Stranger(nodes, "c")
    await far.serve()
    voters = [far.person(name) for name in ("cora", "dora")]
    anna = await node.find("anna@a.test")
    await far.send(node, far.activity("Follow", voters[0], anna.uri), voters[0])
    path = await asked(mine)
    uri = f"{node.base}/posts/{path.rpartition('/')[2]}"
    for voter, name, number in (
        (voters[0], "Friday", 1),
        (voters[0], "Friday", 2),
        (voters[0], "Monday", 3),
        (voters[1], "Sunday", 4),
        (voters[1], "Friday", 5),
    ):
        await far.send(node, vote(far, voter, uri, name, number), voter)
    await nodes.settle()
    poll = await mine.get(path, "Poll")
    assert ([option["votes_count"] for option in poll["options"]], poll["voters_count"]) == ([0, 2], 2)
    assert (await node.outcomes())["ignored"] == 3
    assert await node.known(f"{voters[0].uri}#votes/1") is None
    assert [activity["type"] for activity in far.received if activity["type"] == "Update"] == []
    nodes.clock.at += timedelta(minutes=3)
    await nodes.settle()
    updates = [activity for activity in far.received if activity["type"] == "Update"]
    assert [update["object"]["type"] for update in updates] == ["Question"]
    assert [option["replies"]["totalItems"] for option in updates[0]["object"]["oneOf"]] == [0, 2]
    assert (updates[0]["object"]["votersCount"], "updated" in updates[0]["object"]) == (2, False)
    nodes.clock.at += timedelta(minutes=10)
    await far.send(node, vote(far, voters[1], uri, "Monday", 6), voters[1])
    await nodes.settle()
    last = [activity for activity in far.received if activity["type"] == "Update"][-1]["object"]
    assert (last["closed"], last["votersCount"]) == (last["endTime"], 2)


async def test_who_may_not_see_a_poll_has_no_vote(nodes: Network, node: Node, mine: Phone) -> None:
    far = Stranger(nodes, "c")
    await far.serve()
    cora = far.person("cora")
    status = await mine.post(STATUSES, "Status", status="When?", poll=POLL, visibility="private")
    uri = f"{node.base}/posts/{status['id']}"
    await far.send(node, vote(far, cora, uri, "Friday", 1), cora)
    await nodes.settle()
    assert (await mine.get(f"/api/v1/polls/{status['id']}", "Poll"))["votes_count"] == 0
    anna = await node.find("anna@a.test")
    await far.send(node, far.activity("Follow", cora, anna.uri), cora)
    await nodes.settle()
    await far.send(node, vote(far, cora, uri, "Friday", 2), cora)
    await nodes.settle()
    assert (await mine.get(f"/api/v1/polls/{status['id']}", "Poll"))["votes_count"] == 1


async def test_nobody_votes_in_the_name_of_another(nodes: Network, node: Node, mine: Phone) -> None:
    far = Stranger(nodes, "c")
    await far.serve()
    cora, dora = far.person("cora"), far.person("dora")
    path = await asked(mine)
    forged = vote(far, cora, f"{node.base}/posts/{path.rpartition('/')[2]}", "Friday", 1)
    forged["actor"] = dora.uri
    await far.send(node, forged, dora)
    await nodes.settle()
    assert (await mine.get(path, "Poll"))["votes_count"] == 0
