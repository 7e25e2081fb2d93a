"""Server-sent events: one subscription for each request, as Mastodon.py reads it."""

import asyncio
from contextlib import suppress
from typing import Final

from aiohttp import ClientConnectionResetError, web

from node.mastodon.calls import Call
from node.mastodon.streaming import joining
from node.mastodon.streaming.connections import Connection, Message
from node.mastodon.streaming.hub import HUB
from node.mastodon.streaming.subscriptions import Stream
from node.middleware.client_api import add_cross_origin
from node.middleware.headers import add_headers

GREETING: Final = b":)\n"
THUMP: Final = b":thump\n"
"""Comments: a proxy, or Mastodon.py after 300 seconds, ends what is silent."""


async def serve(call: Call, stream: Stream) -> web.StreamResponse:
    """Until one of both goes. Raises as `joining.subscribe` and `Hub.join`, before anything is sent."""
    hub = call.request.app[HUB]
    connection = Connection(call, Message.record, lambda: None)
    await joining.subscribe(connection, stream)
    hub.join(connection)
    try:
        response = _response(call)
        with suppress(ClientConnectionResetError, ConnectionError):
            await response.prepare(call.request)
            await response.write(GREETING)
            await _send(response, connection, hub.pace.thump)
    finally:
        hub.leave(connection)
    return response


def _response(call: Call) -> web.StreamResponse:
    """Middlewares come too late for headers of an answer that has begun."""
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream",
            "Cache-Control": "private, no-store",
            "Vary": "Authorization, Origin",
            "X-Accel-Buffering": "no",
        }
    )
    add_cross_origin(response)
    add_headers(response, call.context.settings)
    return response


async def _send(response: web.StreamResponse, connection: Connection, thump: float) -> None:
    while True:
        try:
            async with asyncio.timeout(thump):
                record = await connection.next()
        except TimeoutError:
            record = THUMP
        if record is None:
            return
        await response.write(record)
