"""For whom of those who are connected a change is: asked once for all, by the clauses that lists are made of."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, bindparam, select, true
from sqlalchemy.orm import aliased

from node.database import Transaction, ids
from node.database.tables import Follow, ListMember, Notification, PersonalList, Post, PostEdit
from node.events import Change
from node.queries import feeds
from node.queries.readers import READER, for_many
from node.queries.unwanted import VIEWER, unread
from node.queries.visibility import visible_to_one

Pairs: TypeAlias = set[tuple[int, int]]
"""(who is connected, post or account)."""
MOST: Final = 1000
_BOOST: Final = aliased(Post)


async def who_see(tx: Transaction, post_ids: Collection[int], reader_ids: Collection[int]) -> Pairs:
    return await _of_each(tx, visible_to_one(VIEWER), post_ids, reader_ids)


async def who_read(tx: Transaction, post_ids: Collection[int], reader_ids: Collection[int]) -> Pairs:
    """Who sees it, and has muted neither its author nor his server."""
    return await _of_each(tx, visible_to_one(VIEWER) & ~unread(Post.author_id), post_ids, reader_ids)


async def _of_each(
    tx: Transaction, clause: ColumnElement[bool], post_ids: Collection[int], reader_ids: Collection[int]
) -> Pairs:
    if not post_ids or not reader_ids:
        return set()
    each = READER.id.in_(reader_ids), Post.id.in_(post_ids)
    statement = select(READER.id, Post.id).select_from(READER).join(Post, true()).where(*each, clause)
    return _pairs(await tx.rows(for_many(statement), now=tx.now))


async def who_follow(tx: Transaction, target_ids: Collection[int], reader_ids: Collection[int]) -> Pairs:
    """(follower, followed), accepted."""
    between = Follow.follower_id.in_(reader_ids), Follow.target_id.in_(target_ids), Follow.accepted_at.is_not(None)
    return _pairs(await tx.rows(select(Follow.follower_id, Follow.target_id).where(*between)))


async def lists_with(tx: Transaction, list_ids: Collection[int], author_ids: Collection[int]) -> Pairs:
    """(list, author): personal lists that he is in, and those of groups, whose author is the group."""
    if not list_ids:
        return set()
    within = ListMember.list_id.in_(list_ids), ListMember.actor_id.in_(author_ids)
    members = await tx.rows(select(ListMember.list_id, ListMember.actor_id).where(*within))
    joined = Follow.id.in_(list_ids), Follow.target_id.in_(author_ids), Follow.accepted_at.is_not(None)
    return _pairs(members) | _pairs(await tx.rows(select(Follow.id, Follow.target_id).where(*joined)))


async def in_lists(
    tx: Transaction, list_ids: Collection[int], post_ids: Collection[int]
) -> dict[tuple[int, int], list[int]]:
    """(reader, list) to which of these posts stand in it: in her own list, or in that of a group that she is in."""
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    if not list_ids or not post_ids:
        return found
    for statement in (*_OF_LISTS, _OF_GROUPS):
        rows = await tx.rows(statement, lists=list(list_ids), ids=list(post_ids), now=tx.now)
        for reader_id, list_id, post_id in rows:
            found[reader_id, list_id].append(post_id)
    return found


def _of_list(replies: str) -> Any:
    """Those that a list has whose answers are shown so."""
    named = PersonalList.id.in_(_LISTS), PersonalList.replies_policy == replies, Post.id.in_(_IDS)
    posts = select(PersonalList.actor_id, PersonalList.id, Post.id).select_from(PersonalList).join(Post, true())
    statement = feeds.in_list(posts.where(*named), replies)
    return for_many(statement, PersonalList.actor_id, list=PersonalList.id)


def _of_groups() -> Any:
    joined = Follow.id.in_(_LISTS), Follow.accepted_at.is_not(None), Post.id.in_(_IDS)
    posts = select(Follow.follower_id, Follow.id, Post.id).join(Post, Post.author_id == Follow.target_id)
    return for_many(posts.where(*joined, visible_to_one(VIEWER)), Follow.follower_id)


_LISTS: Final[Any] = bindparam("lists", expanding=True)
_IDS: Final[Any] = bindparam("ids", expanding=True)
_OF_LISTS: Final = tuple(_of_list(replies) for replies in feeds.REPLIES)
_OF_GROUPS: Final = _of_groups()


async def boosts_by_groups(tx: Transaction, post_ids: Collection[int]) -> dict[int, int]:
    """Under which id a post stands in the home of those who are in its group: post to boost."""
    boosts = select(Post.id, _BOOST.id).join(
        _BOOST, (_BOOST.reblog_of_id == Post.id) & (_BOOST.author_id == Post.group_id)
    )
    return {row[0]: row[1] for row in await tx.rows(boosts.where(Post.id.in_(post_ids)))}


async def since(tx: Transaction, moment: datetime, viewer_ids: Collection[int]) -> list[Change]:
    """What was written since then that can be found so: posts, edits and notices, the newest of many. A post has an id
    of up to ten minutes before it came (`ids.id_for_delivered`)."""
    first = ids.first_of(moment)
    stored = Post.id >= ids.first_of(moment - ids.BACKDATE_LIMIT), Post.created_at >= moment
    told = Notification.id >= first, Notification.actor_id.in_(viewer_ids)
    posts = await tx.all(select(Post.id).where(*stored).order_by(Post.id.desc()).limit(MOST))
    edits = await tx.all(select(PostEdit.post_id).where(PostEdit.id >= first).order_by(PostEdit.id.desc()).limit(MOST))
    notices = select(Notification.id, Notification.actor_id).where(*told).order_by(Notification.id.desc()).limit(MOST)
    return [
        *(Change("post", post_id) for post_id in reversed(posts)),
        *(Change("edit", post_id) for post_id in dict.fromkeys(edits)),
        *(Change("notification", row_id, (actor_id,)) for row_id, actor_id in reversed(await tx.rows(notices))),
    ]


def _pairs(rows: Iterable[Any]) -> Pairs:
    return {(row[0], row[1]) for row in rows}
