"""Streaming: apps are told at once of what changes, by WebSocket or server-sent events."""

from typing import Any, Final

from aiohttp import hdrs, web

from node.context import Context
from node.mastodon.calls import Call
from node.mastodon.routing import Access, Routes
from node.mastodon.streaming import events, sockets
from node.mastodon.streaming.hub import HUB, Hub
from node.mastodon.streaming.subscriptions import SCOPES, parse
from node.settings import Settings

__all__ = ["HUB", "address", "opened", "routes", "setup"]

routes = Routes()
EVENT_STREAMS: Final = (
    *("user", "user/notification", "public", "public/local", "public/remote"),
    *("hashtag", "hashtag/local", "list", "direct"),
)
_ANY_SCOPE: Final = tuple(dict.fromkeys(scope for scopes in SCOPES.values() for scope in scopes))


def address(settings: Settings) -> str:
    """Where apps open their sockets, without a path: they put `/api/v1/streaming` behind it."""
    scheme, _, rest = settings.base_url.partition(":")
    return f"{'wss' if scheme == 'https' else 'ws'}:{rest}"


def setup(app: web.Application) -> None:
    """When the process ends, streams end before it waits for what goes on."""
    app.on_shutdown.append(_close)


async def _close(app: web.Application) -> None:
    await app[HUB].close()


def opened(app: web.Application, context: Context) -> None:
    app[HUB] = Hub(context)


@routes.get("/api/v1/streaming/health", access=Access.ANYBODY)
async def health(_call: Call) -> Any:
    return web.Response(text="OK", headers={"Cache-Control": "private, no-store"})


@routes.get("/api/v1/streaming", *_ANY_SCOPE, takes="streaming", endless=True)
async def socket(call: Call) -> Any:
    """What is no upgrade is asked for as an event stream, by the name of the stream."""
    if call.request.headers.get(hdrs.UPGRADE, "").lower() == "websocket":
        return await sockets.serve(call)
    return await events.serve(call, parse(call.parameters))


def _event_stream(path: str) -> None:
    name = path.replace("/", ":")

    @routes.get(f"/api/v1/streaming/{path}", *SCOPES[name], takes="streaming", endless=True)
    async def event_stream(call: Call) -> Any:
        return await events.serve(call, parse({**call.parameters, "stream": name}))


for _path in EVENT_STREAMS:
    _event_stream(_path)
