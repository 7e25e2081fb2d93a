"""The HTTP server under the doors: what is no HTTP is answered in this node's own form, and told to nobody else.

aiohttp answers by itself what its parser refuses, before any middleware: in plain text, with its own name and version.
"""

import logging
from typing import Final

import structlog
from aiohttp import web
from aiohttp.http_exceptions import BadStatusLine, HttpProcessingError, InvalidURLError, LineTooLong

from node.middleware import SECURITY_HEADERS, render_error

log = structlog.get_logger()

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
    """Makes a `Protocol` for each connection."""

    def __call__(self) -> Protocol:
        return Protocol(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """What runs every application of this node."""

    async def _make_server(self) -> Server:
        """aiohttp has no setting for the class of its connections: the same server, made anew as ours."""
        made = await super()._make_server()
        return Server(
            made.request_handler,
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
