"""Who liked and who boosted a post. Cursors are ids of the like or the boost."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from node.database import Transaction
from node.database.tables import Actor, Block, Post, Reaction
from node.queries.visibility import visible_to
from node.queries.windows import Page, bounded, newest_first

Found: TypeAlias = Sequence[tuple[int, Actor]]
"""Cursor and account."""
_EARLIER = aliased(Reaction)


async def favourited(tx: Transaction, post: Post, viewer: Actor | None, page: Page) -> Found:
    """Whoever reacted, each once."""
    first = select(func.min(_EARLIER.id)).where(_EARLIER.post_id == post.id, _EARLIER.actor_id == Reaction.actor_id)
    statement = select(Reaction.id, Actor).join(Actor, Actor.id == Reaction.actor_id)
    mine = statement.where(Reaction.post_id == post.id, Reaction.id == first.correlate(Reaction).scalar_subquery())
    return await _accounts(tx, mine, viewer, page, Reaction.id)


async def reblogged(tx: Transaction, post: Post, viewer: Actor | None, page: Page) -> Found:
    """Groups that passed it on are among them."""
    statement = select(Post.id, Actor).join(Actor, Actor.id == Post.author_id)
    return await _accounts(tx, statement.where(Post.reblog_of_id == post.id, visible_to(viewer)), viewer, page, Post.id)


async def _accounts(tx: Transaction, statement: Any, viewer: Actor | None, page: Page, key: Any) -> Found:
    """Those who stand, and between whom and the viewer there is no block."""
    standing = statement.where(
        Actor.suspended_at.is_(None), Actor.deleted_at.is_(None), Actor.host_blocked_at.is_(None)
    )
    if viewer is not None:
        blocking = select(Block.actor_id).where(Block.target_id == viewer.id)
        blocked = select(Block.target_id).where(Block.actor_id == viewer.id)
        standing = standing.where(Actor.id.not_in(blocking), Actor.id.not_in(blocked))
    rows = newest_first(await tx.rows(bounded(standing, page, key)), page)
    return [(cursor, actor) for cursor, actor in rows]
