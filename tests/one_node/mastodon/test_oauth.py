"""Tokens for codes, their end, and what is offered: the words of RFC 6749 as apps match them."""

from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from tests.apps import Answered, Phone, check_entity, phone
from tests.nodes import Network, Node
from tests.one_node.browsing import Browser, signed_in
from tests.one_node.mastodon.letting_in import VERIFIER, App, challenge, register

ME = "/api/v1/accounts/verify_credentials"
TOKEN = "/oauth/token"
INVALID_GRANT = {
    "error": "invalid_grant",
    "error_description": "The provided authorization grant is invalid, expired, revoked, does not match the "
    "redirection URI used in the authorization request, or was issued to another client.",
}


@pytest.fixture
async def app(node: Node) -> App:
    return await register(node)


@pytest.fixture
async def browser(node: Node):
    async with await signed_in(node, await node.person("anna")) as found:
        yield found


async def ask(app: App, **how: Any) -> Answered:
    return await Phone(app.node).ask("POST", TOKEN, **how)


@pytest.mark.parametrize("form", ["urlencoded", "json", "multipart", "query", "basic"])
async def test_a_code_becomes_a_token_in_any_form(app: App, browser: Browser, form: str) -> None:
    sent = app.grant(await app.code(browser))
    match form:
        case "json":
            answered = await ask(app, json=sent)
        case "multipart":
            answered = await ask(app, data=aiohttp.FormData(sent, default_to_multipart=True))
        case "query":
            answered = await ask(app, params=sent)
        case "basic":
            bare = {key: value for key, value in sent.items() if not key.startswith("client_")}
            answered = await ask(app, data=bare, headers={"Authorization": app.basic})
        case _:
            answered = await ask(app, data=sent)
    assert answered.status == 200, answered.body
    check_entity("Token", answered.body)
    assert answered.body["scope"] == "read write follow push"
    assert answered.headers["Cache-Control"] == "no-store"
    assert answered.headers["Access-Control-Allow-Origin"] == "*"
    me = await Phone(app.node, answered.body["access_token"]).get(ME, "CredentialAccount")
    assert me["acct"] == "anna"


async def test_a_code_works_once_and_a_second_use_takes_the_token_away(app: App, browser: Browser) -> None:
    code = await app.code(browser)
    first = await app.exchange(code)
    hers = Phone(app.node, first.body["access_token"])
    assert (await hers.ask("GET", ME)).status == 200
    for _ in range(2):
        second = await app.exchange(code)
        assert (second.status, second.body) == (400, INVALID_GRANT)
        refused = await hers.ask("GET", ME)
        assert (refused.status, refused.body) == (401, {"error": "The access token is invalid"})
    assert await app.token(browser)


async def test_a_code_lasts_ten_minutes(nodes: Network, app: App, browser: Browser) -> None:
    old, fresh = await app.code(browser), await app.code(browser)
    nodes.clock.at += timedelta(minutes=9)
    assert (await app.exchange(fresh)).status == 200
    nodes.clock.at += timedelta(minutes=2)
    assert (await app.exchange(old)).body == INVALID_GRANT


async def test_a_code_is_bound_to_its_app_and_its_address(node: Node, app: App, browser: Browser) -> None:
    other = await register(node)
    code = await app.code(browser)
    for answered in (
        await other.exchange(code),
        await app.exchange(code, redirect_uri="https://app.example/other"),
        await app.exchange("made-up"),
    ):
        assert (answered.status, answered.body) == (400, INVALID_GRANT)
        assert answered.headers["Cache-Control"] == "no-store"
    assert (await app.exchange(code)).status == 200


async def test_a_proof_of_the_question_is_asked_for_once_it_was_begun(app: App, browser: Browser) -> None:
    proven = {"code_challenge": challenge(), "code_challenge_method": "S256"}
    code = await app.code(browser, **proven)
    for wrong in ({}, {"code_verifier": "w" * 43}, {"code_verifier": challenge()}):
        assert (await app.exchange(code, **wrong)).body == INVALID_GRANT
    assert (await app.exchange(code, code_verifier=VERIFIER)).status == 200
    assert (await app.exchange(await app.code(browser), code_verifier=VERIFIER)).status == 200


async def test_a_disabled_account_gets_no_token(app: App, browser: Browser) -> None:
    from node.services import users  # noqa: PLC0415  # only here

    code = await app.code(browser)

    async def switch(tx: Any, *, off: bool) -> None:
        user, _ = await users.required(tx, "anna")
        await (users.disable if off else users.enable)(tx, user)

    await app.node.do(lambda tx: switch(tx, off=True))
    assert (await app.exchange(code)).body == INVALID_GRANT
    await app.node.do(lambda tx: switch(tx, off=False))
    assert (await app.exchange(code)).body == INVALID_GRANT


