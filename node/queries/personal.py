"""What of a post is each reader's own, asked for many readers at once: a status that is told to hundreds.

For one reader a page of posts is asked for in `status_views`; what both find is the same, which a test compares.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    Integer,
    Select,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from node.database import Transaction
from node.database.tables import Actor, Bookmark, Mute, Pin, PollVote, Post, Reaction, ThreadMute
from node.queries.readers import READER
from node.queries.status_views import StatusView
from node.queries.unwanted import lasts
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


Pair: TypeAlias = tuple[int, int]


@dataclass(slots=True)
class _Found:
    """Pairs of (reader, post), or of what the names say. Readers of this node, whoever asks."""

    favourited: set[Pair] = field(default_factory=set)
    reblogged: set[Pair] = field(default_factory=set)
    bookmarked: set[Pair] = field(default_factory=set)
    pinned: set[Pair] = field(default_factory=set)
    muted_threads: set[Pair] = field(default_factory=set)
    muted_authors: set[Pair] = field(default_factory=set)
    votes: dict[Pair, tuple[int, ...]] = field(default_factory=dict)
    replies: dict[Pair, int] = field(default_factory=dict)

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
    found = _Found(replies=await _replies(tx, shown, reader_ids))
    posts = shown.values()
    bound = {
        "ids": list(shown),
        "roots": list({post.root_id or post.id for post in posts}),
        "authors": list({post.author_id for post in posts}),
        "now": tx.now,
    }
    for kind, reader_id, other_id, choice in await tx.plain(_STATEMENT, **bound):
        pair = (reader_id, other_id)
        if kind == "votes":
            found.votes[pair] = tuple(sorted((*found.votes.get(pair, ()), choice)))
        else:
            getattr(found, kind).add(pair)
    return found


def _part(kind: str, reader_id: Any, other_id: Any, among: str, choice: Any = None) -> Select[Any]:
    """(kind, reader, post or account, choice), of this node's people. Who is connected is not asked here: that would be
    hundreds of values, and few people have to do with a post that is told of."""
    number = cast(null(), Integer) if choice is None else choice
    part = select(literal_column(f"'{kind}'", Text), reader_id, other_id, number)
    here = select(_HERE.id).where(_HERE.id == reader_id, _HERE.host.is_(None))
    return part.where(other_id.in_(bindparam(among, expanding=True)), here.exists())


_HERE: Final = aliased(Actor)
_STATEMENT: Final = union_all(
    _part("favourited", Reaction.actor_id, Reaction.post_id, "ids").where(Reaction.emoji == ""),
    _part("reblogged", Post.author_id, Post.reblog_of_id, "ids"),
    _part("bookmarked", Bookmark.actor_id, Bookmark.post_id, "ids"),
    _part("pinned", Pin.actor_id, Pin.post_id, "ids"),
    _part("muted_threads", ThreadMute.actor_id, ThreadMute.root_id, "roots"),
    _part("muted_authors", Mute.actor_id, Mute.target_id, "authors").where(lasts()),
    _part("votes", PollVote.actor_id, PollVote.post_id, "ids", PollVote.choice),
)


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
