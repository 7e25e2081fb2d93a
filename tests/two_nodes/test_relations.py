"""What an app does with accounts of another node: found, followed in her own way, blocked, muted with their server,
reported."""

import pytest
from sqlalchemy import func, select

from node.database.tables import Follow, OwnActivity
from node.queries import actors as actor_rows, moderation
from tests.apps import Phone, phone
from tests.nodes import Network, Node

pytestmark = pytest.mark.both_databases


async def found(app: Phone, handle: str) -> str:
    """The id of an account of elsewhere, fetched."""
    answered = await app.get("/api/v2/search", "Search", q=handle, resolve="true", type="accounts")
    (account,) = answered["accounts"]
    return str(account["id"])


async def sent(node: Node, kind: str) -> int:
    statement = select(func.count()).select_from(OwnActivity).where(OwnActivity.type == kind)
    return int(await node.read(lambda tx: tx.one(statement)))


async def test_who_was_found_is_followed_without_her_boosts(nodes: Network) -> None:
    """What she changes of it later sends no other Follow."""
    here, there = await nodes.node("a"), await nodes.node("b")
    anna, bea, dora = await here.person("anna"), await there.person("bea"), await there.person("dora")
    mine = await phone(here, anna)
    bea_id = await found(mine, "@bea@b.test")
    asked = await mine.post(f"/api/v1/accounts/{bea_id}/follow", "Relationship", reblogs=False)
    assert (asked["requested"], asked["showing_reblogs"]) == (True, False)
    again = await mine.post(f"/api/v1/accounts/{bea_id}/follow", "Relationship", notify=True)
    assert (again["requested"], again["notifying"], again["showing_reblogs"]) == (True, True, False)
    await nodes.settle()
    after = await mine.post(f"/api/v1/accounts/{bea_id}/follow", "Relationship", languages=["de"])
    assert (after["following"], after["showing_reblogs"], after["languages"]) == (True, False, ["de"])
    assert await sent(here, "Follow") == 1
    followers = await there.read(lambda tx: tx.one(select(func.count()).select_from(Follow)))
    assert followers == 1
    hers = await phone(there, bea)
    words = await there.post(dora, "by dora")
    boosted = await hers.post(f"/api/v1/statuses/{words.id}/reblog", "Status")
    own = await there.post(bea, "by bea")
    await nodes.settle()
    assert boosted["reblog"]["id"] == str(words.id)
    home = await mine.get("/api/v1/timelines/home", "[Status]")
    assert [status["uri"] for status in home] == [own.uri]
    await mine.post(f"/api/v1/accounts/{bea_id}/follow", "Relationship", reblogs=True)
    home = await mine.get("/api/v1/timelines/home", "[Status]")
    assert {(status["reblog"] or status)["uri"] for status in home} == {own.uri, words.uri}


async def test_a_post_of_elsewhere_is_found_by_its_address(nodes: Network) -> None:
    here, there = await nodes.node("a"), await nodes.node("b")
    mine, bea = await phone(here, await here.person("anna")), await there.person("bea")
    post = await there.post(bea, "Hello")
    for address in (post.uri, post.url):
        answered = await mine.get("/api/v2/search", "Search", q=address, resolve="true")
        assert [status["uri"] for status in answered["statuses"]] == [post.uri]
        assert answered["accounts"] == []


async def test_a_request_from_elsewhere_is_answered(nodes: Network) -> None:
    here, there = await nodes.node("a"), await nodes.node("b")
    anna, bea = await here.person("anna", approves=True), await there.person("bea")
    mine, hers = await phone(here, anna), await phone(there, bea)
    anna_id = await found(hers, "anna@a.test")
    await hers.post(f"/api/v1/accounts/{anna_id}/follow", "Relationship")
    await nodes.settle()
    (asking,) = await mine.get("/api/v1/follow_requests", "[Account]")
    assert asking["acct"] == "bea@b.test"
    await mine.post(f"/api/v1/follow_requests/{asking['id']}/authorize", "Relationship")
    await nodes.settle()
    (between,) = await hers.get(f"/api/v1/accounts/relationships?id[]={anna_id}", "[Relationship]")
    assert (between["following"], between["requested"]) == (True, False)
    await mine.post(f"/api/v1/accounts/{asking['id']}/remove_from_followers", "Relationship")
    await nodes.settle()
    (between,) = await hers.get(f"/api/v1/accounts/relationships?id[]={anna_id}", "[Relationship]")
    assert between["following"] is False


async def test_a_muted_server_is_followed_no_more(nodes: Network) -> None:
    here, there = await nodes.node("a"), await nodes.node("b")
    anna, bea = await here.person("anna"), await there.person("bea")
    mine, hers = await phone(here, anna), await phone(there, bea)
    bea_id, anna_id = await found(mine, "bea@b.test"), await found(hers, "anna@a.test")
    await mine.post(f"/api/v1/accounts/{bea_id}/follow")
    await hers.post(f"/api/v1/accounts/{anna_id}/follow")
    await nodes.settle()
    preview = await mine.get("/api/v1/domain_blocks/preview?domain=b.test", "DomainBlockPreview")
    assert preview == {"following_count": 1, "followers_count": 1}
    await mine.post("/api/v1/domain_blocks", domain="b.test")
    await nodes.settle()
    (between,) = await mine.get(f"/api/v1/accounts/relationships?id[]={bea_id}", "[Relationship]")
    assert (between["domain_blocking"], between["following"], between["followed_by"]) == (True, False, False)
    for node in (here, there):
        standing = select(func.count()).select_from(Follow).where(Follow.accepted_at.is_not(None))
        assert await node.read(lambda tx, standing=standing: tx.one(standing)) == 0


@pytest.mark.parametrize("forward", [True, False])
async def test_a_report_is_forwarded_in_the_nodes_name_alone(nodes: Network, *, forward: bool) -> None:
    here, there = await nodes.node("a"), await nodes.node("b")
    mine, bea = await phone(here, await here.person("anna")), await there.person("bea")
    post = await there.post(bea, "rude")
    bea_id = await found(mine, "bea@b.test")
    (status,) = (await mine.get("/api/v2/search", "Search", q=post.uri, resolve="true"))["statuses"]
    report = {"account_id": bea_id, "status_ids": [status["id"]], "comment": "Insults", "forward": forward}
    made = await mine.post("/api/v1/reports", "Report", **report)
    assert made["forwarded"] is forward
    await nodes.settle()
    told = await there.read(moderation.open_reports)
    assert len(told) == int(forward)
    for one in told:
        assert (one.target_id, one.posts, one.text) == (bea.id, [post.id], "Insults")
        reporter = await there.read(lambda tx, one=one: actor_rows.known(tx, one.reporter_id or 0))
        assert reporter.type == "Application"
