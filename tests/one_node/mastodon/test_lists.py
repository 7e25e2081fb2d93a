"""Lists: one's own, and those that are the groups one is in."""

import pytest

from federation.addressing import Visibility
from node.database.tables import Actor
from node.services import follows
from tests.apps import Phone, phone
from tests.nodes import Node
from tests.one_node.mastodon.test_timelines import HOME, following, ids, ids_of

pytestmark = pytest.mark.both_databases

LISTS = "/api/v1/lists"


async def made(app: Phone, *members: Actor, **values: object) -> str:
    found = await app.post(LISTS, "List", **({"title": "Friends"} | values))
    await app.post(f"{LISTS}/{found['id']}/accounts", account_ids=[str(actor.id) for actor in members])
    return str(found["id"])


async def test_a_list_is_made_changed_and_taken_away(node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    made_list = await mine.post(LISTS, "List", title="Friends")
    assert (made_list["replies_policy"], made_list["exclusive"]) == ("list", False)
    one = f"{LISTS}/{made_list['id']}"
    changed = await mine.put(one, "List", title="Near", replies_policy="none", exclusive=True)
    assert changed == {"id": made_list["id"], "title": "Near", "replies_policy": "none", "exclusive": True}
    assert await mine.put(one, "List", exclusive="false") == changed | {"exclusive": False}
    assert await mine.get(LISTS, "[List]") == [changed | {"exclusive": False}]
    assert await mine.delete(one) == {}
    assert await mine.get(LISTS) == []
    for answered, status in (
        (await mine.ask("POST", LISTS, data={"title": ""}), 400),
        (await mine.ask("POST", LISTS, data={"title": "x" * 201}), 422),
        (await mine.ask("POST", LISTS, data={"title": "x", "replies_policy": "some"}), 422),
        (await mine.ask("GET", one), 404),
    ):
        assert answered.status == status, answered.body


async def test_a_list_holds_whom_she_follows(node: Node) -> None:
    anna, boris, carla, dora = [await node.person(name) for name in ("anna", "boris", "carla", "dora")]
    await following(node, anna, boris, carla)
    mine = await phone(node, anna)
    number = await made(mine, boris, carla)
    one = f"{LISTS}/{number}/accounts"
    assert [actor["acct"] for actor in await mine.get(one, "[Account]", limit=0)] == ["carla", "boris"]
    assert [actor["acct"] for actor in await mine.get(one, "[Account]", limit=1)] == ["carla"]
    refused = await mine.ask("POST", one, data={"account_ids[]": str(dora.id)})
    assert (refused.status, refused.body) == (404, {"error": "Record not found"})
    assert [entry["id"] for entry in await mine.get(f"/api/v1/accounts/{boris.id}/lists", "[List]")] == [number]
    assert (await mine.ask("DELETE", f"{one}?account_ids[]={boris.id}")).body == {}
    assert await mine.get(f"/api/v1/accounts/{boris.id}/lists") == []
    await node.do(lambda tx: follows.end(tx, anna, carla))
    assert await mine.get(one) == []


async def test_another_person_has_no_part_in_it(node: Node) -> None:
    anna, boris = await node.person("anna"), await node.person("boris")
    mine, his = await phone(node, anna), await phone(node, boris)
    number = await made(mine)
    for method, path in (
        ("GET", f"{LISTS}/{number}"),
        ("PUT", f"{LISTS}/{number}"),
        ("DELETE", f"{LISTS}/{number}"),
        ("GET", f"{LISTS}/{number}/accounts"),
        ("GET", f"/api/v1/timelines/list/{number}"),
    ):
        assert (await his.ask(method, path)).status == 404, path
        assert (await mine.ask("GET", f"{LISTS}/{number}")).status == 200


async def test_what_stands_in_a_list(node: Node) -> None:
    anna, boris, carla, dora = [await node.person(name) for name in ("anna", "boris", "carla", "dora")]
    await following(node, anna, boris, carla)
    opener, by_carla = await node.post(boris, "hello"), await node.post(carla, "not in it")
    to_carla = await node.post(boris, "to a friend", to=by_carla)
    to_dora = await node.post(boris, "to a stranger", to=await node.post(dora, "who"))
    to_himself = await node.post(boris, "and more", to=opener)
    hidden = await node.post(boris, "@dora@a.test between us", visibility=Visibility.DIRECT)
    mine = await phone(node, anna)
    number = await made(mine, boris)
    path = f"/api/v1/timelines/list/{number}"
    assert await ids_of(mine, path) == ids(to_himself, opener)
    await mine.put(f"{LISTS}/{number}", replies_policy="followed")
    assert await ids_of(mine, path) == ids(to_himself, to_carla, opener)
    await mine.put(f"{LISTS}/{number}", replies_policy="none")
    assert await ids_of(mine, path) == ids(to_himself, opener)
    assert await ids_of(mine, path, min_id=opener.id, limit=1) == ids(to_himself)
    assert {hidden.id, to_dora.id}.isdisjoint(await ids_of(mine, path))


async def test_an_exclusive_list_is_read_apart_from_home(node: Node) -> None:
    anna, boris, carla = [await node.person(name) for name in ("anna", "boris", "carla")]
    await following(node, anna, boris, carla)
    by_boris, by_carla = await node.post(boris, "b"), await node.post(carla, "c")
    mine = await phone(node, anna)
    number = await made(mine, boris)
    assert await ids_of(mine, HOME) == ids(by_carla, by_boris)
    await mine.put(f"{LISTS}/{number}", exclusive="true")
    assert await ids_of(mine, HOME) == ids(by_carla)
    assert await ids_of(mine, f"/api/v1/timelines/list/{number}") == ids(by_boris)


async def test_each_group_that_she_is_in_is_a_list(node: Node) -> None:
    anna, boris = await node.person("anna"), await node.person("boris")
    group = await node.group("garden", boris, name="The garden")
    thread = await node.post(boris, "a thread", group="garden@a.test")
    mine = await phone(node, anna)
    assert await mine.get(LISTS) == []
    await following(node, anna, group)
    [found] = await mine.get(LISTS, "[List]")
    one = f"{LISTS}/{found['id']}"
    assert found == {"id": found["id"], "title": "The garden", "replies_policy": "list", "exclusive": False}
    assert await mine.get(one, "List") == found
    [wrapper] = await mine.get(f"/api/v1/timelines/list/{found['id']}", "[Status]")
    assert (wrapper["reblog"]["id"], wrapper["account"]["id"]) == (str(thread.id), str(group.id))
    assert [entry["id"] for entry in await mine.get(f"{one}/accounts", "[Account]", limit=0)] == [str(group.id)]
    assert await mine.get(f"/api/v1/accounts/{group.id}/lists", "[List]") == [found]
    for method, path in (
        ("PUT", one),
        ("DELETE", one),
        ("POST", f"{one}/accounts"),
        ("DELETE", f"{one}/accounts"),
    ):
        answered = await mine.ask(method, path, data={"title": "x", "account_ids[]": str(boris.id)})
        assert answered.status == 422, (method, path, answered.body)
        assert "group" in answered.body["error"]
    await node.do(lambda tx: follows.end(tx, anna, group))
    assert await mine.get(LISTS) == []
    assert (await mine.ask("GET", one)).status == 404
