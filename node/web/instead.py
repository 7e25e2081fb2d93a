"""What a browser gets where only peers have something to read: the page that shows the same thing to people."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from node.errors import NotFound
from node.middleware.addresses import row_id
from node.middleware.state import Handler, context_of
from node.queries import actors as actor_rows, outboxes, posts as post_rows
from node.services import addresses
from node.web.forms import see_other
from node.web.front import node


async def _above(request: web.Request) -> web.Response:
    """What belongs to an account or a post is shown on its page."""
    return see_other(request.rel_url.raw_path.rpartition("/")[0])


async def _opener(request: web.Request) -> web.Response:
    """A thread is shown on the page of the post that opens it."""
    return see_other(f"/posts/{request.rel_url.raw_path.rpartition('/')[2]}")


async def _about(request: web.Request) -> web.Response:
    """An activity is shown as the post that it is about, else as the account that it is by."""
    context, activity_id = context_of(request), row_id(request.match_info["id"])
    async with context.database.reading(context.now()) as tx:
        said = await outboxes.public(tx, addresses.activity(tx, activity_id))
        if said is None:
            raise NotFound("There is nothing at this address.")
        post = await post_rows.by_uri(tx, said.object_uri)
        by = await actor_rows.known(tx, said.actor_id)
    return see_other(f"/posts/{post.id}" if post is not None else by.uri)


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
    "/activities/{id}": _about,
}
"""By the routes of the door for peers."""
