"""Votes in polls: who has chosen what, and how many chose it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select

from node.database import Transaction
from node.database.tables import PollVote, Post


def ending(post: Post) -> datetime | None:
    """A poll may have none (Misskey)."""
    stated = post.poll.get("ends_at") if post.poll else None
    return datetime.fromisoformat(stated) if stated else None


def is_over(post: Post, now: datetime) -> bool:
    """Closed by its author's node, or past its end."""
    ends_at = ending(post)
    closed = bool(post.poll and post.poll.get("closed_at"))
    return closed or (ends_at is not None and ends_at <= now)


async def locked(tx: Transaction, post_id: int) -> Post | None:
    """The post as it is now, held until the end of the transaction: two votes at once are counted one by one."""
    found: Post | None = await tx.one(select(Post).where(Post.id == post_id).with_for_update())
    return found


async def choices(tx: Transaction, post_id: int, actor_id: int) -> Sequence[int]:
    mine = select(PollVote.choice).where(PollVote.post_id == post_id, PollVote.actor_id == actor_id)
    return await tx.all(mine.order_by(PollVote.choice))


async def add(tx: Transaction, post_id: int, actor_id: int, votes: Iterable[tuple[int, int, str | None]]) -> None:
    """(row id, choice, its id on the wire) of each."""
    of_her = {"post_id": post_id, "actor_id": actor_id, "created_at": tx.now}
    tx.insert(PollVote, [{"id": row_id, "choice": choice, "uri": uri, **of_her} for row_id, choice, uri in votes])
    tx.tell("posts")


async def counted(tx: Transaction, post_id: int) -> tuple[dict[int, int], int]:
    """How many chose each, and how many people that are."""
    by_choice = select(PollVote.choice, func.count()).where(PollVote.post_id == post_id).group_by(PollVote.choice)
    people = select(func.count(func.distinct(PollVote.actor_id))).where(PollVote.post_id == post_id)
    tally = {choice: int(total) for choice, total in await tx.rows(by_choice)}
    return tally, int(await tx.one(people))


async def forget(tx: Transaction, post_id: int) -> None:
    """What was asked is another question now."""
    await tx.execute(delete(PollVote).where(PollVote.post_id == post_id))
