"""WebSockets: one for all that an app subscribes to, by frames or with the request that opens it."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic
from typing import Any, Final

import orjson
from aiohttp import ClientConnectionResetError, WSMsgType, web

from federation.errors import Malformed
from node.errors import NodeError
from node.mastodon.calls import Call
from node.mastodon.streaming import joining
from node.mastodon.streaming.connections import POLICY, Connection, Message
from node.mastodon.streaming.hub import HUB
from node.mastodon.streaming.subscriptions import parse

LARGEST_FRAME: Final = 4096
UNSUPPORTED_DATA: Final = 1003
MOST_FRAMES: Final = 200
"""In a minute: a subscription can cost a query."""
MINUTE: Final = 60.0


async def serve(call: Call) -> web.WebSocketResponse:
    """Until one of both goes. What the request itself subscribes to is refused in a frame: the socket stays open."""
    hub = call.request.app[HUB]
    hub.check_room(call.viewer.token_id or 0)
    offered = call.request.headers.get("Sec-WebSocket-Protocol", "")
    socket = web.WebSocketResponse(
        protocols=[name.strip() for name in offered.split(",") if name.strip()],  # a browser wants its own back
        heartbeat=hub.pace.ping,
        compress=False,
        max_msg_size=LARGEST_FRAME,
    )
    await socket.prepare(call.request)
    connection = Connection(call, Message.frame, _cutting(call.request))
    hub.join(connection)
    sender = asyncio.create_task(_send(socket, connection))
    try:
        if call.get("stream") is not None:
            await _obey(connection, {"type": "subscribe", **call.parameters})
        await _receive(socket, connection)
    finally:
        hub.leave(connection)
        connection.end(connection.code)
        await asyncio.wait([sender])
    return socket


def _cutting(request: web.Request) -> Any:
    def cut() -> None:
        if request.transport is not None:
            request.transport.abort()

    return cut


async def _send(socket: web.WebSocketResponse, connection: Connection) -> None:
    """Ends the socket when there is nothing more to send; a client that has gone is no failure."""
    with suppress(ClientConnectionResetError, ConnectionError):
        while (frame := await connection.next()) is not None:
            await socket.send_frame(frame, WSMsgType.TEXT)
        await socket.close(code=connection.code)


async def _receive(socket: web.WebSocketResponse, connection: Connection) -> None:
    begun, frames = monotonic(), 0
    async for message in socket:
        if monotonic() - begun > MINUTE:
            begun, frames = monotonic(), 0
        frames += 1
        if message.type is WSMsgType.BINARY:
            connection.end(UNSUPPORTED_DATA)
        elif message.type is not WSMsgType.TEXT or frames > MOST_FRAMES:
            connection.end(POLICY)
        else:
            await _hear(connection, message.data)


async def _hear(connection: Connection, text: str) -> None:
    """A frame of the client; what is no command is passed over, as Mastodon does."""
    try:
        sent = orjson.loads(text)
    except ValueError:
        return
    if isinstance(sent, dict) and sent.get("type") in {"subscribe", "unsubscribe"}:
        await _obey(connection, sent)


async def _obey(connection: Connection, sent: Mapping[str, Any]) -> None:
    """js ends the one subscription on an error that is a frame, the socket goes on for the others."""
    try:
        stream = parse(sent)
        if sent["type"] == "unsubscribe":
            connection.streams.pop(stream, None)
        else:
            await joining.subscribe(connection, stream)
    except (Malformed, NodeError) as error:
        connection.send(orjson.dumps({"error": str(error), "status": joining.status_of(error)}))
