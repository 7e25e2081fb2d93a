"""The door for peers: inbox, objects and collections, discovery."""

from typing import Final

from aiohttp import web

from node.activitypub import actors, collections, discovery, inbox, objects, outboxes, threads
from node.middleware.state import Handler

ROUTES: Final[tuple[web.RouteTableDef, ...]] = (
    inbox.routes,
    actors.routes,
    outboxes.routes,
    collections.routes,
    objects.routes,
    threads.routes,
    discovery.routes,
)
NEGOTIATED: Final[dict[str, Handler]] = {
    "/users/{name}": actors.person,
    "/groups/{name}": actors.group,
    "/@{name}": actors.profile,
    "/posts/{id}": objects.post,
}
"""What a peer gets at an address that a browser gets a page at."""
