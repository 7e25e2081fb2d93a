"""Hashtags: who follows and shows which, and how much each was used lately. Names are casefolded, without the sign."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select

from node.database import Transaction, ids
from node.database.tables import FeaturedTag, FollowedTag, Post, PostTag
from node.queries.visibility import listed, visible_to
from node.queries.windows import Page, part

DAYS: Final = 7
MOST_USES: Final = 20_000
"""Of those of some days, the newest: counts stop there."""


@dataclass(frozen=True, slots=True)
class Day:
    """How often something stood in public posts of a day, and of how many people."""

    day: date
    uses: int = 0
    accounts: int = 0


async def followed(tx: Transaction, actor_id: int, page: Page) -> Sequence[FollowedTag]:
    return await part(tx, select(FollowedTag).where(FollowedTag.actor_id == actor_id), page, FollowedTag.id)


async def followed_among(tx: Transaction, actor_id: int, names: Collection[str]) -> set[str]:
    mine = select(FollowedTag.name).where(FollowedTag.actor_id == actor_id, FollowedTag.name.in_(names))
    return set(await tx.all(mine))


async def count_followed(tx: Transaction, actor_id: int) -> int:
    return int(await tx.one(select(func.count()).select_from(FollowedTag).where(FollowedTag.actor_id == actor_id)))


async def follow(tx: Transaction, actor_id: int, name: str) -> None:
    tx.insert(FollowedTag, [{"id": tx.new_id(), "actor_id": actor_id, "name": name}], once=True)


async def unfollow(tx: Transaction, actor_id: int, name: str) -> None:
    await tx.execute(delete(FollowedTag).where(FollowedTag.actor_id == actor_id, FollowedTag.name == name))


async def featured(tx: Transaction, actor_id: int) -> Sequence[FeaturedTag]:
    return await tx.all(select(FeaturedTag).where(FeaturedTag.actor_id == actor_id).order_by(FeaturedTag.id))


async def featured_one(tx: Transaction, actor_id: int, tag_id: int) -> FeaturedTag | None:
    mine = FeaturedTag.id == tag_id, FeaturedTag.actor_id == actor_id
    found: FeaturedTag | None = await tx.one(select(FeaturedTag).where(*mine))
    return found


async def feature(tx: Transaction, actor_id: int, name: str, display: str) -> FeaturedTag:
    """Twice is once."""
    known = select(FeaturedTag).where(FeaturedTag.actor_id == actor_id, FeaturedTag.name == name)
    found: FeaturedTag | None = await tx.one(known)
    row = {"id": tx.new_id(), "actor_id": actor_id, "name": name, "display": display}
    return found or tx.add(FeaturedTag, row)


async def unfeature(tx: Transaction, actor_id: int, name: str) -> None:
    await tx.execute(delete(FeaturedTag).where(FeaturedTag.actor_id == actor_id, FeaturedTag.name == name))


async def used_by(tx: Transaction, author_id: int, names: Collection[str]) -> dict[str, tuple[int, datetime]]:
    """(how often, when last) in public posts of one account."""
    counted = (
        select(PostTag.name, func.count(), func.max(Post.published))
        .join(Post, Post.id == PostTag.post_id)
        .where(Post.author_id == author_id, PostTag.name.in_(names), listed(), visible_to(None))
        .group_by(PostTag.name)
    )
    return {name: (int(total), last) for name, total, last in await tx.rows(counted)}


async def most_used_by(tx: Transaction, author_id: int, limit: int) -> Sequence[str]:
    """What she writes about most and does not show yet."""
    shown = select(FeaturedTag.name).where(FeaturedTag.actor_id == author_id)
    counted = (
        select(PostTag.name)
        .join(Post, Post.id == PostTag.post_id)
        .where(Post.author_id == author_id, PostTag.name.not_in(shown), listed(), visible_to(None))
        .group_by(PostTag.name)
        .order_by(func.count().desc(), PostTag.name)
        .limit(limit)
    )
    return await tx.all(counted)


async def history(tx: Transaction, names: Collection[str]) -> dict[str, list[Day]]:
    """The last days of each, today first."""
    uses = await _uses(tx, names)
    return {name: days(tx.now, uses.get(name, ())) for name in names}


async def _uses(tx: Transaction, names: Collection[str] | None) -> dict[str, list[tuple[int, int]]]:
    """(post, author) of public posts of the last days, by hashtag."""
    since = ids.first_of(_midnight(tx.now) - timedelta(days=DAYS - 1))
    statement: Any = (
        select(PostTag.name, Post.id, Post.author_id)
        .join(Post, Post.id == PostTag.post_id)
        .where(PostTag.post_id >= since, listed(), visible_to(None))
        .order_by(PostTag.post_id.desc())
        .limit(MOST_USES)
    )
    if names is not None:
        statement = statement.where(PostTag.name.in_(names))
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for name, post_id, author_id in await tx.rows(statement):
        found[name].append((post_id, author_id))
    return found


async def uses(tx: Transaction) -> dict[str, list[tuple[int, int]]]:
    """(post, author) of all hashtags of the last days."""
    return await _uses(tx, None)


def days(now: datetime, uses: Collection[tuple[int, int]]) -> list[Day]:
    """The last days, today first, of (post, author)."""
    today = now.date()
    authors: dict[date, list[int]] = defaultdict(list)
    for post_id, author_id in uses:
        authors[ids.moment_of(post_id).date()].append(author_id)
    wanted = [today - timedelta(days=number) for number in range(DAYS)]
    return [Day(day, len(authors[day]), len(set(authors[day]))) for day in wanted]


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)
