"""OAuth 2 as far as programs speak it: tokens for codes, their end, who is behind one, and what is offered (RFC 6749,
7009, 8414). The page on which a person lets an app in is the browsers'."""

import binascii
from base64 import b64decode
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final
from urllib.parse import unquote_plus

import orjson
from aiohttp import web

from federation.errors import FederationError
from node.database import Transaction
from node.database.tables import OAuthApp
from node.errors import Invalid
from node.mastodon.answers import Answer
from node.mastodon.calls import Call
from node.mastodon.entities.accounts import Entity
from node.mastodon.entities.apps import token as token_entity, user_info
from node.mastodon.routing import Access, Routes
from node.middleware.logs import note_refusal
from node.middleware.state import Handler
from node.services import oauth as services, scopes
from node.services.oauth import ClientError, GrantError

NOT_KEPT: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
"""RFC 6749, section 5.1."""
_STATUS: Final = {"invalid_client": 401, "unauthorized_client": 403}


def in_oauth_terms(handler: Handler) -> Handler:
    """Every refusal has a code of RFC 6749, section 5.2, and a text: apps read both."""

    @wraps(handler)
    async def respond(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except GrantError as error:
            return _refusal(request, error.code, str(error))
        except (Invalid, FederationError) as error:
            return _refusal(request, "invalid_request", str(error))

    return respond


def _refusal(request: web.Request, code: str, text: str) -> web.Response:
    status = _STATUS.get(code, 400)
    note_refusal(request, status, f"oauth.{code}")
    body = orjson.dumps({"error": code, "error_description": text})
    response = web.Response(body=body, status=status, content_type="application/json", headers=NOT_KEPT)
    if status == 401 and _basic(request) is not None:
        response.headers["WWW-Authenticate"] = 'Basic realm="Ordito"'
    return response


routes = Routes(around=in_oauth_terms)
open_routes = Routes()


@routes.post("/oauth/token", access=Access.CLIENT, takes="token_request", returns="Token")
async def token(call: Call) -> Any:
    grant = _GRANTS.get(call.get("grant_type", ""))
    if grant is None:
        raise _unsupported(call.get("grant_type"))
    entity = await call.run(lambda tx: grant(tx, call))
    if entity is None:  # what was done about a code that comes a second time is committed by now
        raise services.CodeError
    return Answer(entity, headers=NOT_KEPT)


def _unsupported(grant_type: str | None) -> GrantError:
    if not grant_type:
        return GrantError("Missing required parameter: grant_type.", "invalid_request")
    text = "The authorization grant type is not supported by the authorization server."
    return GrantError(text, "unsupported_grant_type")


async def _by_code(tx: Transaction, call: Call) -> Entity | None:
    app = await _client(tx, call)
    for name in ("code", "redirect_uri"):
        if not call.get(name):
            raise GrantError(f"Missing required parameter: {name}.", "invalid_request")
    code, redirect_uri = call.get("code"), call.get("redirect_uri")
    verifier = call.get("code_verifier")
    issued = await services.exchange(tx, app, code=code, redirect_uri=redirect_uri, verifier=verifier)
    return None if issued is None else token_entity(*issued, tx.now)


async def _for_app(tx: Transaction, call: Call) -> Entity:
    app = await _client(tx, call)
    wanted = scopes.wanted(call.get("scope"))
    if not wanted or not scopes.within(wanted, app.scopes):
        raise GrantError("The requested scope is invalid, unknown, or malformed.", "invalid_scope")
    return token_entity(await services.issue_to_app(tx, app, wanted), wanted, tx.now)


_GRANTS: Final[dict[str, Callable[[Transaction, Call], Awaitable[Entity | None]]]] = {
    "authorization_code": _by_code,
    "client_credentials": _for_app,
}


async def _client(tx: Transaction, call: Call) -> OAuthApp:
    """By the header, or by what was sent. Raises `ClientError`."""
    sent = _basic(call.request) or (call.get("client_id", ""), call.get("client_secret", ""))
    return await services.authenticated(tx, *sent)


def _basic(request: web.Request) -> tuple[str, str] | None:
    """Id and secret, each encoded as in a form (RFC 6749, section 2.3.1)."""
    kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        name, _, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(name), unquote_plus(secret)


@routes.post("/oauth/revoke", access=Access.CLIENT, takes="revocation", returns="Empty")
async def revoke(call: Call) -> Any:
    async def work(tx: Transaction) -> bool:
        try:
            app = await _client(tx, call)
        except ClientError:
            return False
        return await services.revoke(tx, app, call.get("token", ""))

    if not await call.run(work):
        raise GrantError("You are not authorized to revoke this token", "unauthorized_client")
    return Answer({}, headers=NOT_KEPT)


@open_routes.get("/oauth/userinfo", "profile", returns="UserInfo")
@open_routes.post("/oauth/userinfo", "profile", returns="UserInfo")
async def userinfo(call: Call) -> Any:
    return user_info(call.actor, call.context.settings.base_url)


@open_routes.get("/.well-known/oauth-authorization-server", access=Access.ANYBODY, returns="OAuthServer")
async def metadata(call: Call) -> Any:
    """From the public address, whatever a proxy made of the request: Mastodon.py takes https alone."""
    base_url = call.context.settings.base_url
    return {
        "issuer": base_url,
        "authorization_endpoint": f"{base_url}/oauth/authorize",
        "token_endpoint": f"{base_url}/oauth/token",
        "revocation_endpoint": f"{base_url}/oauth/revoke",
        "userinfo_endpoint": f"{base_url}/oauth/userinfo",
        "app_registration_endpoint": f"{base_url}/api/v1/apps",
        "service_documentation": "https://docs.joinmastodon.org/",
        "scopes_supported": list(scopes.ALL),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(_GRANTS),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    }
