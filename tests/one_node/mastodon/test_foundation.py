"""What every route of the client API has in common: tokens, scopes, errors, CORS, limits, pages."""

import re
from datetime import timedelta

import aiohttp
import pytest

from node.database import Transaction
from node.services import oauth, users
from tests.apps import Phone, phone
from tests.nodes import Network, Node

pytestmark = pytest.mark.both_databases

ME = "/api/v1/accounts/verify_credentials"
HOME = "/api/v1/timelines/home"


async def test_her_token_says_who_she_is(node: Node) -> None:
    anna = await node.person("anna")
    mine = await phone(node, anna)
    me = await mine.get(ME, "CredentialAccount")
    assert (me["id"], me["acct"], me["source"]["privacy"]) == (str(anna.id), "anna", "public")


async def test_errors_are_json_that_any_origin_may_read(node: Node) -> None:
    anna = await node.person("anna")
    mine, nobody = await phone(node, anna), Phone(node)
    wrong = Phone(node, "no-such-token")
    narrow = await phone(node, anna, "write:statuses")
    for app, method, path, status, error in (
        (nobody, "GET", ME, 401, "This method requires an authenticated user"),
        (wrong, "GET", ME, 401, "The access token is invalid"),
        (wrong, "GET", f"/api/v1/accounts/{anna.id}", 401, "The access token is invalid"),
        (narrow, "GET", ME, 403, "This action is outside the authorized scopes"),
        (mine, "GET", "/api/v1/accounts/1", 404, "Record not found"),
        (mine, "GET", "/api/v1/statuses/99999999999999999999", 404, "Record not found"),
        (mine, "GET", f"{HOME}?limit=-1", 422, "The limit must not be negative."),
        (mine, "GET", "/api/v1/nothing", 404, "There is nothing at this address."),
        (mine, "DELETE", ME, 405, "This address does not take that kind of request."),
    ):
        answered = await app.ask(method, path, headers={"Accept": "text/html", "Origin": "https://phanpy.example"})
        assert (answered.status, answered.body) == (status, {"error": error}), path
        assert answered.headers["Access-Control-Allow-Origin"] == "*"
        assert ("WWW-Authenticate" in answered.headers) == (status == 401)


@pytest.mark.parametrize("named", ["9223372036854775808", "9999999999999999999", "-1", "x", "٣"])
async def test_what_cannot_be_an_id_is_nobodys(node: Node, named: str) -> None:
    """Larger than any that a column takes, for instance."""
    mine = await phone(node, await node.person("anna"))
    status = await mine.post("/api/v1/statuses", "Status", status="Ciao")
    made = await mine.post("/api/v2/filters", "Filter", title="x", context=["home"])
    reading = await mine.post("/api/v1/lists", "List", title="x")
    words = [{"id": named, "keyword": "x"}]
    for method, path, sent, expected in (
        ("GET", "/api/v1/statuses", {"id": [named]}, 200),
        ("GET", "/api/v1/accounts", {"id": [named]}, 200),
        ("GET", "/api/v1/accounts/relationships", {"id": [named]}, 200),
        ("GET", "/api/v1/accounts/familiar_followers", {"id": [named]}, 200),
        ("GET", "/api/v2/search", {"q": "x", "account_id": named}, 200),
        ("GET", "/api/v1/notifications", {"account_id": named}, 200),
        ("POST", "/api/v1/notifications/requests/accept", {"id": [named]}, 200),
        ("POST", "/api/v1/markers", {"home": {"last_read_id": named}}, 200),
        ("POST", "/api/v1/reports", {"account_id": named}, 404),
        ("POST", "/api/v1/statuses", {"status": "x", "in_reply_to_id": named}, 404),
        ("POST", "/api/v1/statuses", {"status": "x", "media_ids": [named]}, 422),
        ("PUT", f"/api/v1/statuses/{status['id']}", {"status": "x", "media_attributes": [{"id": named}]}, 200),
        ("POST", f"/api/v2/filters/{made['id']}/statuses", {"status_id": named}, 404),
        ("PUT", f"/api/v2/filters/{made['id']}", {"keywords_attributes": words}, 200),
        ("POST", f"/api/v1/lists/{reading['id']}/accounts", {"account_ids": [named]}, 200),
    ):
        answered = await mine.ask(method, path, json=sent)
        assert answered.status == expected, (path, answered.body)


