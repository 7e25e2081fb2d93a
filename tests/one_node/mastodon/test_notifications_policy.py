"""Notices of strangers: shown, kept apart as a request, or not made; and letting somebody through."""

from datetime import timedelta
from typing import Any

import pytest

from federation.addressing import Visibility
from node.database.tables import Actor
from node.services import follows, reactions
from tests.apps import Phone, phone
from tests.nodes import Network, Node
from tests.strangers import Stranger

PATH = "/api/v1/notifications"
POLICY = "/api/v2/notifications/policy"
REQUESTS = f"{PATH}/requests"


@pytest.fixture
async def anna(node: Node) -> Actor:
    return await node.person("anna")


@pytest.fixture
async def eleni(node: Node) -> Actor:
    return await node.person("eleni")


@pytest.fixture
async def annas(node: Node, anna: Actor) -> Phone:
    return await phone(node, anna)


async def senders(app: Phone, **asked: Any) -> list[str]:
    return [row["account"]["acct"] for row in await app.get(PATH, "[Notification]", **asked)]


async def test_a_policy_is_read_and_changed_in_both_forms(annas: Phone) -> None:
    first = await annas.get(POLICY, "NotificationPolicy")
    assert {value for name, value in first.items() if name != "summary"} == {"accept"}
    changed = await annas.patch(POLICY, "NotificationPolicy", for_not_following="filter", for_bots="drop")
    assert (changed["for_not_following"], changed["for_bots"], changed["for_new_accounts"]) == (
        "filter",
        "drop",
        "accept",
    )
    old = await annas.get(f"{PATH}/policy", "BooleanNotificationPolicy")
    assert (old["filter_not_following"], old["filter_not_followers"]) == (True, False)
    await annas.put(
        f"{PATH}/policy", "BooleanNotificationPolicy", filter_not_following=False, filter_not_followers=True
    )
    found = await annas.put(POLICY, "NotificationPolicy", for_new_accounts="drop")
    assert found["for_not_following"] == "accept"
    assert (found["for_not_followers"], found["for_new_accounts"], found["for_bots"]) == ("filter", "drop", "drop")
    refused = await annas.ask("PATCH", POLICY, json={"for_bots": "perhaps"})
    assert refused.status == 422
    assert refused.body["error"].startswith("Validation failed")


async def test_a_stranger_is_kept_apart_until_she_lets_him_through(
    node: Node, anna: Actor, eleni: Actor, annas: Phone
) -> None:
    friend = await node.person("friend")
    await node.do(lambda tx: follows.request(tx, anna, friend))
    await annas.patch(POLICY, for_not_following="filter")
    await node.post(friend, "@anna@a.test hello")
    first = await node.post(eleni, "@anna@a.test hello")
    last = await node.post(eleni, "@anna@a.test again")
    assert await senders(annas) == ["friend"]
    assert await senders(annas, include_filtered="true") == ["eleni", "eleni", "friend"]
    assert (await annas.get(POLICY))["summary"] == {"pending_requests_count": 1, "pending_notifications_count": 2}
    (request,) = await annas.get(REQUESTS, "[NotificationRequest]")
    assert (request["notifications_count"], request["account"]["acct"]) == ("2", "eleni")
    assert request["last_status"]["id"] == str(last.id)
    assert await annas.get(f"{REQUESTS}/{request['id']}", "NotificationRequest") == request
    kept = await annas.get(PATH, account_id=request["account"]["id"], include_filtered="true")
    assert [row["status"]["id"] for row in kept] == [str(last.id), str(first.id)]
    assert await annas.post(f"{REQUESTS}/{request['id']}/accept") == {}
    assert await annas.get(f"{REQUESTS}/merged", "Merged") == {"merged": True}
    assert await senders(annas) == ["eleni", "eleni", "friend"]
    await node.post(eleni, "@anna@a.test once more")
    assert len(await senders(annas)) == 4
    assert await annas.get(REQUESTS) == []
    assert (await annas.ask("POST", f"{REQUESTS}/{request['id']}/accept")).body == {"error": "Record not found"}


