"""What moderators and operators do from their apps, and that nobody else does."""

from typing import Any

from federation.addressing import Visibility
from node.database import Transaction
from node.database.tables import Actor, Post
from node.queries import actors as actor_rows, users as user_rows
from node.services import node_actor, reports
from tests.apps import Phone, phone
from tests.nodes import Network, Node
from tests.strangers import Stranger

ACCOUNTS, REPORTS, BLOCKS = (f"/api/v1/admin/{name}" for name in ("accounts", "reports", "domain_blocks"))
SCOPES = "read write admin:read admin:write"


async def team(node: Node) -> tuple[Phone, Phone, Phone]:
    """An operator, a moderator and a member, each with an app that asked for everything."""
    people = [await node.person(role, role=role) for role in ("operator", "moderator", "member")]
    operator, moderator, member = [await phone(node, one, SCOPES) for one in people]
    return operator, moderator, member


async def reported(node: Node, target: Actor, *posts: Post, by: str = "quiet") -> str:
    """The id of a report by somebody who does not want to be known."""

    async def work(tx: Transaction) -> int:
        reporter = await actor_rows.required_local(tx, by)
        return await reports.file(tx, await node_actor.required(tx), reporter, target, posts, "Look at this")

    return str(await node.do(work))


async def names(app: Phone, path: str, **params: Any) -> list[str]:
    return [item["username"] for item in await app.get(path, "[AdminAccount]", **params)]


async def test_only_the_team_with_the_scope_may(node: Node) -> None:
    operator, moderator, member = await team(node)
    for path in (ACCOUNTS, "/api/v2/admin/accounts", REPORTS, BLOCKS):
        for app in (operator, moderator):
            assert (await app.ask("GET", path)).status == 200
        refused = await member.ask("GET", path)
        assert (refused.status, refused.body) == (403, {"error": "This action is not allowed"})
        assert (await Phone(node).ask("GET", path)).status == 401
    assert (await moderator.ask("POST", BLOCKS, json={"domain": "bad.test"})).status == 403
    assert (await moderator.ask("GET", "/api/v1/admin/domain_allows")).status == 404


async def test_the_scope_alone_opens_nothing_and_is_needed(node: Node) -> None:
    anna = await node.person("anna", role="operator")
    without = await phone(node, anna, "read write follow push")
    refused = await without.ask("GET", ACCOUNTS)
    assert (refused.status, refused.body) == (403, {"error": "This action is outside the authorized scopes"})
    reads = await phone(node, anna, "admin:read:accounts")
    assert (await reads.ask("GET", f"{ACCOUNTS}/{anna.id}")).status == 200
    assert (await reads.ask("GET", REPORTS)).status == 403
    assert (await reads.ask("POST", f"{ACCOUNTS}/{anna.id}/enable")).status == 403


async def test_accounts_are_looked_through(nodes: Network, node: Node) -> None:
    operator, moderator, _ = await team(node)
    stranger = Stranger(nodes, "c")
    await stranger.serve()
    stranger.person("dora")
    dora = await node.find("dora@c.test")
    v2 = "/api/v2/admin/accounts"
    assert await names(operator, v2, origin="local") == ["member", "moderator", "operator"]
    assert await names(operator, v2, origin="remote") == ["dora"]
    assert await names(operator, v2, by_domain="c.test", status="active") == ["dora"]
    assert await names(operator, v2, permissions="staff") == ["moderator", "operator"]
    assert await names(operator, v2, username="MEM") == ["member"]
    assert await names(operator, v2, status="silenced") == []
    assert await names(operator, v2, ip="192.0.2.1") == []
    assert await names(operator, ACCOUNTS, local="true", staff="true") == ["moderator", "operator"]
    assert await names(operator, ACCOUNTS, remote="true") == ["dora"]
    first = await operator.ask("GET", f"{v2}?limit=1&origin=local")
    assert [item["username"] for item in first.body] == ["member"]
    assert "origin=local" in first.headers["Link"]
    assert await names(operator, first.headers["Link"].partition(">")[0].strip("<")) == ["moderator"]
    one = await moderator.get(f"{ACCOUNTS}/{dora.id}", "AdminAccount")
    assert (one["domain"], one["role"], one["ip"], one["ips"]) == ("c.test", None, None, [])


