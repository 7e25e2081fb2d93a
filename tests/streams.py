"""A stream that an app has open: what it was told, one event after the other.

That somebody is told nothing is seen from what she is told next.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from node.mastodon.streaming import HUB
from tests.apps import Phone, check_entity
from tests.nodes import Node

PATIENCE = 10.0
ENTITIES = {
    "update": "Status",
    "status.update": "Status",
    "notification": "Notification",
    "conversation": "Conversation",
}


class Socket:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.raw = socket

    async def say(self, kind: str, stream: str, **more: Any) -> None:
        await self.raw.send_json({"type": kind, "stream": stream, **more})

    async def frame(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            message = await self.raw.receive()
        assert message.type is aiohttp.WSMsgType.TEXT, message
        return json.loads(message.data)

    async def next(self) -> tuple[list[str], str, Any]:
        """(stream, event, payload): an entity that has the shape of its schema, the id of what is gone, or None."""
        frame = await self.frame()
        event, payload = frame["event"], frame.get("payload")
        if event in ENTITIES:
            payload = json.loads(payload)
            check_entity(ENTITIES[event], payload)
        return frame["stream"], event, payload

    async def closed(self) -> int | None:
        """The code with which the node ends it."""
        async with asyncio.timeout(PATIENCE):
            while (await self.raw.receive()).type not in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}:
                pass
        return self.raw.close_code


@asynccontextmanager
async def opened(phone: Phone, *streams: str, node: Node | None = None, **how: Any) -> AsyncIterator[Socket]:
    """A socket of hers that is subscribed to these, each `name`, or `name value` for a hashtag or a list."""
    node = node or phone.node
    before = sum(len(connection.streams) for connection in connections(node))
    headers = {"Authorization": f"Bearer {phone.token}"}
    async with node.http.ws_connect(f"{node.base}/api/v1/streaming", headers=headers, **how) as raw:
        socket = Socket(raw)
        for stream in streams:
            name, _, value = stream.partition(" ")
            await socket.say("subscribe", name, **({"list" if name == "list" else "tag": value} if value else {}))
        await until(lambda: sum(len(connection.streams) for connection in connections(node)) == before + len(streams))
        yield socket


def connections(node: Node) -> list[Any]:
    return list(node.app[HUB]._open)


async def until(true: Any) -> None:
    """The node does it in its own time."""
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - what it waits for is done by the node, which knows nothing of tests
            await asyncio.sleep(0.005)
