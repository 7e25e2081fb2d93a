"""The door for browsers: pages rendered here, that need no script and load nothing from anywhere else."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from node.middleware.state import Handler
from node.web import (
    actors,
    apps,
    authorizing,
    editing,
    following,
    front,
    history,
    home,
    instead,
    messages,
    moderating,
    new_group,
    posting,
    rendering,
    safety,
    sign_in,
    static,
    tags,
    threads,
)
from node.web.braking import Brake
from node.web.static import StaticFiles

ROUTES: Final[tuple[web.RouteTableDef, ...]] = (
    front.routes,
    home.routes,
    messages.routes,
    posting.routes,
    editing.routes,
    history.routes,
    moderating.routes,
    safety.routes,
    following.routes,
    new_group.routes,
    tags.routes,
    sign_in.routes,
    authorizing.routes,
    apps.routes,
    static.routes,
)
NEGOTIATED: Final[Mapping[str, Handler]] = {
    "/users/{name}": actors.person,
    "/groups/{name}": actors.group,
    "/@{name}": actors.actor,
    "/posts/{id}": threads.thread,
}
"""Addresses that are an object's id as well: the page of each."""
INSTEAD: Final = instead.PAGES


def setup(app: web.Application) -> None:
    """What the pages need beside the context: templates and files."""
    app[rendering.ENVIRONMENT] = rendering.environment()
    app[static.FILES] = StaticFiles()
    app[sign_in.BRAKE] = Brake()
