"""What of a post is each reader's own, asked for many readers at once: a status that is told to hundreds.

For one reader a page of posts is asked for in `status_views`; what both find is the same, which a test compares.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from node.database import Transaction
from node.database.tables import Bookmark, Mute, Pin, PollVote, Post, Reaction, ThreadMute
from node.queries.readers import READER
from node.queries.status_views import StatusView
from node.queries.visibility import visible_to_one

_REPLY: Final = aliased(Post)


@dataclass(frozen=True, slots=True)
class Own:
    """Of one reader and one post. `replies`: how many answers she may read."""

    favourited: bool = False
    reblogged: bool = False
    bookmarked: bool = False
    muted: bool = False
    pinned: bool = False
    votes: tuple[int, ...] = ()
    replies: int = 0


NOTHING: Final = Own()


@dataclass(frozen=True, slots=True)
class _Found:
    """Pairs of (reader, post), or of what the names say."""

    favourited: set[tuple[int, int]]
    reblogged: set[tuple[int, int]]
    bookmarked: set[tuple[int, int]]
    pinned: set[tuple[int, int]]
    muted_threads: set[tuple[int, int]]
    muted_authors: set[tuple[int, int]]
    votes: Mapping[tuple[int, int], tuple[int, ...]]
    replies: Mapping[tuple[int, int], int]

    def of(self, reader_id: int, post: Post) -> Own:
        pair = (reader_id, post.id)
        thread, author = (reader_id, post.root_id or post.id), (reader_id, post.author_id)
        return Own(
            favourited=pair in self.favourited,
            reblogged=pair in self.reblogged,
            bookmarked=pair in self.bookmarked,
            muted=thread in self.muted_threads or author in self.muted_authors,
            pinned=pair in self.pinned,
            votes=self.votes.get(pair, ()),
            replies=self.replies.get(pair, 0),
        )


async def of(tx: Transaction, posts: Collection[Post], reader_ids: Collection[int]) -> dict[tuple[int, int], Own]:
    """(reader, post) to her own of it, of posts that are no reblogs. Those without anything are left out."""
    if not posts or not reader_ids:
        return {}
    found = await _found(tx, {post.id: post for post in posts}, reader_ids)
    each = {(reader_id, post.id): found.of(reader_id, post) for post in posts for reader_id in reader_ids}
    return {pair: own for pair, own in each.items() if own != NOTHING}


def as_read_by(view: StatusView, own: Own) -> StatusView:
    """The view as `status_views` gives it to the reader whose own this is: of a reblog, of the post that it shows."""
    if view.reblog is not None:
        return replace(view, reblog=as_read_by(view.reblog, own))
    return replace(
        view,
        view=replace(view.view, favourited=own.favourited, reblogged=own.reblogged, replies=own.replies),
        bookmarked=own.bookmarked,
        muted=own.muted,
        pinned=own.pinned,
        votes=own.votes,
    )


async def _found(tx: Transaction, shown: Mapping[int, Post], reader_ids: Collection[int]) -> _Found:
    roots = {post.root_id or post.id for post in shown.values()}
    authors = {post.author_id for post in shown.values()}
    lasting = or_(Mute.until.is_(None), Mute.until > tx.now)

    async def pairs(
        viewer: InstrumentedAttribute[Any], other: InstrumentedAttribute[Any], wanted: Collection[int], *more: Any
    ) -> set[tuple[int, int]]:
        rows = await tx.rows(select(viewer, other).where(viewer.in_(reader_ids), other.in_(wanted), *more))
        return {(row[0], row[1]) for row in rows}

    return _Found(
        favourited=await pairs(Reaction.actor_id, Reaction.post_id, shown, Reaction.emoji == ""),
        reblogged=await pairs(Post.author_id, Post.reblog_of_id, shown),
        bookmarked=await pairs(Bookmark.actor_id, Bookmark.post_id, shown),
        pinned=await pairs(Pin.actor_id, Pin.post_id, shown),
        muted_threads=await pairs(ThreadMute.actor_id, ThreadMute.root_id, roots),
        muted_authors=await pairs(Mute.actor_id, Mute.target_id, authors, lasting),
        votes=await _votes(tx, [post.id for post in shown.values() if post.poll], reader_ids),
        replies=await _replies(tx, shown, reader_ids),
    )


async def _votes(
    tx: Transaction, polls: Sequence[int], reader_ids: Collection[int]
) -> dict[tuple[int, int], tuple[int, ...]]:
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    if polls:
        theirs = PollVote.post_id.in_(polls), PollVote.actor_id.in_(reader_ids)
        votes = select(PollVote.actor_id, PollVote.post_id, PollVote.choice).where(*theirs)
        for actor_id, post_id, choice in await tx.rows(votes.order_by(PollVote.choice)):
            found[actor_id, post_id].append(choice)
    return {pair: tuple(choices) for pair, choices in found.items()}


async def _replies(tx: Transaction, shown: Collection[int], reader_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """A new post has none, so whether there are any is asked first."""
    answered = await tx.all(select(Post.in_reply_to_id).where(Post.in_reply_to_id.in_(shown)).distinct())
    if not answered:
        return {}
    readable = (
        select(READER.id, _REPLY.in_reply_to_id, func.count())
        .join(_REPLY, _REPLY.in_reply_to_id.in_(answered))
        .where(READER.id.in_(reader_ids), visible_to_one(READER.id, _REPLY))
        .group_by(READER.id, _REPLY.in_reply_to_id)
    )
    return {(reader_id, post_id): int(total) for reader_id, post_id, total in await tx.rows(readable)}
