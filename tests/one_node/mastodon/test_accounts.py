"""Others' accounts from apps: lists of them, what they show of themselves, whom the node suggests."""

from typing import Any

from node.database import Transaction
from node.database.tables import Actor
from node.queries import actors as actor_rows
from tests.apps import Phone, phone
from tests.nodes import Node
from tests.one_node.test_inbox_batches import counted


async def say(node: Node, actor: Actor, **values: object) -> None:
    """Of herself."""

    async def work(tx: Transaction) -> None:
        await actor_rows.change(tx, await actor_rows.known(tx, actor.id), **values)

    await node.do(work)


async def listed(app: Phone, path: str, **params: Any) -> list[str]:
    return [account["username"] for account in await app.get(path, "[Account]", **params)]


async def test_who_follows_whom_is_shown_by_who_wants_that(node: Node) -> None:
    anna, bea, carla = [await node.person(name) for name in ("anna", "bea", "carla")]
    mine, hers = await phone(node, anna), await phone(node, bea)
    await node.follow(bea, "anna@a.test")
    await node.follow(carla, "anna@a.test")
    await node.follow(anna, "carla@a.test")
    followers, following = (f"/api/v1/accounts/{anna.id}/{name}" for name in ("followers", "following"))
    assert await listed(mine, followers) == ["carla", "bea"]
    assert await listed(mine, following) == ["carla"]
    for app in (hers, Phone(node)):
        assert (await listed(app, followers), await listed(app, following)) == ([], [])
    account = await hers.get(f"/api/v1/accounts/{anna.id}", "Account")
    assert (account["followers_count"], account["hide_collections"]) == (2, True)
    await say(node, anna, shows_follows=True)
    assert await listed(hers, followers) == ["carla", "bea"]
    assert await listed(Phone(node), following) == ["carla"]
    await (await phone(node, carla)).post(f"/api/v1/accounts/{bea.id}/block")
    assert await listed(hers, followers) == ["bea"]


async def test_such_a_list_is_turned_by_the_ids_of_the_follows(node: Node) -> None:
    anna = await node.person("anna")
    mine = await phone(node, anna)
    for name in ("bea", "carla", "dora"):
        await node.follow(await node.person(name), "anna@a.test")
    path = f"/api/v1/accounts/{anna.id}/followers"
    first = await mine.ask("GET", f"{path}?limit=2")
    assert [account["username"] for account in first.body] == ["dora", "carla"]
    older, newer = [link.partition(">")[0].strip(" <") for link in first.headers["Link"].split(",")]
    assert await listed(mine, older) == ["bea"]
    assert await listed(mine, newer) == []
    assert "next" not in (await mine.ask("GET", f"{older}")).headers["Link"]
    assert await listed(mine, f"{path}?limit=1&min_id=1") == ["bea"]


async def test_nobody_is_told_who_is_in_a_group(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    group = await node.group("garden", anna)
    await node.follow(bea, "garden@a.test")
    await say(node, group, shows_follows=True)
    await say(node, bea, shows_follows=True)
    mine, hers = await phone(node, anna), await phone(node, bea)
    for app in (mine, hers, Phone(node)):
        assert await listed(app, f"/api/v1/accounts/{group.id}/followers") == []
    assert await listed(hers, f"/api/v1/accounts/{bea.id}/following") == ["garden"]
    assert await listed(mine, f"/api/v1/accounts/{bea.id}/following") == []
    account = await mine.get(f"/api/v1/accounts/{group.id}", "Account")
    assert (account["group"], account["bot"]) == (True, False)


async def test_familiar_followers_are_those_who_let_themselves_be_seen(node: Node) -> None:
    anna, bea, carla = [await node.person(name) for name in ("anna", "bea", "carla")]
    mine = await phone(node, anna)
    group = await node.group("garden", carla)
    await node.follow(anna, "bea@a.test")
    for handle in ("carla@a.test", "garden@a.test"):
        await node.follow(bea, handle)
    path = f"/api/v1/accounts/familiar_followers?id[]={carla.id}&id[]={group.id}"
    nothing = [{"id": str(one.id), "accounts": []} for one in (carla, group)]
    assert await mine.get(path, "[FamiliarFollowers]") == nothing
    await say(node, bea, shows_follows=True)
    found = await mine.get(path, "[FamiliarFollowers]")
    assert [[one["username"] for one in item["accounts"]] for item in found] == [["bea"], []]


async def test_groups_and_people_of_her_languages_are_suggested(node: Node) -> None:
    anna = await node.person("anna")
    mine = await phone(node, anna)
    await say(node, anna, languages=["uk"])
    owner = await node.person("owner")
    for handle, languages in (("kino", ["uk", "de"]), ("choir", ["fr"]), ("open", [])):
        await node.group(handle, owner, languages=languages)
    for name, languages, wants in (("bea", ["uk-UA"], True), ("carla", ["uk"], False), ("dora", ["fr"], True)):
        await say(node, await node.person(name), languages=languages, discoverable=wants)
    assert await listed(mine, "/api/v1/suggestions") == ["kino", "open", "bea"]
    found = await mine.get("/api/v2/suggestions?limit=1", "[Suggestion]")
    assert [item["account"]["username"] for item in found] == ["kino"]
    assert await mine.delete(f"/api/v1/suggestions/{found[0]['account']['id']}") == {}
    assert await listed(mine, "/api/v1/suggestions") == ["open", "bea"]
    await node.follow(anna, "open@a.test")
    assert await listed(mine, "/api/v1/suggestions") == ["bea"]
    bea = await node.find("bea@a.test")
    await mine.post(f"/api/v1/accounts/{bea.id}/mute")
    assert await listed(mine, "/api/v1/suggestions") == []


async def test_a_page_of_accounts_costs_as_much_as_one(node: Node) -> None:
    anna = await node.person("anna")
    mine = await phone(node, anna)
    for name in "bcdefg":
        await node.follow(await node.person(name), "anna@a.test")
    costs = []
    for size in (1, 6):
        with counted(node, reads=True) as statements:
            assert len(await mine.get(f"/api/v1/accounts/{anna.id}/followers?limit={size}", "[Account]")) == size
        costs.append(len(statements))
    assert costs[0] >= costs[1]


async def test_what_is_nobody_is_not_found(node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    for path in ("/api/v1/accounts/1", "/api/v1/accounts/1/followers", "/api/v1/accounts/1/endorsements"):
        answered = await mine.ask("GET", path)
        assert (answered.status, answered.body) == (404, {"error": "Record not found"}), path
    assert (await mine.ask("GET", "/api/v1/accounts/lookup")).status == 400
    assert await mine.get("/api/v1/accounts?id[]=1&id[]=x") == []
    assert await mine.get("/api/v1/accounts/1/identity_proofs") == []
