"""How many follow an account, whom it follows, what it wrote: counted for many accounts at once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from federation.addressing import Visibility
from node.database import Transaction
from node.database.tables import Follow, Post


@dataclass(frozen=True, slots=True)
class Figures:
    """Of an account, as far as this node knows it."""

    followers: int = 0
    following: int = 0
    statuses: int = 0
    last_status_at: datetime | None = None


async def of(tx: Transaction, actor_ids: Collection[int]) -> dict[int, Figures]:
    """For each of them."""
    if not actor_ids:
        return {}
    standing = Follow.accepted_at.is_not(None)
    followers = select(Follow.target_id, func.count()).where(Follow.target_id.in_(actor_ids), standing)
    following = select(Follow.follower_id, func.count()).where(Follow.follower_id.in_(actor_ids), standing)
    written = select(Post.author_id, func.count(), func.max(Post.published)).where(
        Post.author_id.in_(actor_ids), Post.deleted_at.is_(None), Post.visibility != Visibility.DIRECT
    )
    by_target = {row[0]: int(row[1]) for row in await tx.rows(followers.group_by(Follow.target_id))}
    by_follower = {row[0]: int(row[1]) for row in await tx.rows(following.group_by(Follow.follower_id))}
    posts = {row[0]: (int(row[1]), row[2]) for row in await tx.rows(written.group_by(Post.author_id))}
    return {
        actor_id: Figures(by_target.get(actor_id, 0), by_follower.get(actor_id, 0), *posts.get(actor_id, (0, None)))
        for actor_id in actor_ids
    }
