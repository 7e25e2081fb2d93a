"""What belongs to posts beside their rows, for a page of them in one statement: counts, mentions, hashtags, whom they
answer, and what of it is the reader's own. It is made once; a statement costs more than what it finds.
"""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    Select,
    Text,
    and_,
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
from node.database.columns import BigId
from node.database.tables import Bookmark, Mention, Pin, PollVote, Post, PostTag, Reaction, ThreadMute
from node.queries.unwanted import VIEWER, muted
from node.queries.visibility import visible_to_one

_SHOWN: Final = aliased(Post)
_PARENT: Final = aliased(Post)
Part: TypeAlias = Callable[[Any], Select[Any]]


@dataclass(slots=True)
class Facts:
    """Of one post. `replies`: those that this reader may read. `muted`: its thread, or its author."""

    favourites: int = 0
    reblogs: int = 0
    replies: int = 0
    parent_author_id: int | None = None
    mentions: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    votes: list[int] = field(default_factory=list)
    favourited: bool = False
    reblogged: bool = False
    bookmarked: bool = False
    muted: bool = False
    pinned: bool = False


_COUNTS: Final = ("favourites", "reblogs", "replies", "parent_author_id")
_LISTS: Final = ("mentions", "votes")
_FLAGS: Final = ("favourited", "reblogged", "bookmarked", "muted", "pinned")


async def of(tx: Transaction, posts: Collection[Post], viewer_id: int | None) -> dict[int, Facts]:
    """For each of them."""
    found: dict[int, Facts] = defaultdict(Facts)
    if not posts:
        return found
    bound: dict[str, Any] = {"ids": [post.id for post in posts]}
    if viewer_id is not None:
        bound |= {"viewer": viewer_id, "now": tx.now}
    rows = await tx.plain(_statement(signed_in=viewer_id is not None), **bound)
    for kind, post_id, number, name, _ in sorted(rows, key=_place):
        facts = found[post_id]
        if kind in _COUNTS:
            setattr(facts, kind, number)
        elif kind in _FLAGS:
            setattr(facts, kind, True)
        elif kind == "tags":
            facts.tags.append(name)
        else:
            getattr(facts, kind).append(number)
    return found


def _place(row: Any) -> int:
    return row[4] or 0


@cache
def _statement(*, signed_in: bool) -> Any:
    ids = select(Post.id).where(Post.id.in_(bindparam("ids", expanding=True))).cte("shown")
    shown = select(ids.c.id)
    parts = [*_everybodys(shown, signed_in=signed_in), *(_own(shown) if signed_in else ())]
    return union_all(*parts)


def _part(kind: str, post_id: Any, number: Any = None, name: Any = None, place: Any = None) -> Select[Any]:
    """(kind, post, number, name, place in a list)"""
    no_number, no_text = cast(null(), BigId), cast(null(), Text)
    return select(
        literal_column(f"'{kind}'", Text),
        post_id,
        no_number if number is None else number,
        no_text if name is None else name,
        no_number if place is None else place,
    )


def _everybodys(shown: Any, *, signed_in: bool) -> list[Select[Any]]:
    seen = visible_to_one(VIEWER if signed_in else None)
    total = func.count()
    answered = _SHOWN.id.in_(shown), _PARENT.id == _SHOWN.in_reply_to_id
    return [
        _part("favourites", Reaction.post_id, total).where(Reaction.post_id.in_(shown)).group_by(Reaction.post_id),
        _part("reblogs", Post.reblog_of_id, total).where(Post.reblog_of_id.in_(shown)).group_by(Post.reblog_of_id),
        _part("replies", Post.in_reply_to_id, total)
        .where(Post.in_reply_to_id.in_(shown), seen)
        .group_by(Post.in_reply_to_id),
        _part("mentions", Mention.post_id, Mention.actor_id, place=Mention.id).where(
            Mention.post_id.in_(shown), Mention.silent.is_(False)
        ),
        _part("tags", PostTag.post_id, name=PostTag.name, place=PostTag.id).where(PostTag.post_id.in_(shown)),
        _part("parent_author_id", _SHOWN.id, _PARENT.author_id).where(*answered),
    ]


def _own(shown: Any) -> list[Select[Any]]:
    reaction = Reaction.actor_id == VIEWER, Reaction.emoji == "", Reaction.post_id.in_(shown)
    root = func.coalesce(_SHOWN.root_id, _SHOWN.id)
    thread = and_(ThreadMute.root_id == root, ThreadMute.actor_id == VIEWER)
    vote = PollVote.post_id.in_(shown), PollVote.actor_id == VIEWER
    return [
        _part("favourited", Reaction.post_id).where(*reaction),
        _part("reblogged", Post.reblog_of_id).where(Post.reblog_of_id.in_(shown), Post.author_id == VIEWER),
        _part("bookmarked", Bookmark.post_id).where(Bookmark.actor_id == VIEWER, Bookmark.post_id.in_(shown)),
        _part("pinned", Pin.post_id).where(Pin.actor_id == VIEWER, Pin.post_id.in_(shown)),
        _part("muted", _SHOWN.id).join(ThreadMute, thread).where(_SHOWN.id.in_(shown)),
        _part("muted", _SHOWN.id).where(_SHOWN.id.in_(shown), muted(_SHOWN.author_id)),
        _part("votes", PollVote.post_id, PollVote.choice, place=PollVote.choice).where(*vote),
    ]
