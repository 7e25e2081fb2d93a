"""Between the server and the doors: limits, blocked hosts, who asks, and one translation of refusals into answers.

Every door speaks its own form of error; which one it is follows from the path and what the client accepts.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import orjson
import structlog
from aiohttp import web

from federation import signatures
from federation.errors import FederationError, Malformed, TooLarge, Unverified
from federation.identifiers import host_of
from federation.signatures import SignedMessage
from node.context import Context
from node.database.failures import UNAVAILABLE
from node.database.tables import Actor
from node.errors import (
    Blocked,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NodeError,
    NotFound,
    TooMany,
    TooOften,
    Unauthenticated,
)
from node.queries import actors
from node.services import documents
from node.settings import Settings

log = structlog.get_logger()

CONTEXT: Final = web.AppKey("context", Context)
REMOTE_HOST: Final = web.RequestKey("remote_host", str)
"""The host of the key that a request is signed with, for the log."""
ACTIVITY_TYPE: Final = web.RequestKey("activity_type", str)
"""What a peer's activity calls itself, for the log."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STATUS: Final[dict[type[Exception], int]] = {
    NotFound: 404,
    Gone: 410,
    Blocked: 403,
    TooOften: 429,
    Forbidden: 403,
    Unauthenticated: 401,
    Invalid: 422,
    Conflict: 409,
    TooMany: 503,
    Unverified: 401,
    TooLarge: 413,
    FederationError: 400,
}
ACTIVITY_TYPES: Final = ("application/activity+json", "application/ld+json")
LARGEST_INBOX: Final = 1_000_000
LARGEST_FORM: Final = 128 * 1024


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that a client has: for the head of a request, for its body, and to read a refusal while still sending."""

    head: float = 20.0
    body: float = 30.0
    linger: float = 5.0


DEFAULT_PATIENCE: Final = Patience()
PATIENCE: Final = web.AppKey("patience", Patience)
SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
}
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


def context_of(request: web.Request) -> Context:
    return request.app[CONTEXT]


def client_address(request: web.Request) -> str:
    """Who connects. Of a proxy that is listed, whom it names: in X-Forwarded-For the last one that is no proxy itself,
    since what stands before was written by the client. For brakes, which count in memory; nothing stores it."""
    settings = context_of(request).settings
    named = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
    found = request.remote or ""
    while named and settings.is_proxy(found):
        found = named.pop().strip() or found
    return found


def wants_activity(request: web.BaseRequest) -> bool:
    """Whether the client asks for a document: the activity types stand in Accept, before HTML if that is there too."""
    accept = request.headers.get("Accept", "")
    positions = [accept.find(kind) for kind in ACTIVITY_TYPES if kind in accept]
    if not positions:
        return False
    html = accept.find("text/html")
    return html < 0 or min(positions) < html


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns what services and the protocol refuse into the answer that this client reads. Anything else is a bug."""
    try:
        response = await handler(request)
    except (NodeError, FederationError) as error:
        response = _refusal(request, error)
    except web.HTTPException as error:
        response = _http_refusal(request, error)
    except UNAVAILABLE as error:
        log.warning("database.busy", path=_shape(request), error=type(error).__name__)
        response = render_error(request, 503, "The node is busy; try again in a moment.", "busy")
        response.headers["Retry-After"] = "5"
    except Exception:
        log.exception("request.failed", path=_shape(request), method=request.method)
        response = render_error(request, 500, "Something went wrong on this node. It has been noted.", "internal")
    response.headers.setdefault("Server", "Ordito")
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if context_of(request).settings.base_url.startswith("https:"):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if response.content_type == "text/html":
        response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    return response


def _refusal(request: web.Request, error: NodeError | FederationError) -> web.Response:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    reason = error.reason if isinstance(error, FederationError) else error.code
    _note(request, status, reason)
    if isinstance(error, Gone) and wants_activity(request):
        document = documents.tombstone(error.uri, error.former_type, None)
        return document_response(document, status=410)
    shown = "forbidden" if isinstance(error, Blocked) else reason  # who is blocked is not told so; the log is
    response = render_error(request, status, str(error), shown)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _http_refusal(request: web.Request, error: web.HTTPException) -> web.StreamResponse:
    if error.status < 400:
        return web.Response(status=error.status, headers=error.headers)
    texts = {
        404: "There is nothing at this address.",
        405: "This address does not take that kind of request.",
        413: "That is more than this address takes.",
    }
    code = f"http.{error.status}"
    _note(request, error.status, code)
    response = render_error(request, error.status, texts.get(error.status, error.reason), code)
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def _note(request: web.Request, status: int, reason: str) -> None:
    """The one line that a refusal gets. Whoever asks for what is not there gets none: that is everybody's mistake."""
    if status == 404 and request.method == "GET":
        return
    who = {"host": request.get(REMOTE_HOST), "activity": request.get(ACTIVITY_TYPE)}
    log.info("refused", status=status, reason=reason, path=_shape(request), **{k: v for k, v in who.items() if v})


