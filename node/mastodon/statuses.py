"""Statuses: reading them, what stands around them, how they read before, and who reacted."""

from typing import Any

from node.database import Transaction
from node.database.tables import Post
from node.errors import NotFound
from node.mastodon import rendering
from node.mastodon.accounts import tied
from node.mastodon.calls import Call, ids
from node.mastodon.entities import edits as edit_entities, statuses as status_entities
from node.mastodon.entities.links import Links
from node.mastodon.routing import Access, Routes
from node.queries import posts as post_rows, reactors
from node.queries.windows import Page as Window
from node.services import threads

MOST_AT_ONCE = 20
ONE = "/api/v1/statuses/{id:[0-9]+}"
READ = ("read", "read:statuses")

routes = Routes()


async def wanted(tx: Transaction, call: Call) -> Post:
    """The post at this address; under the id of a boost, what it shows."""
    return await post_rows.shown(tx, call.id(), call.viewer.actor)


@routes.get("/api/v1/statuses", *READ, access=Access.ANYBODY, takes="StatusIds", returns="[Status]")
async def several(call: Call) -> Any:
    async with call.reading() as tx:
        rows = await post_rows.visible_among(tx, ids(call.get("id"))[:MOST_AT_ONCE], call.viewer.actor)
        return await rendering.statuses(tx, call, rows)


@routes.get(ONE, *READ, access=Access.ANYBODY, returns="Status")
async def show(call: Call) -> Any:
    async with call.reading() as tx:
        return await rendering.status(tx, call, await post_rows.visible(tx, call.id(), call.viewer.actor))


@routes.get(f"{ONE}/context", *READ, access=Access.ANYBODY, returns="Context")
async def context(call: Call) -> Any:
    async with call.reading() as tx:
        around = await threads.around(tx, await wanted(tx, call), call.viewer.actor)
        rendered = await rendering.statuses(tx, call, [*around.above, *around.below])
        above = len(around.above)
        return {"ancestors": rendered[:above], "descendants": rendered[above:]}


@routes.get(f"{ONE}/source", *READ, returns="StatusSource")
async def source(call: Call) -> Any:
    async with call.reading() as tx:
        post = await own(tx, call)
        return {"id": str(post.id), "text": post.source or "", "spoiler_text": post.summary}


async def own(tx: Transaction, call: Call) -> Post:
    """A post of her own, her boosts among them. Others' are not there, for what only an author may do."""
    post = await post_rows.visible(tx, call.id(), call.actor)
    if post.author_id != call.actor.id:
        raise NotFound("This post is somebody else's.")
    return post


@routes.get(f"{ONE}/history", *READ, access=Access.ANYBODY, returns="[StatusEdit]")
async def history(call: Call) -> Any:
    async with call.reading() as tx:
        post = await wanted(tx, call)
        before = await post_rows.edits_for(tx, post, call.viewer.actor)
        return edit_entities.history(post, before, await rendering.status(tx, call, post), Links.of(tx))


@routes.get(f"{ONE}/card", *READ, access=Access.ANYBODY, returns="CardOrNothing")
async def card(call: Call) -> Any:
    async with call.reading() as tx:
        return status_entities.card(await wanted(tx, call), tx.settings.base_url) or {}


@routes.get(
    f"{ONE}/favourited_by",
    *("read", "read:accounts"),
    access=Access.ANYBODY,
    takes="window",
    returns="[Account]",
    pages=True,
)
async def favourited_by(call: Call) -> Any:
    async def find(tx: Transaction, part: Window) -> reactors.Found:
        return await reactors.favourited(tx, await wanted(tx, call), call.viewer.actor, part)

    return await tied(call, find)


@routes.get(
    f"{ONE}/reblogged_by",
    *("read", "read:accounts"),
    access=Access.ANYBODY,
    takes="window",
    returns="[Account]",
    pages=True,
)
async def reblogged_by(call: Call) -> Any:
    async def find(tx: Transaction, part: Window) -> reactors.Found:
        return await reactors.reblogged(tx, await wanted(tx, call), call.viewer.actor, part)

    return await tied(call, find)