async def test_a_preflight_is_answered_without_a_token(node: Node) -> None:
    wanted = {"Origin": "https://elk.example", "Access-Control-Request-Headers": "authorization, idempotency-key"}
    answered = await Phone(node).ask("OPTIONS", "/api/v1/statuses", headers=wanted)
    assert answered.status == 204
    assert answered.headers["Access-Control-Allow-Headers"] == "authorization, idempotency-key"
    assert "POST" in answered.headers["Access-Control-Allow-Methods"]


async def test_a_slash_at_the_end_is_the_same_address(node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    assert await mine.get(f"{ME}/") == await mine.get(ME)


async def test_a_page_names_the_next_one_first(node: Node) -> None:
    anna = await node.person("anna")
    mine = await phone(node, anna)
    assert "Link" not in (await mine.ask("GET", HOME)).headers
    written = [await node.post(anna, f"number {number}") for number in range(3)]
    answered = await mine.ask("GET", f"{HOME}?limit=2&since_id=1")
    assert [status["id"] for status in answered.body] == [str(post.id) for post in reversed(written[1:])]
    first, last = written[2].id, written[1].id
    base = f"{node.base}{HOME}?limit=2"
    assert answered.headers["Link"] == f'<{base}&max_id={last}>; rel="next", <{base}&min_id={first}>; rel="prev"'
    older = await mine.get(f"{HOME}?limit=2&max_id={last}", "[Status]")
    assert [status["id"] for status in older] == [str(written[0].id)]


async def test_calls_are_counted_by_token(nodes: Network, node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    first = await mine.ask("GET", ME)
    assert (first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Remaining"]) == ("300", "299")
    assert re.fullmatch(r"[0-9-]{10}T[0-9:]{8}\.[0-9]{3}Z", first.headers["X-RateLimit-Reset"])
    for _ in range(299):
        await mine.get(ME)
    refused = await mine.ask("GET", ME)
    assert (refused.status, refused.body) == (429, {"error": "Too many requests"})
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    nodes.clock.at += timedelta(minutes=5)
    assert (await mine.ask("GET", ME)).status == 200


async def disable(tx: Transaction) -> None:
    await users.disable(tx, (await users.required(tx, "anna"))[0])


async def test_who_is_disabled_is_told_so(node: Node) -> None:
    anna = await node.person("anna")
    mine = await phone(node, anna)
    assert (await mine.ask("GET", ME)).status == 200
    await node.do(disable)
    assert (await mine.ask("GET", ME)).status == 401


async def test_a_token_that_ends_while_it_is_looked_up_is_not_kept(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = await phone(node, await node.person("anna"))
    stored = oauth.bearer

    async def overtaken(tx: Transaction, hashed: str) -> oauth.Bearer | None:
        found = await stored(tx, hashed)
        monkeypatch.undo()
        await node.do(disable)
        return found

    monkeypatch.setattr(oauth, "bearer", overtaken)
    await mine.ask("GET", ME)
    assert (await mine.ask("GET", ME)).status == 401


async def test_a_form_in_parts_is_bounded_before_it_is_taken_apart(node: Node) -> None:
    """A part is read whole: without a bound of the body one request could fill the memory."""
    nobody, app = Phone(node), {"client_name": "Ivory", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"}
    for more, status in (({}, 200), ({"website": "x" * 600_000}, 413), ({f"n{n}": "x" for n in range(500)}, 400)):
        with aiohttp.MultipartWriter("form-data") as form:
            for name, value in (app | more).items():
                form.append(value).set_content_disposition("form-data", name=name)
        answered = await nobody.ask("POST", "/api/v1/apps", data=form)
        assert answered.status == status, answered.body
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    for broken in (
        b"no parts at all",
        b"--b\r\n\r\nnameless\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n\xff\r\n--b--\r\n',
    ):
        answered = await nobody.ask("POST", "/api/v1/apps", data=broken, headers=headers)
        assert answered.status == 400, (broken, answered.body)
