"""The HTTP server under the doors: what is no HTTP is answered in this node's own form, and told to nobody else.

aiohttp answers by itself what its parser refuses, before any middleware: in plain text, with its own name and version.
"""

import asyncio
import gc
import ipaddress
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from aiohttp import web
from aiohttp.http_exceptions import BadStatusLine, HttpProcessingError, InvalidURLError, LineTooLong

from node.middleware.answers import render_error
from node.middleware.headers import SECURITY_HEADERS
from node.middleware.state import CONTEXT
from node.settings import Settings

log = structlog.get_logger()
LOG_EVERY: Final = 60.0
"""Seconds."""
COLLECT_AFTER: Final = 10_000
"""Objects made since and not dropped again."""

_MALFORMED: Final[dict[type[HttpProcessingError], str]] = {
    LineTooLong: "A line of this request is longer than this node reads.",
    BadStatusLine: "This does not begin as an HTTP/1.1 request does.",
    InvalidURLError: "The address in this request is none.",
    HttpProcessingError: "A header of this request, or how its body is cut into pieces, is malformed.",
}
"""aiohttp's own words quote what was sent."""


class Protocol(web.RequestHandler):
    """One connection."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to what the parser refuses, and to what no middleware could; the connection ends with it."""
        if isinstance(exc, HttpProcessingError):
            log.info("refused", status=status, reason="http.malformed")
            title = next(_MALFORMED[kind] for kind in type(exc).__mro__ if kind in _MALFORMED)
            answer = render_error(request, status, title, "http.malformed")
        else:
            super().handle_error(request, status, exc, message)  # logs; breaks off an answer that has begun already
            title = "Something went wrong on this node. It has been noted."
            answer = render_error(request, status, title, "internal")
        answer.headers.update({"Server": "Ordito", "Connection": "close", **SECURITY_HEADERS})
        answer.force_close()
        return answer


class Server(web.Server):
    """Makes a `Protocol` for each connection. Of one address it bears so many at once; listed proxies are exempt."""

    def __init__(
        self, handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], settings: Settings, **how: Any
    ) -> None:
        super().__init__(handler, **how)
        self._settings = settings
        self._origins: dict[web.RequestHandler, str] = {}
        self._open: Counter[str] = Counter()
        self._logged_at = -LOG_EVERY

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        address = str((transport.get_extra_info("peername") or ("",))[0])
        if not address or self._settings.is_proxy(address):
            return
        self._origins[handler] = origin = _origin(address)
        self._open[origin] += 1
        if self._open[origin] > self._settings.connections_per_address:
            self._log_limit()
            transport.abort()

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        super().connection_lost(handler, exc)
        origin = self._origins.pop(handler, None)
        if origin is not None:
            self._open[origin] -= 1
            if self._open[origin] <= 0:
                del self._open[origin]

    def _log_limit(self) -> None:
        """Without the address, and not for each: whoever floods would fill the log."""
        now = time.monotonic()
        if now - self._logged_at >= LOG_EVERY:
            self._logged_at = now
            log.warning("refused", reason="limit.connections")

    def __call__(self) -> Protocol:
        return Protocol(self, loop=self._loop, **self._kwargs)


def _origin(address: str) -> str:
    """What is counted as one: an address, of IPv6 the network (/64) that one customer has."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    mapped = parsed.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.ip_network((parsed, 64), strict=False))


def settle() -> None:
    """Once, when a process is ready: what it has made until now it keeps, so the collector need not look at it again.

    Each full search through what the modules alone are made of stops everything for 50 ms, and the collector's own
    default begins a search after 700 objects: a busy node spends a tenth of its time on that.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    gc.enable()


class Runner(web.AppRunner):
    """What runs every application of this node."""

    async def _make_server(self) -> Server:
        """aiohttp has no setting for the class of its connections: the same server, made anew as ours."""
        made = await super()._make_server()
        return Server(
            made.request_handler,
            self.app[CONTEXT].settings,
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            loop=made._loop,  # noqa: SLF001  # what a Server is made of, to hand on
            **made._kwargs,  # noqa: SLF001  # the same
        )


class ServerLog(logging.Logger):
    """aiohttp's server tells the address of whoever a failure happened to; this does not."""

    def __init__(self) -> None:
        super().__init__("aiohttp.server", logging.WARNING)

    def handle(self, record: logging.LogRecord) -> None:
        log.error("server.failed", exc_info=record.exc_info[1] if record.exc_info else None)
