"""Who signed a request, and whether that host is heard here."""

from contextlib import suppress
from functools import lru_cache
from urllib.parse import urlsplit

from aiohttp import web

from federation import signatures
from federation.errors import FederationError
from federation.identifiers import host_of
from federation.signatures import Claim, SignedMessage
from node.database.tables import Actor
from node.errors import Blocked
from node.middleware.state import REMOTE_HOST, Handler, context_of
from node.queries import actors as actor_rows


def read_claim(request: web.Request, body: bytes | None) -> Claim:
    """What the request says of its signature, the key not asked yet. Raises `Malformed`, `Unverified`."""
    context = context_of(request)
    settings = context.settings
    headers = tuple([(name.lower(), value) for name, value in request.headers.items()])
    message = SignedMessage(request.method, request.raw_path, headers, body, settings.base_url)
    return signatures.read(message, now=context.now(), hosts=_own_host(settings.base_url))


@lru_cache(maxsize=8)
def _own_host(base_url: str) -> frozenset[str]:
    return frozenset({urlsplit(base_url).netloc.lower()})


def _is_signed(request: web.Request) -> bool:
    headers = request.headers
    return "Signature" in headers or "Signature-Input" in headers or "Signature" in headers.get("Authorization", "")


@web.middleware
async def no_blocked_hosts(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Who reads in the name of a blocked host gets nothing, on any address. By the key that the request names: it is
    not fetched for that, and a signature that cannot be read counts as none. The inbox has its own order of checks."""
    if _is_signed(request) and not _is_inbox(request):
        context = context_of(request)
        with suppress(FederationError):
            if await context.blocks.blocked(host_of(read_claim(request, None).key_id)):
                raise Blocked("Not for you.")
    return await handler(request)


def _is_inbox(request: web.Request) -> bool:
    found = request.match_info.http_exception is None
    return found and request.method == "POST" and request.path.endswith("/inbox")


async def signed_viewer(request: web.Request) -> Actor | None:
    """Who signed this GET, None for an unsigned one. Raises `Unverified` for a wrong signature, `Blocked` for hosts
    that are blocked here: with no hint."""
    if not _is_signed(request):
        return None
    context = context_of(request)
    claim = read_claim(request, None)
    host = host_of(claim.key_id)
    request[REMOTE_HOST] = host
    if await context.blocks.blocked(host):
        raise Blocked("Not for you.")
    known = await context.keys.verified(claim)
    async with context.database.reading(context.now()) as tx:
        return await actor_rows.by_uri(tx, known.actor_uri)
