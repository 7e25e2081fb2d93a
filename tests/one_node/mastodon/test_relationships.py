"""What somebody does with other accounts from her app: follow, block, mute, note; and what it says of each then."""

from datetime import timedelta

from sqlalchemy import func, select

from node.database import Transaction
from node.database.tables import Actor, OwnActivity
from node.queries import groups as group_rows
from tests.apps import Phone, phone
from tests.nodes import Network, Node
from tests.one_node.test_inbox_batches import counted

NOTHING_BETWEEN = {
    "following": False,
    "showing_reblogs": False,
    "notifying": False,
    "languages": None,
    "followed_by": False,
    "blocking": False,
    "blocked_by": False,
    "muting": False,
    "muting_notifications": False,
    "muting_expires_at": None,
    "requested": False,
    "requested_by": False,
    "domain_blocking": False,
    "endorsed": False,
    "note": "",
}


async def act(app: Phone, actor_id: int, verb: str, **data: object) -> dict[str, object]:
    """The relationship after it."""
    found = await app.post(f"/api/v1/accounts/{actor_id}/{verb}", "Relationship", **data)
    assert found["id"] == str(actor_id)
    return found


async def relationship(app: Phone, actor_id: int) -> dict[str, object]:
    found = await app.get(f"/api/v1/accounts/relationships?id[]={actor_id}", "[Relationship]")
    return found[0]


async def test_nothing_is_between_strangers(node: Node) -> None:
    mine, bea = await phone(node, await node.person("anna")), await node.person("bea")
    assert await relationship(mine, bea.id) == {"id": str(bea.id), **NOTHING_BETWEEN}
    assert await mine.get(f"/api/v1/accounts/relationships?id={bea.id}") == [await relationship(mine, bea.id)]
    assert await mine.get("/api/v1/accounts/relationships?id[]=1&id[]=x", "[Relationship]") == []


