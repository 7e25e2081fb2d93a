"""Timelines: lists of statuses, newest first."""

from collections.abc import Sequence
from typing import Any

from node.database import Transaction
from node.database.tables import Post
from node.mastodon import rendering
from node.mastodon.answers import Page
from node.mastodon.calls import Call
from node.mastodon.paging import window
from node.mastodon.routing import Routes
from node.queries import timelines

routes = Routes()


async def page(tx: Transaction, call: Call, rows: Sequence[Post]) -> Page:
    """With both links while there is anything on it: what is filtered can make a page short."""
    items = await rendering.statuses(tx, call, rows)
    return Page(items, older=rows[-1].id if rows else None, newer=rows[0].id if rows else None)


@routes.get("/api/v1/timelines/home", "read", "read:statuses", takes="window", returns="[Status]", pages=True)
async def home(call: Call) -> Any:
    async with call.reading() as tx:
        return await page(tx, call, await timelines.home(tx, call.actor, window(call)))