async def test_many_requests_are_answered_at_once(node: Node, anna: Actor, annas: Phone) -> None:
    await annas.patch(POLICY, for_not_followers="filter")
    people = [await node.person(name) for name in ("bob", "carla", "dora")]
    for person in people:
        await node.post(person, "@anna@a.test hello")
    page = await annas.ask("GET", f"{REQUESTS}?limit=2")
    assert [row["account"]["acct"] for row in page.body] == ["dora", "carla"]
    older = await annas.get(page.headers["Link"].partition(">")[0].lstrip("<"), "[NotificationRequest]")
    assert [row["account"]["acct"] for row in older] == ["bob"]
    bob, carla, dora = (str(person.id) for person in people)
    assert (await annas.ask("POST", f"{REQUESTS}/accept?id[]={bob}&id[]=1&id[]=x")).status == 200
    assert (await annas.ask("POST", f"{REQUESTS}/dismiss?id[]={carla}")).status == 200
    assert await senders(annas) == ["bob"]
    assert [row["id"] for row in await annas.get(REQUESTS)] == [dora]
    assert await senders(annas, include_filtered="true") == ["dora", "bob"]


async def test_what_is_dropped_is_not_made(node: Node, anna: Actor, eleni: Actor, annas: Phone) -> None:
    mine = await node.post(anna, "Good morning")
    await annas.patch(POLICY, for_not_following="drop")
    await node.do(lambda tx: reactions.favourite(tx, eleni, mine))
    assert await senders(annas, include_filtered="true") == []
    await node.do(lambda tx: follows.request(tx, anna, eleni))
    await node.post(eleni, "@anna@a.test hello")
    assert await senders(annas) == ["eleni"]


async def test_each_rule(nodes: Network, node: Node, anna: Actor, eleni: Actor, annas: Phone) -> None:
    stranger = Stranger(nodes, "c")
    await stranger.serve()
    old = (nodes.clock.at - timedelta(days=400)).strftime("%Y-%m-%dT%H:%M:%SZ")
    robot = stranger.person("robot", "Service", published=old)
    veteran = stranger.person("veteran", published=old)
    mention = {"type": "Mention", "href": anna.uri}
    kept: dict[str, list[str]] = {}
    for rule in ("for_not_followers", "for_new_accounts", "for_private_mentions", "for_bots"):
        await annas.patch(POLICY, **{rule: "filter"})
        await node.post(eleni, "@anna@a.test hello")
        for person in (robot, veteran):
            note = stranger.note(person, f"notes/{rule}/{person.name}", tag=[mention], to=[anna.uri], cc=[])
            await stranger.send(node, stranger.create(person, note), person)
        await nodes.settle()
        kept[rule] = sorted(row["account"]["username"] for row in await annas.get(REQUESTS))
        await annas.post(f"{REQUESTS}/dismiss", id=[row["id"] for row in await annas.get(REQUESTS)])
        await annas.patch(POLICY, **{rule: "accept"})
    assert kept == {
        "for_not_followers": ["eleni", "robot", "veteran"],
        "for_new_accounts": ["eleni"],
        "for_private_mentions": ["robot", "veteran"],
        "for_bots": ["robot"],
    }


async def test_an_answer_to_her_is_no_private_message_of_a_stranger(
    node: Node, anna: Actor, eleni: Actor, annas: Phone
) -> None:
    await annas.patch(POLICY, for_private_mentions="filter")
    mine = await node.post(anna, "@eleni@a.test hello", visibility=Visibility.DIRECT)
    await node.post(eleni, "@anna@a.test hello", to=mine, visibility=Visibility.DIRECT)
    await node.post(eleni, "@anna@a.test by the way", visibility=Visibility.DIRECT)
    assert await senders(annas) == ["eleni"]
    assert await senders(annas, include_filtered="true") == ["eleni", "eleni"]