def render_error(request: web.BaseRequest, status: int, message: str, code: str) -> web.Response:
    """JSON for programs (a problem document, RFC 9457), a small page for people: by Accept, as every address says."""
    headers = {"Vary": "Accept"}
    if "text/html" in request.headers.get("Accept", "") and not wants_activity(request):
        return web.Response(
            text=_error_page(status, message), status=status, content_type="text/html", charset="utf-8", headers=headers
        )
    problem = {"type": "about:blank", "status": status, "title": message, "code": code, "error": message}
    return web.Response(
        body=orjson.dumps(problem), status=status, content_type="application/problem+json", headers=headers
    )


def _error_page(status: int, message: str) -> str:
    return (
        '<!doctype html><html lang="en" dir="ltr"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(message)} ({status})</title>"
        '<link rel="stylesheet" href="/static/ordito.css">'
        '<link rel="icon" type="image/svg+xml" href="/static/icon.svg"></head>'
        f'<body><main class="page"><h1>{escape(message)}</h1><p><a href="/">Go to the front page</a></p></main>'
        "</body></html>"
    )


def document_response(document: dict[str, Any] | bytes, *, status: int = 200, public: bool = True) -> web.Response:
    """An ActivityPub document. `public`: caches on the way may keep it a little."""
    body = document if isinstance(document, bytes) else orjson.dumps(document)
    headers = {"Vary": "Accept", "Cache-Control": "max-age=60, public" if public else "private, no-store"}
    return web.Response(body=body, status=status, content_type="application/activity+json", headers=headers)


def _shape(request: web.Request) -> str:
    """The route, not the address: nothing about persons in the log."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unmatched"


def known_hosts(settings: Settings) -> frozenset[str]:
    return frozenset({settings.host.lower()})


@web.middleware
async def own_host_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A Host that is none of ours never reaches anything (SSRF by rebinding, poisoned links): 421."""
    own = context_of(request).settings.host.lower()
    given = request.headers.get("Host", "").lower()
    if given not in {own, own.rpartition(":")[0] or own}:
        _note(request, 421, "host")
        return render_error(request, 421, "This is another node.", "host")
    return await handler(request)


@web.middleware
async def text_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Nothing has NUL in its address, and PostgreSQL takes no text that has: 404."""
    if "\0" in request.path or "%00" in request.rel_url.raw_query_string:
        raise web.HTTPNotFound
    return await handler(request)


async def read_body(request: web.Request, largest: int, limit: str) -> bytes:
    """The raw bytes, counted while reading, whatever Content-Length says; a body that drips is cut off.

    Raises `TooLarge` (`limit.` and the name given), `Malformed` for one that is no body, HTTP errors 408 and 415.
    """
    too_large = TooLarge(f"limit.{limit}", f"This address takes at most {largest // 1000} kB.")
    if "Content-Encoding" in request.headers:
        raise web.HTTPUnsupportedMediaType(reason="A body is taken as it is, without Content-Encoding.")
    if (request.content_length or 0) > largest:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(request.app[PATIENCE].body):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > largest:
                    raise too_large
    except TimeoutError as error:
        raise web.HTTPRequestTimeout(reason="The body came too slowly.") from error
    except (web.RequestPayloadError, ConnectionError) as error:
        raise Malformed("http.body", "The body ends before its end, or is cut in pieces that are none.") from error
    return bytes(body)


def signed_message(request: web.Request, body: bytes | None, settings: Settings) -> SignedMessage:
    headers = tuple((name.lower(), value) for name, value in request.headers.items())
    return SignedMessage(request.method, request.raw_path, headers, body, settings.base_url)


def is_signed(request: web.Request) -> bool:
    headers = request.headers
    return "Signature" in headers or "Signature-Input" in headers or "Signature" in headers.get("Authorization", "")


@web.middleware
async def no_blocked_hosts(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Who reads in the name of a blocked host gets nothing, on any address. By the key that the request names: it is
    not fetched for that, and a signature that cannot be read counts as none. The inbox has its own order of checks."""
    if is_signed(request) and not _is_inbox(request):
        context = context_of(request)
        with suppress(FederationError):
            message = signed_message(request, None, context.settings)
            claim = signatures.read(message, now=context.now(), hosts=known_hosts(context.settings))
            if await context.blocks.blocked(host_of(claim.key_id)):
                raise Blocked("Not for you.")
    return await handler(request)


def _is_inbox(request: web.Request) -> bool:
    found = request.match_info.http_exception is None
    return found and request.method == "POST" and request.path.endswith("/inbox")


async def signed_viewer(request: web.Request) -> Actor | None:
    """Who signed this GET, None for an unsigned one. Raises `Unverified` for a wrong signature, `Blocked` for hosts
    that are blocked here: with no hint."""
    if not is_signed(request):
        return None
    context = context_of(request)
    message = signed_message(request, None, context.settings)
    claim = signatures.read(message, now=context.now(), hosts=known_hosts(context.settings))
    host = host_of(claim.key_id)
    request[REMOTE_HOST] = host
    if await context.blocks.blocked(host):
        raise Blocked("Not for you.")
    known = await context.keys.verified(claim)
    async with context.database.reading(context.now()) as tx:
        return await actors.by_uri(tx, known.actor_uri)