async def test_only_operators_read_an_email_address(node: Node) -> None:
    operator, moderator, _ = await team(node)
    anna = await node.person("anna")

    async def work(tx: Transaction) -> None:
        user = await user_rows.by_actor(tx, anna.id)
        assert user is not None
        await user_rows.change(tx, user, email="anna@mail.test")

    await node.do(work)
    assert (await operator.get(f"{ACCOUNTS}/{anna.id}", "AdminAccount"))["email"] == "anna@mail.test"
    assert (await moderator.get(f"{ACCOUNTS}/{anna.id}", "AdminAccount"))["email"] == ""


async def test_an_account_is_disabled_suspended_and_comes_back(node: Node) -> None:
    operator, moderator, _ = await team(node)
    anna = await node.person("anna")
    hers = await phone(node, anna)
    path = f"{ACCOUNTS}/{anna.id}"
    assert await moderator.post(f"{path}/action", type="disable") == {}
    assert (await hers.ask("GET", "/api/v1/timelines/home")).status == 401
    assert (await moderator.get(path, "AdminAccount"))["disabled"] is True
    assert (await moderator.post(f"{path}/enable", "AdminAccount"))["disabled"] is False
    assert await moderator.post(f"{path}/action", type="suspend") == {}
    assert await names(moderator, "/api/v2/admin/accounts", status="suspended") == ["anna"]
    assert (await moderator.ask("DELETE", path)).status == 403
    assert (await moderator.post(f"{path}/unsuspend", "AdminAccount"))["suspended"] is False
    assert (await operator.ask("DELETE", path)).status == 403
    await moderator.post(f"{path}/action", type="suspend")
    gone = await operator.delete(path, "AdminAccount")
    assert gone["username"] == "anna"
    assert (await operator.ask("GET", path)).status == 404


async def test_what_the_node_cannot_do_says_so(node: Node) -> None:
    _, moderator, _ = await team(node)
    anna = await node.person("anna")
    for action in ("silence", "sensitive"):
        refused = await moderator.ask("POST", f"{ACCOUNTS}/{anna.id}/action", json={"type": action})
        assert (refused.status, "does not limit accounts" in refused.body["error"]) == (422, True)
    for verb in ("unsilence", "unsensitive"):
        found = await moderator.post(f"{ACCOUNTS}/{anna.id}/{verb}", "AdminAccount")
        assert (found["silenced"], found["sensitized"]) == (False, False)
    assert (await moderator.ask("POST", f"{ACCOUNTS}/{anna.id}/reject")).status == 403
    assert (await moderator.ask("POST", f"{ACCOUNTS}/{anna.id}/approve")).status == 422
    assert (await moderator.ask("POST", f"{ACCOUNTS}/1/action", json={"type": "none"})).status == 404


async def test_nobody_acts_on_those_of_her_own_rank_or_above(node: Node) -> None:
    _, moderator, _ = await team(node)
    for name in ("operator", "moderator"):
        target = await node.find(f"{name}@a.test")
        refused = await moderator.ask("POST", f"{ACCOUNTS}/{target.id}/action", json={"type": "suspend"})
        assert (refused.status, refused.body) == (403, {"error": "This action is not allowed"})
    other = await node.find("member@a.test")
    assert await moderator.post(f"{ACCOUNTS}/{other.id}/action", type="suspend") == {}


async def test_who_waits_is_let_in_or_turned_away(node: Node) -> None:
    _, moderator, _ = await team(node)
    anna, bea = await node.person("anna"), await node.person("bea")

    async def wait(tx: Transaction, actor: Actor) -> None:
        user = await user_rows.by_actor(tx, actor.id)
        assert user is not None
        await user_rows.change(tx, user, pending_since=tx.now, request="Please")
        await actor_rows.change(tx, await actor_rows.known(tx, actor.id), suspended_at=tx.now)

    for one in (anna, bea):
        await node.do(lambda tx, one=one: wait(tx, one))
    assert await names(moderator, "/api/v2/admin/accounts", status="pending") == ["bea", "anna"]
    assert await names(moderator, "/api/v2/admin/accounts", status="suspended") == []
    assert (await moderator.ask("POST", f"{ACCOUNTS}/{anna.id}/unsuspend")).status == 422
    found = await moderator.get(f"{ACCOUNTS}/{anna.id}", "AdminAccount")
    assert (found["approved"], found["invite_request"]) == (False, "Please")
    assert (await moderator.post(f"{ACCOUNTS}/{anna.id}/approve", "AdminAccount"))["approved"] is True
    await moderator.post(f"{ACCOUNTS}/{bea.id}/reject", "AdminAccount")
    assert (await moderator.ask("GET", f"{ACCOUNTS}/{bea.id}")).status == 404


