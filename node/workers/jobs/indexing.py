"""Reads the words of posts, so that they are found by them: those that wait, and once a day whatever never did.

Reading is work for the processor, so it is done beside the event loop, and not while the node is flooded.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from node.context import Context
from node.database.tables import Post
from node.queries import search_index
from node.services import words
from node.services.markup import plain

UNREAD: Final = "find_unread"
EVERY: Final = timedelta(days=1)
ROOM: Final = 200
"""Posts in one commit."""


async def run(context: Context, _: Mapping[str, Any]) -> None:
    """Until none waits. It ends its own row, in the commit that finds that (`search_index.keep`)."""
    finished = False
    while not finished:
        await context.rush.over()
        async with context.database.reading(context.now()) as tx:
            posts = await search_index.waiting(tx, ROOM)
        found = await asyncio.to_thread(_read, posts)
        edited = {post.id: post.edited_at for post in posts}
        finished = await context.run(lambda tx, found=found, edited=edited: search_index.keep(tx, found, edited))  # type: ignore[misc]  # defaults bind them


async def find_unread(context: Context, _: Mapping[str, Any]) -> datetime:
    """After an upgrade that is all that there was; else what two processes left to each other."""
    after: int | None = 0
    while after is not None:
        await context.rush.over()
        after = await context.run(lambda tx, after=after: search_index.find_unread(tx, after))  # type: ignore[misc]  # a default binds it
    return context.now() + EVERY


def _read(posts: Sequence[Post]) -> dict[int, str]:
    return {post.id: words.of(_texts(post)) for post in posts}


def _texts(post: Post) -> Iterator[str]:
    """All that can be read of it, in each of its languages; what its pictures show too."""
    yield from (post.name, post.summary)
    yield from (plain(text) for text in {post.content, *(post.content_map or {}).values()})
    yield from (str(item["alt"]) for item in post.attachments if item.get("alt"))
    yield from (str(option["name"]) for option in (post.poll or {}).get("options", ()))
    yield str((post.event or {}).get("place") or "")