@pytest.mark.parametrize(
    ("sent", "status", "error"),
    [
        ({"grant_type": "password", "username": "anna", "password": "x"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, 400, "unsupported_grant_type"),
        ({}, 400, "invalid_request"),
        ({"grant_type": "authorization_code"}, 400, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x"}, 400, "invalid_request"),
        ({"grant_type": "client_credentials", "scope": "admin:read"}, 400, "invalid_scope"),
        ({"grant_type": "client_credentials", "scope": "made:up"}, 400, "invalid_scope"),
        ({"grant_type": "client_credentials", "client_secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": ["a"]}, 400, "invalid_request"),
    ],
)
async def test_every_refusal_has_a_code_and_a_text(app: App, sent: dict[str, Any], status: int, error: str) -> None:
    answered = await ask(app, json=app.secrets | sent)
    assert (answered.status, answered.body["error"]) == (status, error)
    assert set(answered.body) == {"error", "error_description"}
    assert answered.headers["Cache-Control"] == "no-store"
    assert answered.headers["Access-Control-Allow-Origin"] == "*"
    if error == "invalid_client":  # Elk registers anew on exactly this beginning
        assert answered.body["error_description"].startswith("Client authentication failed")


@pytest.mark.parametrize("header", ["Basic", "Basic !", "Basic /w==", "Basic eDp5"])
async def test_a_wrong_basic_header_is_no_app(app: App, header: str) -> None:
    sent = {"grant_type": "client_credentials", **app.secrets}
    answered = await ask(app, data=sent, headers={"Authorization": header})
    assert (answered.status, answered.body["error"]) == (401, "invalid_client")
    assert answered.headers["WWW-Authenticate"].startswith("Basic")


async def test_an_app_by_itself_is_nobody(app: App) -> None:
    own = Phone(app.node, await app.own_token())
    refused = await own.ask("GET", ME)
    assert (refused.status, refused.body) == (422, {"error": "This method requires an authenticated user"})
    default = await ask(app, data={"grant_type": "client_credentials", **app.secrets})
    assert default.body["scope"] == "read"


async def test_a_new_token_leaves_the_old_one(app: App, browser: Browser, node: Node) -> None:
    first, second = await app.token(browser), await app.token(browser)
    async with await signed_in(node, await node.person("maria")) as other:
        third = await app.token(other)
    found = [(await Phone(node, token).get(ME))["acct"] for token in (first, second, third)]
    assert found == ["anna", "anna", "maria"]


async def test_a_token_is_revoked_by_its_app_alone(app: App, browser: Browser, node: Node) -> None:
    token, kept = await app.token(browser), await app.token(browser)
    stranger = await register(node)
    for wrong in (stranger.secrets, app.secrets | {"client_secret": "x"}, {}):
        answered = await Phone(node).ask("POST", "/oauth/revoke", data={**wrong, "token": token})
        text = "You are not authorized to revoke this token"
        expected = {"error": "unauthorized_client", "error_description": text}
        assert (answered.status, answered.body) == (403, expected)
        assert (await Phone(node, token).ask("GET", ME)).status == 200
    for form in ("data", "json"):
        answered = await Phone(node).ask("POST", "/oauth/revoke", **{form: {**app.secrets, "token": token}})
        assert (answered.status, answered.body) == (200, {})
        assert (await Phone(node, token).ask("GET", ME)).status == 401
    assert (await Phone(node, kept).ask("GET", ME)).status == 200


async def test_who_is_behind_a_token(node: Node) -> None:
    anna = await node.person("anna")
    narrow = await phone(node, anna, "profile")
    for method in ("GET", "POST"):
        answered = await narrow.ask(method, "/oauth/userinfo")
        check_entity("UserInfo", answered.body)
        assert (answered.body["sub"], answered.body["preferred_username"]) == (anna.uri, "anna")
    wide = await phone(node, anna, "read")
    assert (await wide.ask("GET", "/oauth/userinfo")).status == 403
    assert (await narrow.ask("GET", ME)).status == 200


async def test_what_is_offered_is_told(node: Node) -> None:
    answered = await Phone(node).ask("GET", "/.well-known/oauth-authorization-server")
    check_entity("OAuthServer", answered.body)
    assert answered.headers["Access-Control-Allow-Origin"] == "*"
    assert answered.body["issuer"] == node.base
    for name in ("token_endpoint", "revocation_endpoint", "app_registration_endpoint"):
        answer = await Phone(node).ask("POST", answered.body[name])
        assert answer.status in {400, 403, 422}, name
    assert "write:statuses" in answered.body["scopes_supported"]
