"""Conversations: threads of direct posts, read and put away by each for herself."""

from typing import Any

import pytest

from federation.addressing import Visibility
from node.services import posts
from tests.apps import Phone, phone
from tests.nodes import Network, Node

pytestmark = pytest.mark.both_databases

ALL = "/api/v1/conversations"
DIRECT = Visibility.DIRECT


async def shown(app: Phone) -> list[tuple[bool, list[str], str | None]]:
    found = await app.get(ALL, "[Conversation]")
    return [
        (one["unread"], [actor["acct"] for actor in one["accounts"]], (one["last_status"] or {}).get("id"))
        for one in found
    ]


async def test_a_direct_thread_is_one_conversation_for_each(node: Node) -> None:
    anna, boris, carla = [await node.person(name) for name in ("anna", "boris", "carla")]
    first = await node.post(anna, "@boris@a.test hello", visibility=DIRECT)
    mine, his, hers = [await phone(node, actor) for actor in (anna, boris, carla)]
    assert await shown(mine) == [(False, ["boris"], str(first.id))]
    assert await shown(his) == [(True, ["anna"], str(first.id))]
    assert await shown(hers) == []
    answer = await node.post(boris, "@anna@a.test yes", to=first, visibility=DIRECT)
    assert await shown(mine) == [(True, ["boris"], str(answer.id))]
    assert await shown(his) == [(False, ["anna"], str(answer.id))]
    await node.post(anna, "for all")
    other = await node.post(carla, "@anna@a.test and I", visibility=DIRECT)
    assert await shown(mine) == [(True, ["carla"], str(other.id)), (True, ["boris"], str(answer.id))]


async def test_read_and_put_away_by_herself_alone(node: Node) -> None:
    anna, boris = await node.person("anna"), await node.person("boris")
    post = await node.post(boris, "@anna@a.test hello", visibility=DIRECT)
    mine, his = await phone(node, anna), await phone(node, boris)
    [found] = await mine.get(ALL, "[Conversation]")
    one = f"{ALL}/{found['id']}"
    assert (await mine.post(f"{one}/read", "Conversation"))["unread"] is False
    assert (await mine.post(f"{one}/unread", "Conversation"))["unread"] is True
    for method, path in (("POST", f"{one}/read"), ("POST", f"{one}/unread"), ("DELETE", one)):
        assert (await his.ask(method, path)).status == 404
    assert await mine.delete(one) == {}
    assert await shown(mine) == []
    assert await shown(his) == [(False, ["anna"], str(post.id))]
    answer = await node.post(boris, "@anna@a.test still there?", to=post, visibility=DIRECT)
    assert await shown(mine) == [(True, ["boris"], str(answer.id))]


async def test_what_was_deleted_is_not_its_latest_post(node: Node) -> None:
    anna, boris = await node.person("anna"), await node.person("boris")
    first = await node.post(boris, "@anna@a.test one", visibility=DIRECT)
    second = await node.post(boris, "@anna@a.test two", to=first, visibility=DIRECT)
    mine = await phone(node, anna)
    await node.do(lambda tx: posts.delete(tx, boris, second))
    assert await shown(mine) == [(True, ["boris"], str(first.id))]
    await node.do(lambda tx: posts.delete(tx, boris, first))
    assert await shown(mine) == [(True, [], None)]


async def test_pages_go_by_the_latest_post(node: Node) -> None:
    anna = await node.person("anna")
    people = [await node.person(name) for name in ("boris", "carla", "dora")]
    written = [await node.post(person, "@anna@a.test hi", visibility=DIRECT) for person in people]
    mine = await phone(node, anna)
    answered = await mine.ask("GET", f"{ALL}?limit=2")
    assert [one["last_status"]["id"] for one in answered.body] == [str(post.id) for post in written[:0:-1]]
    rest = await mine.ask("GET", answered.headers["Link"].partition(">")[0].lstrip("<"))
    assert [one["last_status"]["id"] for one in rest.body] == [str(written[0].id)]
    assert 'rel="next"' not in rest.headers["Link"]


async def test_a_message_from_another_node_is_a_conversation_too(nodes: Network) -> None:
    a, b = await nodes.node("a"), await nodes.node("b")
    anna, boris = await a.person("anna"), await b.person("boris")
    await b.post(boris, "@anna@a.test from afar", visibility=DIRECT)
    await nodes.settle()
    found: list[tuple[bool, list[str], Any]] = await shown(await phone(a, anna))
    assert [(unread, people) for unread, people, _ in found] == [(True, ["boris@b.test"])]
