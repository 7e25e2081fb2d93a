"""Signing up in an app: nobody, whom somebody lets in, or everybody."""

from typing import Any

import pytest

from node.database.tables import Actor, User
from node.services import sign_ups, users
from tests.apps import Answered, Phone
from tests.nodes import Network, Node
from tests.one_node.browsing import Browser
from tests.one_node.mastodon.letting_in import App, register

ACCOUNTS = "/api/v1/accounts"
ME = f"{ACCOUNTS}/verify_credentials"
ANNA: dict[str, Any] = {
    "username": "anna",
    "email": "anna@mail.example",
    "password": "a long enough password",
    "agreement": True,
    "locale": "it",
    "reason": "I come to the sewing group.",
}
PENDING = {"error": "Your login is currently pending approval"}


async def opened(nodes: Network, mode: str) -> App:
    return await register(await nodes.node("a", ORDITO_SIGN_UP=mode))


async def ask(app: App, **values: Any) -> Answered:
    return await Phone(app.node, await app.own_token()).ask("POST", ACCOUNTS, json=ANNA | values)


async def hers(node: Node, name: str) -> tuple[User, Actor]:
    return await node.read(lambda tx: users.required(tx, name))


async def test_nobody_signs_up_where_that_is_closed(nodes: Network) -> None:
    app = await register(await nodes.node("a"))
    answered = await ask(app)
    assert (answered.status, answered.body) == (403, {"error": "This action is not allowed"})


async def test_everybody_signs_up_where_that_is_open(nodes: Network) -> None:
    app = await opened(nodes, "open")
    answered = await ask(app, reason="")
    assert answered.status == 200, answered.body
    assert answered.body["scope"] == "read write follow push"
    anna = Phone(app.node, answered.body["access_token"])
    me = await anna.get(ME, "CredentialAccount")
    assert (me["acct"], me["role"]["name"]) == ("anna", "")
    assert await anna.get("/api/v1/emails/check_confirmation") is True
    async with Browser(app.node) as browser:
        assert (await browser.sign_in("anna@mail.example", ANNA["password"])).status == 303


async def test_who_has_to_be_let_in_waits_unseen(nodes: Network) -> None:
    app = await opened(nodes, "approval")
    node = app.node
    answered = await ask(app)
    anna = Phone(node, answered.body["access_token"])
    user, actor = await hers(node, "anna")
    assert (user.request, user.email) == (ANNA["reason"], ANNA["email"])
    for path in (ME, "/api/v1/timelines/home"):
        refused = await anna.ask("GET", path)
        assert (refused.status, refused.body) == (403, PENDING)
    assert await anna.get("/api/v1/emails/check_confirmation") is False
    assert (await anna.ask("GET", "/api/v2/instance")).status == 200
    webfinger = "/.well-known/webfinger?resource=acct:anna@a.test"
    for path in (webfinger, "/@anna", "/users/anna"):
        assert (await node.get(path))[0] == 404, path
    async with Browser(node) as browser:
        seen = await browser.sign_in("anna", ANNA["password"])
        assert (seen.status, "waits until the people who run this place" in seen.words) == (403, True)
    assert (await Phone(node).get("/api/v1/instance"))["stats"]["user_count"] == 0

    await node.do(lambda tx: sign_ups.let_in(tx, user, actor))
    assert (await anna.get(ME, "CredentialAccount"))["acct"] == "anna"
    assert await anna.get("/api/v1/emails/check_confirmation") is True
    for path in (webfinger, "/@anna", "/users/anna"):
        assert (await node.get(path))[0] == 200, path
    async with Browser(node) as browser:
        assert (await browser.sign_in("anna", ANNA["password"])).status == 303


@pytest.mark.parametrize(
    ("sent", "part", "code"),
    [
        ({"username": ""}, "username", "ERR_BLANK"),
        ({"username": "a b"}, "username", "ERR_INVALID"),
        ({"username": "a" * 31}, "username", "ERR_TOO_LONG"),
        ({"username": "MARIA"}, "username", "ERR_TAKEN"),
        ({"username": "sewing"}, "username", "ERR_TAKEN"),
        ({"email": "anna"}, "email", "ERR_INVALID"),
        ({"email": ""}, "email", "ERR_INVALID"),
        ({"password": "short"}, "password", "ERR_TOO_SHORT"),
        ({"password": "x" * 1025}, "password", "ERR_TOO_LONG"),
        ({"agreement": False}, "agreement", "ERR_ACCEPTED"),
        ({"reason": " "}, "reason", "ERR_BLANK"),
        ({"reason": "x" * 1001}, "reason", "ERR_TOO_LONG"),
    ],
)
async def test_what_is_wrong_is_told_part_by_part(
    sqlite_nodes: Network, sent: dict[str, Any], part: str, code: str
) -> None:
    app = await opened(sqlite_nodes, "approval")
    maria = await app.node.person("maria")
    await app.node.group("sewing", maria)
    answered = await ask(app, **sent)
    assert answered.status == 422
    assert answered.body["error"].startswith(f"Validation failed: {part.capitalize()} ")
    assert {name: faults[0]["error"] for name, faults in answered.body["details"].items()} == {part: code}
    assert (await ask(app)).status == 200


async def test_nobody_learns_who_is_here_by_trying_addresses(nodes: Network) -> None:
    app = await opened(nodes, "open")
    await ask(app)
    answered = await ask(app, username="other")
    assert answered.status == 200
    assert (await hers(app.node, "other"))[0].email is None
    assert (await hers(app.node, "anna"))[0].email == ANNA["email"]


async def test_only_an_app_signs_people_up(nodes: Network) -> None:
    app = await opened(nodes, "open")
    for token, status in ((None, 401), (await app.own_token("read"), 403)):
        answered = await Phone(app.node, token).ask("POST", ACCOUNTS, json=ANNA)
        assert answered.status == status
    assert (await ask(app)).status == 200


async def test_an_address_is_corrected_while_she_waits(nodes: Network) -> None:
    app = await opened(nodes, "approval")
    anna = Phone(app.node, (await ask(app)).body["access_token"])
    confirmations = "/api/v1/emails/confirmations"
    wrong = await anna.ask("POST", confirmations, json={"email": "x"})
    assert (wrong.status, wrong.body["details"]["email"][0]["error"]) == (422, "ERR_INVALID")
    assert await anna.post(confirmations, "Empty", email="Right@mail.example") == {}
    user, actor = await hers(app.node, "anna")
    assert user.email == "right@mail.example"
    await app.node.do(lambda tx: sign_ups.let_in(tx, user, actor))
    late = await anna.ask("POST", confirmations, json={"email": "late@mail.example"})
    text = "This method is only available while the e-mail is awaiting confirmation"
    assert (late.status, late.body) == (403, {"error": text})
    nobody = await Phone(app.node, await app.own_token()).ask("POST", confirmations)
    assert nobody.status == 401


async def test_sign_ups_are_counted_by_address(sqlite_nodes: Network) -> None:
    app = await opened(sqlite_nodes, "open")
    for _ in range(30):
        assert (await ask(app, username="")).status == 422
    assert (await ask(app)).status == 429
