"""Polls, under the id of their status: looking at one, and voting."""

from typing import Any

from node.database import Transaction
from node.database.tables import Post
from node.errors import NotFound
from node.mastodon import rendering
from node.mastodon.calls import Call
from node.mastodon.entities.accounts import Entity
from node.mastodon.routing import Access, Routes
from node.mastodon.statuses import wanted
from node.services import polls

routes = Routes()


@routes.get("/api/v1/polls/{id:[0-9]+}", "read", "read:statuses", access=Access.ANYBODY, returns="Poll")
async def show(call: Call) -> Any:
    """One from elsewhere as its author's node has it, where what is known here is not of the last minute."""
    async with call.reading() as tx:
        post = await wanted(tx, call)
        if not polls.is_stale(tx, post):
            return await _poll(tx, call, post)

    async def work(tx: Transaction) -> Entity:
        return await _poll(tx, call, await polls.refreshed(tx, await wanted(tx, call)))

    return await call.run(work)


async def _poll(tx: Transaction, call: Call, post: Post) -> Entity:
    entity: Entity | None = (await rendering.status(tx, call, post))["poll"]
    if entity is None:
        raise NotFound("There is no poll here.")
    return entity


@routes.post("/api/v1/polls/{id:[0-9]+}/votes", "write", "write:statuses", takes="Votes", returns="Poll")
async def vote(call: Call) -> Any:
    async def work(tx: Transaction) -> Entity:
        post = await polls.vote(tx, call.actor, await wanted(tx, call), call.get("choices"))
        return await _poll(tx, call, post)

    return await call.run(work)
