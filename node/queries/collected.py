"""What somebody liked or bookmarked, in the order in which she did: cursors are ids of that, not of the posts."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import select

from node.database import Transaction
from node.database.snapshots import snapshot
from node.database.tables import Actor, Bookmark, Post, Reaction
from node.queries.unwanted import VIEWER
from node.queries.visibility import visible_to_one
from node.queries.windows import END, Page, newest_first, windowed

Collected = tuple[int, Post]
"""The id of the relation, and the post."""


@cache
def _favourites(*, upwards: bool) -> Any:
    liked = select(Reaction.id, *Post.__table__.columns).join(Post, Post.id == Reaction.post_id)
    mine = Reaction.actor_id == VIEWER, Reaction.emoji == "", visible_to_one(VIEWER)
    return windowed(liked.where(*mine), upwards=upwards, key=Reaction.id)


@cache
def _bookmarks(*, upwards: bool) -> Any:
    kept = select(Bookmark.id, *Post.__table__.columns).join(Post, Post.id == Bookmark.post_id)
    return windowed(kept.where(Bookmark.actor_id == VIEWER, visible_to_one(VIEWER)), upwards=upwards, key=Bookmark.id)


async def favourites(tx: Transaction, viewer: Actor, page: Page) -> Sequence[Collected]:
    return await _found(tx, _favourites(upwards=page.upwards), viewer, page)


async def bookmarks(tx: Transaction, viewer: Actor, page: Page) -> Sequence[Collected]:
    return await _found(tx, _bookmarks(upwards=page.upwards), viewer, page)


async def _found(tx: Transaction, statement: Any, viewer: Actor, page: Page) -> Sequence[Collected]:
    rows = await tx.plain(statement, viewer=viewer.id, low=page.floor, high=page.before or END, size=page.size)
    return newest_first([(row[0], snapshot(Post, row[1:])) for row in rows], page)