async def test_reports_are_looked_after(node: Node) -> None:
    """Whatever was reported is read, and who reported it is nobody."""
    _, moderator, _ = await team(node)
    troll, quiet = await node.person("troll"), await node.person("quiet")
    words = await node.post(troll, "words @quiet@a.test", visibility=Visibility.DIRECT)
    report_id = await reported(node, troll, words)
    (found,) = await moderator.get(REPORTS, "[AdminReport]")
    assert (found["id"], found["target_account"]["username"]) == (report_id, "troll")
    assert [status["id"] for status in found["statuses"]] == [str(words.id)]
    assert (found["account"]["username"], found["account"]["domain"]) == ("a.test", "a.test")
    assert "quiet" not in str({**found, "statuses": []})
    assert await moderator.get(REPORTS, "[AdminReport]", account_id=str(quiet.id)) == []
    assert len(await moderator.get(REPORTS, "[AdminReport]", target_account_id=str(troll.id))) == 1
    path = f"{REPORTS}/{report_id}"
    me = await moderator.get("/api/v1/accounts/verify_credentials")
    assert (await moderator.post(f"{path}/assign_to_self", "AdminReport"))["assigned_account"]["id"] == me["id"]
    assert (await moderator.post(f"{path}/unassign", "AdminReport"))["assigned_account"] is None
    assert (await moderator.put(path, "AdminReport", category="spam"))["category"] == "spam"
    assert (await moderator.ask("PUT", path, json={"category": "odd"})).status == 422
    resolved = await moderator.post(f"{path}/resolve", "AdminReport")
    assert (resolved["action_taken"], resolved["action_taken_by_account"]["id"]) == (True, me["id"])
    assert await moderator.get(REPORTS) == []
    assert len(await moderator.get(REPORTS, "[AdminReport]", resolved="true")) == 1
    assert (await moderator.post(f"{path}/reopen", "AdminReport"))["action_taken"] is False
    assert (await moderator.ask("GET", f"{REPORTS}/1")).status == 404


async def test_an_action_deals_with_its_reports(node: Node) -> None:
    _, moderator, _ = await team(node)
    troll, _ = await node.person("troll"), await node.person("quiet")
    first, second = await reported(node, troll), await reported(node, troll)
    await moderator.post(f"{ACCOUNTS}/{troll.id}/action", type="none", report_id=first)
    assert [report["id"] for report in await moderator.get(REPORTS)] == [second]
    await moderator.post(f"{ACCOUNTS}/{troll.id}/action", type="suspend")
    assert await moderator.get(REPORTS) == []


async def test_servers_are_blocked_and_heard_again(node: Node) -> None:
    operator, moderator, _ = await team(node)
    made = await operator.post(BLOCKS, "AdminDomainBlock", domain="bad.test", private_comment="Threats")
    assert (made["domain"], made["severity"], made["private_comment"]) == ("bad.test", "suspend", "Threats")
    assert await moderator.get(BLOCKS, "[AdminDomainBlock]") == [made]
    again = await operator.ask("POST", BLOCKS, json={"domain": "BAD.test"})
    assert (again.status, again.body["existing_domain_block"]) == (422, made)
    for wrong in ({"domain": "a.test"}, {"domain": "x.test", "severity": "silence"}):
        assert (await operator.ask("POST", BLOCKS, json=wrong)).status == 422
    path = f"{BLOCKS}/{made['id']}"
    changed = await operator.put(path, "AdminDomainBlock", public_comment="Threatens people")
    assert await moderator.get(path, "AdminDomainBlock") == changed
    assert changed["public_comment"] == "Threatens people"
    await operator.post(BLOCKS, domain="worse.test")
    first = await operator.ask("GET", f"{BLOCKS}?limit=1")
    rest = await operator.get(first.headers["Link"].partition(">")[0].strip("<"), "[AdminDomainBlock]")
    assert {item["domain"] for item in [*first.body, *rest]} == {"bad.test", "worse.test"}
    assert (await moderator.ask("DELETE", path)).status == 403
    assert (await operator.delete(path, "AdminDomainBlock"))["domain"] == "bad.test"
    assert (await operator.ask("GET", path)).status == 404
