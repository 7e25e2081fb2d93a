"""Statuses: reading them."""

from typing import Any

from node.mastodon import rendering
from node.mastodon.calls import Call
from node.mastodon.routing import Access, Routes
from node.queries import posts as post_rows

routes = Routes()


@routes.get("/api/v1/statuses/{id:[0-9]+}", "read", "read:statuses", access=Access.ANYBODY, returns="Status")
async def show(call: Call) -> Any:
    async with call.reading() as tx:
        return await rendering.status(tx, call, await post_rows.visible(tx, call.id(), call.viewer.actor))
