"""Lists of posts: home, addressed, group, local, profile, thread. Newest first by id, keyset pages; threads by time."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from federation.addressing import Visibility
from node.database import Transaction
from node.database.tables import Actor, Follow, Mention, Post, PostTag
from node.queries import home as home_rows
from node.queries.visibility import OPEN, listed, visible_to
from node.queries.windows import Page as Page, part  # noqa: PLC0414  # part of what this module offers

MOST_IN_A_THREAD: Final = 20_000
"""Posts whose places are looked at to find those above and below one of them."""
_AUTHOR, _BOOST, _ROOT = aliased(Actor), aliased(Post), aliased(Post)


async def home(tx: Transaction, viewer: Actor, page: Page) -> Sequence[Post]:
    """What those whom she follows wrote or passed on, and what she wrote (`queries.home`)."""
    return (await home_rows.page(tx, viewer, page)).rows


def _passed_on_to(viewer: Actor) -> ColumnElement[bool]:
    """What stands in her home as the reblog of its group."""
    followed = select(Follow.target_id).where(Follow.follower_id == viewer.id, Follow.accepted_at.is_not(None))
    return exists(
        select(_BOOST.id)
        .where(_BOOST.reblog_of_id == Post.id, _BOOST.author_id == Post.group_id, _BOOST.author_id.in_(followed))
        .correlate(Post)
    )


async def addressed(tx: Transaction, viewer: Actor, page: Page) -> Sequence[Post]:
    """What others wrote to her, whether she follows them or not: posts that name her, direct messages also without
    (Lemmy 0.19 sends those without a Mention), and those to the moderators of a group that she is one of."""
    return await part(tx, _addressed_to(viewer), page)


def _addressed_to(viewer: Actor) -> Any:
    told = or_(Mention.silent.is_(False), Post.visibility == Visibility.DIRECT)
    return (
        select(Post)
        .join(Mention, and_(Mention.post_id == Post.id, Mention.actor_id == viewer.id))
        .where(told, Post.author_id != viewer.id, visible_to(viewer))
    )


async def home_and_addressed(tx: Transaction, viewer: Actor, page: Page) -> Sequence[Post]:
    """Both as one list, each post once."""
    named = await part(tx, _addressed_to(viewer).where(~_passed_on_to(viewer)), page)
    found = {post.id: post for post in (*await home(tx, viewer, page), *named)}
    return sorted(found.values(), key=lambda post: post.id, reverse=True)[: page.size]


async def group(tx: Transaction, actor: Actor, viewer: Actor | None, page: Page) -> Sequence[Post]:
    """Threads of a group, without their answers."""
    statement = select(Post).where(
        Post.group_id == actor.id,
        Post.reblog_of_id.is_(None),
        Post.in_reply_to_uri.is_(None),
        visible_to(viewer),
    )
    return await part(tx, statement, page)


async def local(tx: Transaction, viewer: Actor | None, page: Page) -> Sequence[Post]:
    """Public posts of this node's people."""
    statement = (
        select(Post)
        .join(_AUTHOR, and_(_AUTHOR.id == Post.author_id, _AUTHOR.host.is_(None)))
        .where(Post.reblog_of_id.is_(None), listed(), visible_to(viewer))
    )
    return await part(tx, statement, page)


async def tag(tx: Transaction, name: str, viewer: Actor | None, page: Page) -> Sequence[Post]:
    """Public posts with a hashtag, given without its sign."""
    tagged = select(PostTag.post_id).where(PostTag.name == name.casefold())
    statement = select(Post).where(Post.id.in_(tagged), listed(), visible_to(viewer))
    return await part(tx, statement, page)


async def profile(tx: Transaction, author: Actor, viewer: Actor | None, page: Page) -> Sequence[Post]:
    statement = select(Post).where(Post.author_id == author.id, visible_to(viewer))
    return await part(tx, statement, page)


async def profile_for_visitors(tx: Transaction, author: Actor, page: Page) -> Sequence[Post]:
    """Without what is read by its link alone."""
    statement = select(Post).where(Post.author_id == author.id, listed(), visible_to(None))
    return await part(tx, statement, page)


async def thread(
    tx: Transaction, root_id: int, viewer: Actor | None, limit: int = 1000, start: Post | None = None
) -> Sequence[Post]:
    """All of a thread that this viewer may see, in one order on every node: what opens it, then by published time and
    address (clocks differ: an answer may seem to be older than what it answers).

    From `start` on, where it is given.
    """
    statement = select(Post).where(or_(Post.root_id == root_id, Post.id == root_id), Post.reblog_of_id.is_(None))
    if start is None or start.id == root_id:
        statement = statement.order_by(Post.id != root_id)
        start = None
    else:
        statement = statement.where(Post.id != root_id)
    return await tx.all(_from(start, statement.where(_shown_to(viewer))).limit(limit))


def _shown_to(viewer: Actor | None) -> ColumnElement[bool]:
    """What of a thread stands before this viewer."""
    return _taken_by_its_group() & visible_to(viewer)


def _taken_by_its_group() -> ColumnElement[bool]:
    """In the thread of a group an answer to everybody is one that the group has taken, so that every node shows the
    same: not that of somebody it is closed to, who also told a friend here."""
    of_a_group = exists(
        select(_ROOT.id)
        .where(_ROOT.id == Post.root_id, _ROOT.group_id.is_not(None), _ROOT.group_id.is_distinct_from(Post.group_id))
        .correlate(Post)
    )
    return Post.visibility.not_in(OPEN) | ~of_a_group


def _from(start: Post | None, statement: Any) -> Any:
    if start is not None:
        same_time = (Post.published == start.published) & (Post.uri >= start.uri)
        statement = statement.where(or_(Post.published > start.published, same_time))
    return statement.order_by(Post.published, Post.uri)


async def thread_links(tx: Transaction, root_id: int, most: int = MOST_IN_A_THREAD) -> dict[int, int | None]:
    """Post to what it answers, of a whole thread in its order: ids alone, whoever may read them."""
    order = select(Post.id, Post.in_reply_to_id).where(Post.root_id == root_id, Post.reblog_of_id.is_(None))
    return {row[0]: row[1] for row in await tx.rows(order.order_by(Post.published, Post.uri).limit(most))}


async def of_thread(tx: Transaction, ids: Collection[int], viewer: Actor | None) -> dict[int, Post]:
    """What of these posts of a thread stands before this viewer."""
    if not ids:
        return {}
    return {post.id: post for post in await tx.all(select(Post).where(Post.id.in_(ids), _shown_to(viewer)))}


async def thread_sizes(tx: Transaction, root_ids: Iterable[int], viewer: Actor | None) -> dict[int, int]:
    """How many answers, at any depth, this viewer can read in each thread; those without any are left out."""
    answers = Post.root_id.in_(set(root_ids)), Post.root_id != Post.id, Post.reblog_of_id.is_(None)
    statement = select(Post.root_id, func.count()).where(*answers, _shown_to(viewer)).group_by(Post.root_id)
    return {root_id: int(total) for root_id, total in await tx.rows(statement)}


async def replies(
    tx: Transaction, post: Post, viewer: Actor | None, limit: int = 200, start: Post | None = None
) -> Sequence[Post]:
    statement = select(Post).where(Post.in_reply_to_id == post.id, _shown_to(viewer))
    return await tx.all(_from(start, statement).limit(limit))


async def count_replies(tx: Transaction, post: Post, viewer: Actor | None) -> int:
    answers = Post.in_reply_to_id == post.id, _shown_to(viewer)
    return int(await tx.one(select(func.count()).select_from(Post).where(*answers)))
