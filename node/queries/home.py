"""Home: what those whom she follows wrote or passed on, what she wrote, and what has a hashtag that she follows.

A group post stands there once, as the group's reblog: the plain original of a followed author is left out while that
is in reach.

Found in two steps, since no index has what many wrote in one order. First ids alone, from the indices of authors and
hashtags: the newest post of each author says how far back a page can reach at most, and within that the last few hours
are looked at before the days. Then the rows of these, as far as she may see them and wants to. Both statements are made
once: what a page costs grows with whom she follows, not with what is stored.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import aliased

from node.database import Transaction, ids
from node.database.snapshots import columns, snapshot
from node.database.tables import (
    Actor,
    Follow,
    FollowedTag,
    Post,
    PostTag,
)
from node.queries.readers import READER, for_many
from node.queries.unwanted import VIEWER, muted, read_apart, unread
from node.queries.visibility import listed, visible_with
from node.queries.windows import END, HIGH, LOW, SIZE, SPANS, Page

MOST_ROUNDS: Final = 8
"""So often it is looked for more where much of what was found is not for her."""
NEAR: Final = timedelta(days=1)

_ORIGINAL: Final = aliased(Post)
_BOOST: Final = aliased(Post)
_FOLLOW: Final = aliased(Follow)
_GROUP_FOLLOW: Final = aliased(Follow)


@dataclass(frozen=True, slots=True)
class Home:
    """Rows newest first, and what the reblogs among them show. `oldest` and `newest`: between these ids nothing else is
    hers, so that the next page begins there."""

    rows: Sequence[Post]
    originals: dict[int, Post]
    oldest: int | None
    newest: int | None


def _sources() -> Any:
    """Ids of whose posts it is made of."""
    followed = select(Follow.target_id).where(Follow.follower_id == VIEWER, Follow.accepted_at.is_not(None))
    return union_all(followed, select(VIEWER))


def _edges(*, upwards: bool) -> Select[Any]:
    """The id of the first post of each source between `low` and `high`, of so many of the nearest sources."""
    source = _sources().subquery("sources")
    first = func.min(Post.id) if upwards else func.max(Post.id)
    between = Post.author_id == source.c[0], Post.id > LOW, Post.id < HIGH
    edge = func.coalesce(select(first).where(*between).scalar_subquery(), END if upwards else 0).label("edge")
    return select(edge).select_from(source).order_by(edge if upwards else edge.desc()).limit(SIZE)


def _candidates(*, upwards: bool) -> Select[Any]:
    """So many of the nearest ids between `low` and `high`."""
    tags = select(FollowedTag.name).where(FollowedTag.actor_id == VIEWER)

    def within(key: Any) -> tuple[ColumnElement[bool], ...]:
        return key > LOW, key < HIGH

    written = select(Post.id.label("id")).where(Post.author_id.in_(_sources()), *within(Post.id))
    tagged = select(PostTag.post_id).where(PostTag.name.in_(tags), *within(PostTag.post_id))
    found = written.union(tagged).subquery("found")
    return select(found.c.id).order_by(found.c.id if upwards else found.c.id.desc()).limit(SIZE)


def _in_her_languages(follow: Any) -> ColumnElement[bool]:
    """Of a follow with languages what is in one of them, or in none that is known. The list is kept as JSON."""
    language = func.coalesce(_ORIGINAL.language, Post.language)
    named = type_coerce(follow.languages, Text)
    return or_(follow.languages.is_(None), language.is_(None), named.like(literal('%"') + language + literal('"%')))


def _passed_on() -> ColumnElement[bool]:
    """What stands in her home as the reblog of its group."""
    boosted = exists(
        select(_BOOST.id).where(_BOOST.reblog_of_id == Post.id, _BOOST.author_id == Post.group_id).correlate(Post)
    )
    wanted = (
        _GROUP_FOLLOW.shows_reblogs.is_(True)
        & _in_her_languages(_GROUP_FOLLOW)
        & ~or_(muted(Post.group_id), read_apart(Post.group_id))
    )
    return _GROUP_FOLLOW.id.is_not(None) & wanted & boosted


def _rows() -> Any:
    """Those of the candidates that are hers: each with what it shows, if it is a reblog."""
    both = [getattr(post, name) for post in (Post, _ORIGINAL) for name in columns(Post)]
    return _hers(select(*both)).where(Post.id.in_(bindparam("ids", expanding=True))).order_by(Post.id.desc())


def _hers(posts: Any) -> Any:
    """Of posts from her sources those that she may see and wants to."""
    own = Post.author_id == VIEWER
    answers_in_groups = Post.in_reply_to_uri.is_not(None) & Post.group_id.is_not(None)
    tagged = listed() & Post.reblog_of_id.is_(None)
    followed = _FOLLOW.id.is_not(None) & or_(_FOLLOW.shows_reblogs.is_(True), Post.reblog_of_id.is_(None))
    unwanted = or_(
        unread(Post.author_id),
        read_apart(Post.author_id),
        Post.reblog_of_id.is_not(None) & unread(_ORIGINAL.author_id),
        answers_in_groups,
        ~_in_her_languages(_FOLLOW),
    )
    return (
        posts.outerjoin(_ORIGINAL, _ORIGINAL.id == Post.reblog_of_id)
        .outerjoin(_FOLLOW, _follows(_FOLLOW, Post.author_id))
        .outerjoin(_GROUP_FOLLOW, _follows(_GROUP_FOLLOW, Post.group_id))
        .where(
            visible_with(VIEWER, Post, _ORIGINAL),
            or_(own, and_(or_(followed, and_(_FOLLOW.id.is_(None), tagged)), ~unwanted)),
            ~_passed_on(),
        )
    )


def _received() -> Any:
    """(reader, post) of these posts and readers, where it stands in her home."""
    tag = select(PostTag.post_id).join(FollowedTag, FollowedTag.name == PostTag.name)
    tagged = exists(
        tag.where(PostTag.post_id == Post.id, FollowedTag.actor_id == VIEWER).correlate_except(PostTag, FollowedTag)
    )
    statement = _hers(select(READER.id, Post.id).select_from(READER).join(Post, true()))
    these = READER.id.in_(bindparam("readers", expanding=True)), Post.id.in_(bindparam("ids", expanding=True))
    return for_many(statement.where(*these, or_(Post.author_id == VIEWER, _FOLLOW.id.is_not(None), tagged)))


def _follows(follow: Any, target: Any) -> ColumnElement[bool]:
    return and_(follow.follower_id == VIEWER, follow.target_id == target, follow.accepted_at.is_not(None))


_DOWN: Final = _candidates(upwards=False)
_UP: Final = _candidates(upwards=True)
_EDGES_DOWN: Final = _edges(upwards=False)
_EDGES_UP: Final = _edges(upwards=True)
_ROWS: Final = _rows()
_RECEIVED: Final = _received()
_WIDTH: Final = len(columns(Post))


async def page(tx: Transaction, viewer: Actor, window: Page) -> Home:
    """Goes on until the page is full, or nothing is left."""
    found: list[Any] = []
    low, high = window.floor, window.before or END
    room = window.size + window.size // 4 + 4
    edge: int | None = None
    for _ in range(MOST_ROUNDS):
        nearest = await _nearest(tx, viewer.id, low, high, room, upwards=window.upwards)
        found += await _shown(tx, viewer.id, nearest)
        if len(nearest) < room or len(found) >= window.size:
            break
        edge = nearest[-1]
        low, high = (edge, high) if window.upwards else (low, edge)
    return _home(found, window, edge)


def _home(found: Sequence[Any], window: Page, edge: int | None) -> Home:
    """`edge`: what was looked at last, where that is more than what is shown."""
    in_order = sorted(found, key=lambda row: row[0], reverse=not window.upwards)[: window.size]
    ids_found = [row[0] for row in in_order]
    if not ids_found:
        return Home((), {}, edge, edge)
    rows = sorted(in_order, key=lambda row: row[0], reverse=True)
    shown = [snapshot(Post, row[:_WIDTH]) for row in rows]
    originals = {row[_WIDTH]: snapshot(Post, row[_WIDTH:]) for row in rows if row[_WIDTH] is not None}
    return Home(shown, originals, min(ids_found), max(ids_found))


async def _nearest(tx: Transaction, viewer_id: int, low: int, high: int, room: int, *, upwards: bool) -> list[int]:
    """Ids of the candidates, the nearest first: looked for in some hours, then days, then everywhere."""
    bound: dict[str, Any] = {"viewer": viewer_id, "low": low, "high": high, "size": room}
    edges = [row[0] for row in await tx.plain(_EDGES_UP if upwards else _EDGES_DOWN, **bound)]
    found: list[int] = []
    for reach in _reaches(edges, low, high, room, upwards=upwards):
        part = bound | ({"high": reach} if upwards else {"low": reach})
        found = [row[0] for row in await tx.plain(_UP if upwards else _DOWN, **part)]
        if len(found) == room:
            break
    return found


def _reaches(edges: Sequence[int], low: int, high: int, room: int, *, upwards: bool) -> list[int]:
    """How far to look, one after the other. No page of `room` reaches beyond the edge of so many sources: where that is
    near it is the only answer."""
    nearest, last = edges[0], edges[-1] if len(edges) == room else None
    if upwards:
        most = high if last is None else min(high, last + 1)
        steps = [reach for span in SPANS if (reach := ids.after(nearest, span)) < most]
        return [most] if most <= ids.after(nearest, NEAR) else [*steps, most]
    least = low if last is None else max(low, last - 1)
    steps = [reach for span in SPANS if (reach := ids.before(nearest, span)) > least]
    return [least] if least >= ids.before(nearest, NEAR) else [*steps, least]


async def _shown(tx: Transaction, viewer_id: int, candidates: Sequence[int]) -> Sequence[Any]:
    if not candidates:
        return ()
    return await tx.plain(_ROWS, viewer=viewer_id, now=tx.now, ids=list(candidates))


async def who_have(tx: Transaction, post_ids: Collection[int], reader_ids: Collection[int]) -> set[tuple[int, int]]:
    """(reader, post), of these readers: in whose home each of these posts stands."""
    if not post_ids or not reader_ids:
        return set()
    rows = await tx.rows(_RECEIVED, ids=list(post_ids), readers=list(reader_ids), now=tx.now)
    return {(row[0], row[1]) for row in rows}
