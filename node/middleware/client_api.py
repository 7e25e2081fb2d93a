"""What every answer of the client API has in common: where it is, CORS for any web client, errors in one form.

Web clients (Phanpy, Elk) run on other origins and send a bearer token, never a cookie: any origin may ask, none may
send credentials.
"""

from typing import Any, Final

import orjson
from aiohttp import web

from node.middleware.state import Handler

_PLACES: Final = ("/api/", "/oauth/token", "/oauth/revoke", "/oauth/userinfo")
_FOUND_BY: Final = ("/.well-known/", "/nodeinfo/", "/media/", "/static/")
_METHODS: Final = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
_USUAL_HEADERS: Final = "Authorization, Content-Type, Idempotency-Key"
_EXPOSED: Final = "Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id"
_REMEMBERED: Final = "86400"
"""Seconds."""


def is_client_api(request: web.BaseRequest) -> bool:
    """Whether an address belongs to the client API: there every answer is JSON, errors too."""
    return request.path.startswith(_PLACES)


def error_response(status: int, message: str, **more: Any) -> web.Response:
    """`{"error": …}`, as Mastodon has it: every client shows the text to the person."""
    body = orjson.dumps({"error": message, **more})
    headers = {"Cache-Control": "no-store", "Vary": "Authorization, Origin"}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="Ordito", error="invalid_token"'
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)


@web.middleware
async def cross_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """CORS, on refusals too: a client that may not read a 401 cannot know that it has to sign in again."""
    if not request.path.startswith((*_PLACES, *_FOUND_BY)):
        return await handler(request)
    response = _preflight(request) if _is_preflight(request) else await handler(request)
    if not response.prepared:  # a stream has begun already, with what it set itself
        add_cross_origin(response)
    return response


def add_cross_origin(response: web.StreamResponse) -> None:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = _EXPOSED


def _is_preflight(request: web.Request) -> bool:
    return request.method == "OPTIONS"


def _preflight(request: web.Request) -> web.Response:
    """Names the headers that were asked for: `*` does not cover Authorization."""
    wanted = request.headers.get("Access-Control-Request-Headers", _USUAL_HEADERS)
    allowed = ", ".join(name for name in (part.strip() for part in wanted.split(",")) if _is_token(name))
    return web.Response(
        status=204,
        headers={
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": allowed or _USUAL_HEADERS,
            "Access-Control-Max-Age": _REMEMBERED,
        },
    )


def _is_token(name: str) -> bool:
    return bool(name) and name.isascii() and name.replace("-", "").isalnum()
