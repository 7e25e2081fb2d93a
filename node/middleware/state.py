"""What an application and its requests carry."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from aiohttp import web

from node.context import Context

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

CONTEXT: Final = web.AppKey("context", Context)
REMOTE_HOST: Final = web.RequestKey("remote_host", str)
"""The host of the key that a request is signed with, for the log."""
ACTIVITY_TYPE: Final = web.RequestKey("activity_type", str)
"""What a peer's activity calls itself, for the log."""


def context_of(request: web.Request) -> Context:
    return request.app[CONTEXT]