async def test_she_follows_changes_how_and_leaves(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    mine, hers = await phone(node, anna), await phone(node, bea)
    after = await act(mine, bea.id, "follow", reblogs=False, languages=["uk", "de"])
    assert (after["following"], after["showing_reblogs"], after["notifying"]) == (True, False, False)
    assert after["languages"] == ["uk", "de"]
    assert (await relationship(hers, anna.id))["followed_by"] is True
    after = await act(mine, bea.id, "follow", notify=True)
    assert (after["showing_reblogs"], after["notifying"], after["languages"]) == (False, True, ["uk", "de"])
    after = await act(mine, bea.id, "follow", languages=[], reblogs=True)
    assert (after["showing_reblogs"], after["languages"]) == (True, None)
    assert await act(mine, bea.id, "unfollow") == {"id": str(bea.id), **NOTHING_BETWEEN}
    assert (await act(mine, bea.id, "unfollow"))["following"] is False


async def test_who_approves_her_followers_is_asked(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea", approves=True)
    mine, hers = await phone(node, anna), await phone(node, bea)
    after = await act(mine, bea.id, "follow")
    assert (after["following"], after["requested"], after["showing_reblogs"]) == (False, True, True)
    assert (await relationship(hers, anna.id))["requested_by"] is True
    assert (await hers.get("/api/v1/accounts/verify_credentials"))["source"]["follow_requests_count"] == 1
    asking = await hers.get("/api/v1/follow_requests", "[Account]")
    assert [account["id"] for account in asking] == [str(anna.id)]
    after = await hers.post(f"/api/v1/follow_requests/{anna.id}/authorize", "Relationship")
    assert (after["followed_by"], after["requested_by"]) == (True, False)
    assert (await relationship(mine, bea.id))["following"] is True
    assert await hers.get("/api/v1/follow_requests") == []
    again = await hers.ask("POST", f"/api/v1/follow_requests/{anna.id}/authorize")
    assert (again.status, again.body) == (404, {"error": "Record not found"})


async def test_a_request_is_refused(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea", approves=True)
    mine, hers = await phone(node, anna), await phone(node, bea)
    await act(mine, bea.id, "follow")
    after = await hers.post(f"/api/v1/follow_requests/{anna.id}/reject", "Relationship")
    assert (after["followed_by"], after["requested_by"]) == (False, False)
    assert (await relationship(mine, bea.id))["requested"] is False


async def test_requests_to_join_her_group_are_among_hers(node: Node) -> None:
    """The first of an account stands there, and what is answered is that one alone."""
    anna, bea = await node.person("anna", approves=True), await node.person("bea")
    group = await node.group("garden", anna, joining="approval")
    mine, hers = await phone(node, anna), await phone(node, bea)
    await act(hers, group.id, "follow")
    await act(hers, anna.id, "follow")
    (asking,) = await mine.get("/api/v1/follow_requests", "[Account]")
    assert (asking["id"], asking["display_name"]) == (str(bea.id), f"{bea.name or 'bea'} → Garden")
    await mine.post(f"/api/v1/follow_requests/{bea.id}/authorize", "Relationship")
    assert (await relationship(hers, group.id))["following"] is True
    assert (await relationship(hers, anna.id))["requested"] is True
    (asking,) = await mine.get("/api/v1/follow_requests", "[Account]")
    assert "→" not in asking["display_name"]
    await mine.post(f"/api/v1/follow_requests/{bea.id}/reject", "Relationship")
    assert (await relationship(hers, anna.id))["requested"] is False
    carla = await phone(node, await node.person("carla"))
    assert (await carla.ask("POST", f"/api/v1/follow_requests/{bea.id}/authorize")).status == 404


async def test_a_follower_is_removed(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    mine, hers = await phone(node, anna), await phone(node, bea)
    await act(mine, bea.id, "follow")
    assert (await act(hers, anna.id, "remove_from_followers"))["followed_by"] is False
    assert (await relationship(mine, bea.id))["following"] is False
    assert (await act(hers, anna.id, "remove_from_followers"))["followed_by"] is False


async def test_blocks_end_what_was_between_them(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    mine, hers = await phone(node, anna), await phone(node, bea)
    await act(mine, bea.id, "follow")
    await act(hers, anna.id, "follow")
    after = await act(mine, bea.id, "block")
    assert (after["blocking"], after["following"], after["followed_by"]) == (True, False, False)
    theirs = await relationship(hers, anna.id)
    assert (theirs["blocked_by"], theirs["following"]) == (True, False)
    assert (await hers.ask("POST", f"/api/v1/accounts/{anna.id}/follow")).status == 404
    assert [account["id"] for account in await mine.get("/api/v1/blocks", "[Account]")] == [str(bea.id)]
    assert (await act(mine, bea.id, "unblock"))["blocking"] is False
    assert await mine.get("/api/v1/blocks") == []
    assert (await act(hers, anna.id, "follow"))["following"] is True


async def test_a_mute_ends_by_itself(nodes: Network, node: Node) -> None:
    mine, bea = await phone(node, await node.person("anna")), await node.person("bea")
    after = await act(mine, bea.id, "mute", notifications=False, duration=3600)
    assert (after["muting"], after["muting_notifications"]) == (True, False)
    (muted,) = await mine.get("/api/v1/mutes", "[MutedAccount]")
    assert (muted["id"], muted["mute_expires_at"]) == (str(bea.id), after["muting_expires_at"])
    nodes.clock.at += timedelta(hours=2)
    assert (await relationship(mine, bea.id))["muting"] is False
    assert await mine.get("/api/v1/mutes/") == []
    after = await act(mine, bea.id, "mute")
    assert (after["muting_notifications"], after["muting_expires_at"]) == (True, None)
    assert (await mine.get("/api/v1/mutes", "[MutedAccount]"))[0]["mute_expires_at"] is None
    assert (await act(mine, bea.id, "unmute"))["muting"] is False


async def test_she_notes_and_shows_whom_she_knows(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    mine, other = await phone(node, anna), await phone(node, await node.person("carla"))
    assert (await act(mine, bea.id, "note", comment="Met at the choir"))["note"] == "Met at the choir"
    assert (await relationship(other, bea.id))["note"] == ""
    assert (await act(mine, bea.id, "note", comment=""))["note"] == ""
    assert (await mine.ask("POST", f"/api/v1/accounts/{bea.id}/note", json={"comment": "x" * 2001})).status == 422
    refused = await mine.ask("POST", f"/api/v1/accounts/{bea.id}/pin")
    assert (refused.status, "must be already following" in refused.body["error"]) == (422, True)
    await act(mine, bea.id, "follow")
    assert (await act(mine, bea.id, "pin"))["endorsed"] is True
    shown = await Phone(node).get(f"/api/v1/accounts/{anna.id}/endorsements", "[Account]")
    assert [account["id"] for account in shown] == [str(bea.id)]
    assert [account["id"] for account in await mine.get("/api/v1/endorsements", "[Account]")] == [str(bea.id)]
    assert (await act(mine, bea.id, "unendorse"))["endorsed"] is False
    assert (await act(mine, bea.id, "endorse"))["endorsed"] is True
    await act(mine, bea.id, "unfollow")
    assert await mine.get("/api/v1/endorsements") == []


async def test_nobody_does_that_with_herself_or_with_nobody(node: Node) -> None:
    anna = await node.person("anna")
    mine, narrow = await phone(node, anna), await phone(node, anna, "write:mutes")
    for verb in ("follow", "block", "mute"):
        assert (await mine.ask("POST", f"/api/v1/accounts/{anna.id}/{verb}")).status == 422
        gone = await mine.ask("POST", f"/api/v1/accounts/1/{verb}")
        assert (gone.status, gone.body) == (404, {"error": "Record not found"})
    assert (await narrow.ask("POST", f"/api/v1/accounts/{anna.id}/block")).status == 403
    assert (await narrow.ask("POST", f"/api/v1/accounts/{anna.id}/mute")).status == 422


async def hide(tx: Transaction, group: Actor) -> None:
    """As none can be made yet."""
    await group_rows.change(tx, await group_rows.required(tx, group), visibility="hidden")


async def test_a_hidden_group_is_nothing_to_others(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    group = await node.group("shelter", anna, joining="invite")
    await node.do(lambda tx: hide(tx, group))
    mine, hers = await phone(node, anna), await phone(node, bea)
    for path in (f"/api/v1/accounts/{group.id}", "/api/v1/accounts/lookup?acct=shelter"):
        assert (await hers.ask("GET", path)).status == 404
    assert (await hers.ask("POST", f"/api/v1/accounts/{group.id}/follow")).status == 404
    assert await hers.get(f"/api/v1/accounts?id[]={group.id}&id[]={anna.id}", "[Account]") == [
        await hers.get(f"/api/v1/accounts/{anna.id}", "Account")
    ]
    assert await hers.get("/api/v1/accounts/search?q=shelter", "[Account]") == []
    assert (await mine.get("/api/v1/accounts/search?q=shel", "[Account]"))[0]["id"] == str(group.id)


async def test_many_relationships_cost_as_much_as_one(node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    people = [await node.person(f"p{number}") for number in range(6)]
    for person in people[:3]:
        await act(mine, person.id, "follow")
    costs = []
    for size in (1, 6):
        query = "&".join(f"id[]={person.id}" for person in people[:size])
        with counted(node, reads=True) as statements:
            assert len(await mine.get(f"/api/v1/accounts/relationships?{query}", "[Relationship]")) == size
        costs.append(len(statements))
    assert costs[0] == costs[1]


async def test_muted_servers(node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    assert await mine.get("/api/v1/domain_blocks") == []
    assert await mine.post("/api/v1/domain_blocks", domain="bad.test") == {}
    assert await mine.post("/api/v1/domain_blocks", domain="https://worse.test/about") == {}
    assert await mine.get("/api/v1/domain_blocks", "[DomainName]") == ["worse.test", "bad.test"]
    first = await mine.ask("GET", "/api/v1/domain_blocks?limit=1")
    assert first.body == ["worse.test"]
    assert await mine.get(first.headers["Link"].partition(">")[0].strip("<")) == ["bad.test"]
    nothing = {"following_count": 0, "followers_count": 0}
    assert await mine.get("/api/v1/domain_blocks/preview?domain=bad.test", "DomainBlockPreview") == nothing
    assert (await mine.ask("POST", "/api/v1/domain_blocks", json={"domain": "a.test"})).status == 422
    assert (await mine.ask("POST", "/api/v1/domain_blocks")).status == 400
    assert await mine.ask("DELETE", "/api/v1/domain_blocks", data={"domain": "bad.test"})
    assert (await mine.ask("DELETE", "/api/v1/domain_blocks?domain=worse.test")).body == {}
    assert await mine.get("/api/v1/domain_blocks") == []


async def test_an_existing_follow_sends_no_other_one(node: Node, nodes: Network) -> None:
    del nodes
    mine, bea = await phone(node, await node.person("anna")), await node.person("bea", approves=True)
    follows = select(func.count()).select_from(OwnActivity).where(OwnActivity.type == "Follow")
    await act(mine, bea.id, "follow")
    before = await node.read(lambda tx: tx.one(follows))
    assert (await act(mine, bea.id, "follow", reblogs=False))["requested"] is True
    assert await node.read(lambda tx: tx.one(follows)) == before
