"""Who liked and who boosted a post. Cursors are ids of the like or the boost."""

from collections.abc import Sequence
from typing import TypeAlias

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from node.database import Transaction
from node.database.tables import Actor, Post, Reaction
from node.queries.account_lists import not_apart, part
from node.queries.visibility import visible_to
from node.queries.windows import Page

Found: TypeAlias = Sequence[tuple[int, Actor]]
"""Cursor and account."""
_EARLIER = aliased(Reaction)


async def favourited(tx: Transaction, post: Post, viewer: Actor | None, page: Page) -> Found:
    """Whoever reacted, each once."""
    first = select(func.min(_EARLIER.id)).where(_EARLIER.post_id == post.id, _EARLIER.actor_id == Reaction.actor_id)
    statement = select(Reaction.id, Actor).join(Actor, Actor.id == Reaction.actor_id)
    mine = statement.where(Reaction.post_id == post.id, Reaction.id == first.correlate(Reaction).scalar_subquery())
    return await part(tx, mine.where(not_apart(viewer)), Reaction.id, page)


async def reblogged(tx: Transaction, post: Post, viewer: Actor | None, page: Page) -> Found:
    """Groups that passed it on are among them."""
    statement = select(Post.id, Actor).join(Actor, Actor.id == Post.author_id)
    seen = statement.where(Post.reblog_of_id == post.id, visible_to(viewer), not_apart(viewer))
    return await part(tx, seen, Post.id, page)
