"""What an app shows of a post beyond what a page does, in a fixed number of queries for a page of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, select

from node.database import Transaction
from node.database.tables import Actor, Bookmark, Mute, Pin, PollVote, Post, PostTag, ThreadMute
from node.queries import polls, views
from node.queries.views import PostView


@dataclass(frozen=True, slots=True)
class StatusView:
    """`parent_author_id`: who is answered. `votes`: her own choices in its poll. `muted`: the thread, or its author."""

    view: PostView
    tags: tuple[str, ...]
    parent_author_id: int | None
    bookmarked: bool = False
    muted: bool = False
    pinned: bool = False
    votes: tuple[int, ...] = ()
    poll_over: bool = False
    reblog: "StatusView | None" = None

    @property
    def post(self) -> Post:
        return self.view.post


@dataclass(frozen=True, slots=True)
class _Mine:
    """What is the viewer's own of posts, by their ids."""

    bookmarked: frozenset[int] = frozenset()
    threads: frozenset[int] = frozenset()
    authors: frozenset[int] = frozenset()
    pinned: frozenset[int] = frozenset()
    votes: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


async def of(tx: Transaction, rows: Sequence[Post], viewer: Actor | None) -> list[StatusView]:
    """In the order of the rows, which are what `viewer` may see: this function does not ask again."""
    found = await views.of(tx, rows, viewer)
    shown = {view.post.id: view.post for view in _all(found)}
    tags = await _tags(tx, shown)
    parents = await _parents(tx, shown.values())
    mine = await _mine(tx, shown, viewer)

    def whole(view: PostView) -> StatusView:
        post = view.post
        return StatusView(
            view=view,
            tags=tags.get(post.id, ()),
            parent_author_id=parents.get(post.in_reply_to_id) if post.in_reply_to_id else None,
            bookmarked=post.id in mine.bookmarked,
            muted=(post.root_id or post.id) in mine.threads or post.author_id in mine.authors,
            pinned=post.id in mine.pinned,
            votes=mine.votes.get(post.id, ()),
            poll_over=polls.is_over(post, tx.now),
            reblog=whole(view.reblog) if view.reblog is not None else None,
        )

    return [whole(view) for view in found]


def _all(found: Sequence[PostView]) -> list[PostView]:
    return [*found, *(view.reblog for view in found if view.reblog is not None)]


async def _tags(tx: Transaction, shown: Collection[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    if shown:
        named = select(PostTag.post_id, PostTag.name).where(PostTag.post_id.in_(shown)).order_by(PostTag.id)
        for post_id, name in await tx.rows(named):
            found[post_id] = (*found.get(post_id, ()), name)
    return found


async def _parents(tx: Transaction, posts: Collection[Post]) -> dict[int, int]:
    """Post id to author id, of those that are answered."""
    wanted = {post.in_reply_to_id for post in posts if post.in_reply_to_id}
    if not wanted:
        return {}
    return {row[0]: row[1] for row in await tx.rows(select(Post.id, Post.author_id).where(Post.id.in_(wanted)))}


async def _mine(tx: Transaction, shown: Mapping[int, Post], viewer: Actor | None) -> _Mine:
    if viewer is None or not shown:
        return _Mine()
    bookmarks = select(Bookmark.post_id).where(Bookmark.actor_id == viewer.id, Bookmark.post_id.in_(shown))
    threads = select(ThreadMute.root_id).where(ThreadMute.actor_id == viewer.id)
    authors = select(Mute.target_id).where(Mute.actor_id == viewer.id, or_(Mute.until.is_(None), Mute.until > tx.now))
    pins = select(Pin.post_id).where(Pin.actor_id == viewer.id, Pin.post_id.in_(shown))
    return _Mine(
        bookmarked=frozenset(await tx.all(bookmarks)),
        threads=frozenset(await tx.all(threads)),
        authors=frozenset(await tx.all(authors)),
        pinned=frozenset(await tx.all(pins)),
        votes=await _votes(tx, [post.id for post in shown.values() if post.poll], viewer),
    )


async def _votes(tx: Transaction, polls: Sequence[int], viewer: Actor) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    if polls:
        mine = select(PollVote.post_id, PollVote.choice).where(PollVote.actor_id == viewer.id)
        rows: Sequence[Any] = await tx.rows(mine.where(PollVote.post_id.in_(polls)).order_by(PollVote.choice))
        for post_id, choice in rows:
            found[post_id] = (*found.get(post_id, ()), choice)
    return found
