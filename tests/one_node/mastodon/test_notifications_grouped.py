"""Notices in groups: likes and boosts of one post within some hours as one row, each group once in all pages."""

from datetime import timedelta
from typing import Any

import pytest

from node.database.tables import Actor, Post
from node.queries import notification_groups
from node.services import follows, reactions
from tests.apps import Phone, phone
from tests.nodes import Network, Node
from tests.one_node.test_inbox_batches import counted

PATH = "/api/v2/notifications"
RESULTS = "GroupedNotificationsResults"


@pytest.fixture
async def anna(node: Node) -> Actor:
    return await node.person("anna")


@pytest.fixture
async def annas(node: Node, anna: Actor) -> Phone:
    return await phone(node, anna)


@pytest.fixture
async def friends(node: Node) -> list[Actor]:
    return [await node.person(name) for name in ("bob", "carla", "dora")]


@pytest.fixture(autouse=True)
def noon(nodes: Network) -> None:
    """A time at which half a day does not end meanwhile."""
    nodes.clock.at = nodes.clock.at.replace(hour=13, minute=0)


async def like(node: Node, people: list[Actor], post: Post) -> None:
    for person in people:
        await node.do(lambda tx, person=person: reactions.favourite(tx, person, post))


def brief(results: dict[str, Any]) -> list[tuple[str, int, str | None]]:
    """(type, how many, status) of each group."""
    groups = results["notification_groups"]
    return [(group["type"], group["notifications_count"], group.get("status_id")) for group in groups]


async def test_likes_boosts_and_followers_are_groups(
    node: Node, anna: Actor, annas: Phone, friends: list[Actor]
) -> None:
    one, two = await node.post(anna, "One"), await node.post(anna, "Two")
    await like(node, friends, one)
    await like(node, friends[:1], two)
    for friend in friends[:2]:
        await node.do(lambda tx, friend=friend: reactions.reblog(tx, friend, one))
        await node.do(lambda tx, friend=friend: follows.request(tx, friend, anna))
    named = [await node.post(friend, "@anna@a.test hello") for friend in friends[:2]]
    found = await annas.get(PATH, RESULTS)
    assert brief(found) == [
        ("mention", 1, str(named[1].id)),
        ("mention", 1, str(named[0].id)),
        ("follow", 2, None),
        ("reblog", 2, str(one.id)),
        ("favourite", 1, str(two.id)),
        ("favourite", 3, str(one.id)),
    ]
    likes = found["notification_groups"][-1]
    assert likes["sample_account_ids"] == [str(friend.id) for friend in reversed(friends)]
    assert {account["id"] for account in found["accounts"]} == {str(friend.id) for friend in friends}
    assert {status["id"] for status in found["statuses"]} == {str(post.id) for post in (one, two, *named)}
    alone = await annas.get(f"{PATH}/{likes['group_key']}", RESULTS)
    assert brief(alone) == [("favourite", 3, str(one.id))]
    people = await annas.get(f"{PATH}/{likes['group_key']}/accounts", "[Account]")
    assert [account["acct"] for account in people] == ["dora", "carla", "bob"]
    assert await annas.get(f"{PATH}/unread_count", "Count") == {"count": 6}
    assert await annas.post(f"{PATH}/{likes['group_key']}/dismiss") == {}
    assert ("favourite", 3, str(one.id)) not in brief(await annas.get(PATH))
    assert (await annas.ask("GET", f"{PATH}/{likes['group_key']}")).status == 404


async def test_an_app_says_what_it_groups(node: Node, anna: Actor, annas: Phone, friends: list[Actor]) -> None:
    post = await node.post(anna, "One")
    await like(node, friends, post)
    for friend in friends:
        await node.do(lambda tx, friend=friend: reactions.reblog(tx, friend, post))
    found = await annas.get(PATH, RESULTS, **{"grouped_types[]": "favourite"})
    assert [row[:2] for row in brief(found)] == [("reblog", 1)] * 3 + [("favourite", 3)]
    single = found["notification_groups"][0]["group_key"]
    assert single == f"ungrouped-{found['notification_groups'][0]['most_recent_notification_id']}"
    assert brief(await annas.get(f"{PATH}/{single}", RESULTS)) == [("reblog", 1, str(post.id))]
    assert await annas.get(f"{PATH}/unread_count", **{"grouped_types[]": "favourite"}) == {"count": 4}
    await annas.post(f"{PATH}/{single}/dismiss")
    assert brief(await annas.get(PATH)) == [("reblog", 2, str(post.id)), ("favourite", 3, str(post.id))]
    for unknown in ("ungrouped-99999999999999999999", "ungrouped-1", "favourite-1-1"):
        assert (await annas.ask("GET", f"{PATH}/{unknown}")).body == {"error": "Record not found"}


async def test_a_group_stands_once_in_all_pages(node: Node, anna: Actor, annas: Phone, friends: list[Actor]) -> None:
    written = [await node.post(anna, f"{number}") for number in range(4)]
    for friend in friends:  # so that the notices of all groups are mixed
        for post in written:
            await like(node, [friend], post)
    seen, place = [], f"{PATH}?limit=1"
    for _ in range(10):
        answered = await annas.ask("GET", place)
        seen += brief(answered.body)
        if not answered.body["notification_groups"]:
            break
        place = answered.headers["Link"].partition(">")[0].lstrip("<")
    assert seen == [("favourite", 3, str(post.id)) for post in reversed(written)]
    upwards = brief(await annas.get(PATH, limit=2, min_id="1"))
    assert upwards == [("favourite", 3, str(post.id)) for post in reversed(written[:2])]


async def test_a_crowd_does_not_end_the_list(
    node: Node, anna: Actor, annas: Phone, friends: list[Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notification_groups, "LOOKED_AT", 2)
    first, liked = await node.post(anna, "One"), await node.post(anna, "Two")
    await like(node, friends[:1], first)
    await like(node, friends, liked)
    answered = await annas.ask("GET", PATH)
    assert brief(answered.body) == [("favourite", 3, str(liked.id))]
    following = answered.headers["Link"].partition(">")[0].lstrip("<")
    assert brief(await annas.get(following)) == [("favourite", 1, str(first.id))]


async def test_what_lies_further_apart_is_another_group(
    nodes: Network, node: Node, anna: Actor, annas: Phone, friends: list[Actor]
) -> None:
    post = await node.post(anna, "One")
    await like(node, friends[:1], post)
    nodes.clock.move(timedelta(hours=13))
    await like(node, friends[1:], post)
    assert brief(await annas.get(PATH, RESULTS)) == [("favourite", 2, str(post.id)), ("favourite", 1, str(post.id))]


async def test_pictures_alone_of_all_but_the_first(node: Node, anna: Actor, annas: Phone, friends: list[Actor]) -> None:
    await like(node, friends, await node.post(anna, "One"))
    found = await annas.get(PATH, RESULTS, expand_accounts="partial_avatars")
    assert [account["acct"] for account in found["accounts"]] == ["dora"]
    assert {account["acct"] for account in found["partial_accounts"]} == {"bob", "carla"}


async def test_a_page_costs_as_many_statements_as_one_group(
    node: Node, anna: Actor, annas: Phone, friends: list[Actor]
) -> None:
    costs = []
    for size in (1, 10):
        for number in range(10):
            await like(node, friends, await node.post(anna, f"{size} {number}"))
        await annas.get(PATH, RESULTS)
        with counted(node, reads=True) as statements:
            assert len((await annas.get(PATH, RESULTS, limit=size))["notification_groups"]) == size
        costs.append(len(statements))
    assert costs[0] == costs[1]
