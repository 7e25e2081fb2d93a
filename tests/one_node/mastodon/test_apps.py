"""Apps that register themselves, with the addresses that real ones have."""

from typing import Any

import pytest

from node.database.tables import OAuthApp
from node.queries import apps as app_rows
from node.services.tokens import token_hash
from tests.apps import Phone, check_entity, phone
from tests.nodes import Node
from tests.one_node.mastodon.letting_in import CALLBACK, register

APPS = "/api/v1/apps"
REAL = [
    "urn:ietf:wg:oauth:2.0:oob",
    "https://phanpy.social/",
    "https://elk.zone/api/SERVER/oauth/https%3A%2F%2Felk.zone",
    "oauth2redirect://com.keylesspalace.tusky/",
    "icecubesapp://",
    "com.tapbots.Ivory.10217:/request_token",
    "moshidon-android-auth://callback",
    "org.joinmastodon.android-auth://callback",
    "fedilab://backtofedilab",
]
"""Of toot and Mastodon.py, Phanpy, Elk, Tusky, Ice Cubes, Ivory, Moshidon, Mastodon for Android, Fedilab."""


@pytest.mark.parametrize("uri", REAL)
async def test_a_real_address_is_kept_letter_by_letter(sqlite_nodes, uri: str) -> None:
    node = await sqlite_nodes.node("a")
    app = await Phone(node).post(APPS, "CredentialApplication", client_name="x", redirect_uris=uri)
    assert (app["redirect_uri"], app["redirect_uris"], app["scopes"]) == (uri, [uri], ["read"])


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "JavaScript://x/%0aalert(1)",
        "data:text/html,x",
        "vbscript:x",
        "/back",
        "//app.example/back",
        "app.example/back",
        "https://app.example/a b",
        "",
    ],
)
async def test_a_dangerous_or_relative_address_is_refused(sqlite_nodes, uri: str) -> None:
    node = await sqlite_nodes.node("a")
    answered = await Phone(node).ask("POST", APPS, json={"client_name": "x", "redirect_uris": uri})
    expected = "Redirect URI must be an absolute URI." if uri else "Redirect URI can't be blank"
    assert (answered.status, answered.body) == (422, {"error": f"Validation failed: {expected}"})


TWO = ["https://app.example/a", "app://b"]
LINES = "\n".join(TWO)


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"redirect_uris": LINES}},
        {"data": {"redirect_uris": LINES.replace("\n", "\r\n")}},
        {"data": [("redirect_uris[]", uri) for uri in TWO]},
        {"json": {"redirect_uris": LINES}},
        {"json": {"redirect_uris": TWO}},
        {"params": {"redirect_uris": LINES}},
    ],
    ids=["form", "form-crlf", "form-list", "json", "json-list", "query"],
)
async def test_an_app_registers_in_any_form(node: Node, sent: dict[str, Any]) -> None:
    values = {"client_name": "App", "scopes": "read write made:up", "website": "https://app.example"}
    for kind, given in list(sent.items()):
        pairs = list(values.items())
        sent = {kind: [*pairs, *given] if isinstance(given, list) else {**values, **given}}
    answered = await Phone(node).ask("POST", APPS, headers={"Origin": "https://phanpy.example"}, **sent)
    check_entity("CredentialApplication", answered.body)
    assert answered.body["redirect_uris"] == TWO
    assert answered.body["scopes"] == ["read", "write"]
    assert answered.headers["Access-Control-Allow-Origin"] == "*"


async def test_an_app_registers_by_multipart(node: Node) -> None:
    import aiohttp  # noqa: PLC0415  # only here

    form = aiohttp.FormData({"client_name": "App", "redirect_uris": LINES, "scopes": "read"}, default_to_multipart=True)
    answered = await Phone(node).ask("POST", APPS, data=form)
    assert (answered.status, answered.body["redirect_uris"]) == (200, TWO)


async def test_a_secret_is_shown_once_and_kept_as_a_hash(node: Node) -> None:
    app = await register(node)

    async def stored(tx: Any) -> OAuthApp | None:
        return await app_rows.by_client_id(tx, app.credentials["client_id"])

    row = await node.read(stored)
    assert row.secret_hash == token_hash(app.credentials["client_secret"])
    own = await Phone(node, await app.own_token()).get(f"{APPS}/verify_credentials", "Application")
    assert own == {key: app.credentials[key] for key in own}
    assert not {"client_id", "client_secret"} & own.keys()
    assert own["redirect_uris"] == [CALLBACK]


async def test_who_is_no_app_is_told_nothing(node: Node) -> None:
    made_by_hand = await phone(node, await node.person("anna"))
    for other in (Phone(node), Phone(node, "no-such-token"), made_by_hand):
        assert (await other.ask("GET", f"{APPS}/verify_credentials")).status == 401


async def test_a_name_is_needed(node: Node) -> None:
    for name in ("", "   ", "x" * 101):
        answered = await Phone(node).ask("POST", APPS, json={"client_name": name, "redirect_uris": CALLBACK})
        assert answered.status == 422
        assert "Name" in answered.body["error"]
