"""What a browser gets where only peers have something to read: the page that shows the same thing to people."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from node.middleware.state import Handler
from node.web.forms import see_other
from node.web.front import node


async def _above(request: web.Request) -> web.Response:
    """What belongs to an account or a post is shown on its page."""
    return see_other(request.rel_url.raw_path.rpartition("/")[0])


async def _opener(request: web.Request) -> web.Response:
    """A thread is shown on the page of the post that opens it."""
    return see_other(f"/posts/{request.rel_url.raw_path.rpartition('/')[2]}")


PAGES: Final[Mapping[str, Handler]] = {
    "/actor": node,
    "/actor/outbox": _above,
    "/users/{name}/outbox": _above,
    "/users/{name}/followers": _above,
    "/users/{name}/following": _above,
    "/users/{name}/featured": _above,
    "/groups/{name}/outbox": _above,
    "/groups/{name}/followers": _above,
    "/groups/{name}/following": _above,
    "/groups/{name}/featured": _above,
    "/groups/{name}/moderators": _above,
    "/posts/{id}/replies": _above,
    "/contexts/{id}": _opener,
}
"""By the routes of the door for peers."""
