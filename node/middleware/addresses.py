"""Where a request goes to and comes from: the host and the path that it names, the client that sends it."""

from functools import lru_cache
from urllib.parse import urlsplit

from aiohttp import web

from node.database import ids
from node.errors import NotFound
from node.middleware.answers import render_error
from node.middleware.logs import note_refusal
from node.middleware.state import Handler, context_of


@web.middleware
async def own_host_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A Host that is none of ours never reaches anything (SSRF by rebinding, poisoned links): 421."""
    settings = context_of(request).settings
    if request.headers.get("Host", "").lower() not in _spellings(settings.base_url):
        note_refusal(request, 421, "host")
        # Only who tries it out is told the name: whoever scans addresses is not to learn whose this one is.
        known = f"This node is at {settings.base_url} alone." if settings.development else "This is another node."
        return render_error(request, 421, known, "host")
    return await handler(request)


@lru_cache(maxsize=8)
def _spellings(base_url: str) -> frozenset[str]:
    """The host of an address, with its port and without."""
    own = urlsplit(base_url).netloc.lower()
    return frozenset({own, own.rpartition(":")[0] or own})


@web.middleware
async def text_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Nothing has NUL in its address, and PostgreSQL takes no text that has: 404."""
    if "%00" in request.raw_path or "\0" in request.raw_path:
        raise web.HTTPNotFound
    return await handler(request)


def row_id(text: str) -> int:
    """The id in an address, spelt in the one way that we spell it. Raises `NotFound`."""
    found = ids.of_text(text)
    if found is None or text[0] == "0":
        raise NotFound("There is nothing at this address.")
    return found


def client_address(request: web.Request) -> str:
    """Who connects. Of a proxy that is listed, whom it names: in X-Forwarded-For the last one that is no proxy itself,
    since what stands before was written by the client. For brakes, which count in memory; nothing stores it."""
    settings = context_of(request).settings
    named = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
    found = request.remote or ""
    while named and settings.is_proxy(found):
        found = named.pop().strip() or found
    return found
