"""Frozen views for doors: a post with all that a page or an app shows of it, in a fixed number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from node.database import Transaction
from node.database.tables import Actor, Mention, Post, Reaction
from node.queries import actors as actor_rows, posts as post_rows
from node.queries.visibility import visible_to

_BOOST, _REPLY = Post.__table__.alias(), aliased(Post)


@dataclass(frozen=True, slots=True)
class PostView:
    post: Post
    author: Actor
    group: Actor | None
    mentions: tuple[Actor, ...]
    favourites: int
    reblogs: int
    replies: int
    favourited: bool
    reblogged: bool
    reblog: "PostView | None" = None


async def of(tx: Transaction, rows: Sequence[Post], viewer: Actor | None) -> list[PostView]:
    """Views in the order of the rows. The rows are what `viewer` may see: this function does not ask again."""
    originals = await post_rows.by_ids(tx, (row.reblog_of_id for row in rows if row.reblog_of_id))
    shown = {row.id: row for row in rows} | originals
    people = await actor_rows.by_ids(tx, _actor_ids(shown.values()))
    mentions = await _mentions(tx, shown)
    counts = await _counts(tx, shown, viewer)
    mine = await _mine(tx, shown, viewer)

    def view(post: Post) -> PostView:
        original = originals.get(post.reblog_of_id) if post.reblog_of_id else None
        favourites, reblogs, replies = counts.get(post.id, (0, 0, 0))
        return PostView(
            post=post,
            author=people[post.author_id],
            group=people.get(post.group_id) if post.group_id else None,
            mentions=tuple(mentions.get(post.id, ())),
            favourites=favourites,
            reblogs=reblogs,
            replies=replies,
            favourited=post.id in mine[0],
            reblogged=post.id in mine[1],
            reblog=view(original) if original is not None else None,
        )

    return [view(row) for row in rows]


def _actor_ids(rows: Any) -> set[int]:
    return {row.author_id for row in rows} | {row.group_id for row in rows if row.group_id}


async def _mentions(tx: Transaction, shown: Mapping[int, Post]) -> dict[int, list[Actor]]:
    statement = select(Mention.post_id, Actor).join(Actor, Actor.id == Mention.actor_id)
    found: dict[int, list[Actor]] = {}
    if shown:
        rows = await tx.rows(
            statement.where(Mention.post_id.in_(shown), Mention.silent.is_(False)).order_by(Mention.id)
        )
        for post_id, actor in rows:
            found.setdefault(post_id, []).append(actor)
    return found


async def _counts(tx: Transaction, shown: Mapping[int, Post], viewer: Actor | None) -> dict[int, tuple[int, int, int]]:
    """(favourites, reblogs, answers) of each; of the answers those that this viewer may read."""
    if not shown:
        return {}
    likes = select(func.count()).select_from(Reaction).where(Reaction.post_id == Post.id).correlate(Post)
    boosts = select(func.count()).select_from(_BOOST).where(_BOOST.c.reblog_of_id == Post.id)
    replies = select(func.count()).select_from(_REPLY).where(_REPLY.in_reply_to_id == Post.id)
    seen = replies.where(visible_to(viewer, _REPLY))
    columns = (likes.scalar_subquery(), boosts.scalar_subquery(), seen.scalar_subquery())
    rows = await tx.rows(select(Post.id, *columns).where(Post.id.in_(shown)))
    return {post_id: (int(a), int(b), int(c)) for post_id, a, b, c in rows}


async def _mine(tx: Transaction, shown: Mapping[int, Post], viewer: Actor | None) -> tuple[set[int], set[int]]:
    if viewer is None or not shown:
        return set(), set()
    liked = select(Reaction.post_id).where(Reaction.actor_id == viewer.id, Reaction.post_id.in_(shown))
    boosted = select(Post.reblog_of_id).where(Post.author_id == viewer.id, Post.reblog_of_id.in_(shown))
    return set(await tx.all(liked)), set(await tx.all(boosted))
