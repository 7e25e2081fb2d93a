"""Finding by what somebody types: posts by their words, hashtags by their beginning.

What may be found is less than what may be seen: what she wrote, what names her, posts of the groups that she is in, and
public posts of those who want to be found. Posts that are read by their link alone are in no list of anybody else.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, column, exists, func, literal_column, or_, select, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import aliased

from node.database import Transaction
from node.database.tables import Actor, Follow, Mention, Post, PostTag, SearchEntry
from node.queries.unwanted import unread
from node.queries.visibility import listed, visible_to

_AUTHOR = aliased(Actor)


async def posts(
    tx: Transaction, viewer: Actor, tokens: Sequence[str], *, limit: int, offset: int = 0, author_id: int | None = None
) -> Sequence[Post]:
    """Those that have all of the tokens (`services.words`), the newest first."""
    if not tokens:
        return []
    statement = select(Post).where(Post.id.in_(_matching(tx, tokens)), Post.reblog_of_id.is_(None))
    found = statement.where(_may_be_found_by(viewer), visible_to(viewer))
    found = found.where(~unread(Post.author_id, viewer.id, tx.now))
    if author_id is not None:
        found = found.where(Post.author_id == author_id)
    return await tx.all(found.order_by(Post.id.desc()).limit(limit).offset(offset))


def _matching(tx: Transaction, tokens: Sequence[str]) -> Any:
    """Ids of posts. Tokens hold no sign that either database would read as one of its own."""
    if tx.settings.sqlite:
        words = " ".join(f'"{token}"' for token in tokens)
        found = text("SELECT rowid FROM search_index WHERE search_index MATCH :words").bindparams(words=words)
        return select(found.columns(column("rowid")).subquery().c.rowid)
    words = " & ".join(f"'{token}'" for token in tokens)
    indexed = func.array_to_tsvector(func.string_to_array(SearchEntry.words, literal_column("' '")))
    return select(SearchEntry.id).where(indexed.op("@@")(cast(cast(words, Text), TSQUERY)))


def _may_be_found_by(viewer: Actor) -> ColumnElement[bool]:
    named = exists(select(Mention.id).where(Mention.post_id == Post.id, Mention.actor_id == viewer.id).correlate(Post))
    groups = select(Follow.target_id).where(Follow.follower_id == viewer.id, Follow.accepted_at.is_not(None))
    wants = _AUTHOR.indexable.is_(True) | (_AUTHOR.host.is_(None) & _AUTHOR.discoverable.is_(True))
    open_author = exists(select(_AUTHOR.id).where(_AUTHOR.id == Post.author_id, wants).correlate(Post))
    return or_(Post.author_id == viewer.id, named, Post.group_id.in_(groups), listed() & open_author)


async def hashtags(tx: Transaction, beginning: str, *, limit: int, offset: int = 0) -> Sequence[str]:
    """Those that public posts have, the most used first."""
    used = (
        select(PostTag.name)
        .join(Post, Post.id == PostTag.post_id)
        .where(PostTag.name.startswith(beginning.casefold(), autoescape=True), listed(), visible_to(None))
        .group_by(PostTag.name)
        .order_by((PostTag.name == beginning.casefold()).desc(), func.count().desc(), PostTag.name)
    )
    return await tx.all(used.limit(limit).offset(offset))
