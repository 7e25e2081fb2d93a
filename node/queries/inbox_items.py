"""Accepted activities waiting for their effect."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import and_, delete, exists, func, or_, select, text, update
from sqlalchemy.orm import aliased

from node.database import Database, Transaction, id_at
from node.database.tables import InboxItem
from node.database.transaction import Insert, Inserting

LEASE = timedelta(minutes=5)
_EARLIER = aliased(InboxItem)
AGAIN = "Follow"
"""The kind that is looked at again when it comes again: a repeated Follow gets its answer again."""


@cache
def _adding(insert: Inserting) -> Insert:
    """Made once for each database: it is run for every batch that arrives."""
    again = {name: text(f"excluded.{name}") for name in ("due_at", "document")}
    return insert(InboxItem.__table__).on_conflict_do_update(
        index_elements=["actor_uri", "activity_id"],
        set_=again | {"attempts": 0, "outcome": None, "reason": None},
        where=and_(InboxItem.due_at.is_(None), InboxItem.kind == AGAIN),
    )


async def add(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Stores them once each, by actor and activity id; a known Follow is woken."""
    await tx.execute_many(_adding(tx.inserting), rows)
    tx.tell("inbox")


async def store(database: Database, rows: Sequence[dict[str, Any]]) -> None:
    """The same in a transaction of its own; of those that came twice at once the first."""
    once: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        once.setdefault((row["actor_uri"], row["activity_id"]), row)
    await database.append(_adding, list(once.values()), tell="inbox")


async def take(tx: Transaction, room: int, besides: Sequence[str] = ()) -> Sequence[InboxItem]:
    """The oldest that are due, for this transaction to finish; PostgreSQL keeps them from other workers meanwhile.

    Left out are actors of whom an earlier item is leased, and those `besides`: one actor's activities take effect in
    their order.
    """
    earlier = _EARLIER.actor_uri == InboxItem.actor_uri, _EARLIER.id < InboxItem.id
    elsewhere = exists(
        select(_EARLIER.id).where(*earlier, _EARLIER.claimed, _EARLIER.due_at > tx.now).correlate(InboxItem)
    )
    due = select(InboxItem).where(InboxItem.due_at <= tx.now, ~elsewhere).order_by(InboxItem.due_at, InboxItem.id)
    if besides:
        due = due.where(InboxItem.actor_uri.not_in(besides))
    return await tx.all(due.limit(room).with_for_update(skip_locked=True))


async def lease(tx: Transaction, item_ids: Collection[int]) -> Sequence[int]:
    """Keeps items for this worker while it fetches what they miss: those that no other has taken in the meantime."""
    due = select(InboxItem.id).where(InboxItem.id.in_(item_ids), InboxItem.due_at <= tx.now)
    leased = await tx.all(due.order_by(InboxItem.id).with_for_update(skip_locked=True))
    if leased:
        values = {"due_at": tx.now + LEASE, "claimed": True, "attempts": InboxItem.attempts + 1}
        await tx.execute(update(InboxItem).where(InboxItem.id.in_(leased)).values(**values))
    return leased


async def finish(tx: Transaction, item_id: int, outcome: str, reason: str | None) -> None:
    """The end of it; nothing of its content is kept."""
    done = {"due_at": None, "claimed": False, "outcome": outcome, "reason": reason, "document": ""}
    await tx.execute(update(InboxItem).where(InboxItem.id == item_id).values(**done))


async def finish_many(tx: Transaction, outcomes: Sequence[tuple[int, str, str | None]]) -> None:
    """Many at once: one statement for all that ended alike."""
    ends: dict[tuple[str, str | None], list[int]] = {}
    for item_id, outcome, reason in outcomes:
        ends.setdefault((outcome, reason), []).append(item_id)
    for (outcome, reason), ids in ends.items():
        done = {"due_at": None, "claimed": False, "document": "", "outcome": outcome, "reason": reason}
        await tx.execute(update(InboxItem).where(InboxItem.id.in_(ids)).values(**done))


async def forget(tx: Transaction, actor_uri: str, activity_id: str) -> None:
    """What was taken back may be said again under the same id: NodeBB 4.15 names a vote by who gives it and what to."""
    done = InboxItem.due_at.is_(None) & (InboxItem.activity_id == activity_id)
    await tx.execute(delete(InboxItem).where(InboxItem.actor_uri == actor_uri, done))


async def put_back(tx: Transaction, item_id: int, due_at: datetime, reason: str) -> None:
    """For another try."""
    values = {"due_at": due_at, "claimed": False, "reason": reason}
    await tx.execute(update(InboxItem).where(InboxItem.id == item_id).values(**values))


async def postpone(tx: Transaction, item_ids: Collection[int], due_at: datetime) -> None:
    """For later, as if leased: what the same actors have sent since waits behind them."""
    values = {"due_at": due_at, "claimed": True}
    await tx.execute(
        update(InboxItem).where(InboxItem.id.in_(item_ids), InboxItem.due_at.is_not(None)).values(**values)
    )


async def wake(tx: Transaction, actor_uri: str) -> None:
    """What was held for want of something that this actor has sent now."""
    held = update(InboxItem).where(InboxItem.actor_uri == actor_uri, InboxItem.due_at > tx.now, ~InboxItem.claimed)
    await tx.execute(held.values(due_at=tx.now))
    tx.tell("inbox")


async def release(tx: Transaction) -> None:
    """At the start of the only process: what an earlier one had leased is due again."""
    await tx.execute(update(InboxItem).where(InboxItem.claimed).values(claimed=False, due_at=tx.now))


async def handled_since(tx: Transaction, actor_uri: str, kind: str, since: datetime) -> bool:
    """Whether an activity of this kind by this actor has had its effect since then."""
    done = select(InboxItem.id).where(InboxItem.actor_uri == actor_uri, InboxItem.kind == kind)
    standing = done.where(InboxItem.outcome == "handled", InboxItem.arrived_at > since)
    return await tx.one(standing.limit(1)) is not None


async def next_due(tx: Transaction, besides: Sequence[str] = ()) -> datetime | None:
    """When the next item is due, of actors other than those `besides`."""
    waiting = InboxItem.due_at.is_not(None)  # else the index of what waits is not used, and all of the past is read
    statement = select(func.min(InboxItem.due_at)).where(waiting)
    if besides:
        statement = statement.where(InboxItem.actor_uri.not_in(besides))
    found: datetime | None = await tx.one(statement)
    return found


async def waiting(tx: Transaction) -> int:
    return int(await tx.one(select(func.count()).select_from(InboxItem).where(InboxItem.due_at.is_not(None))))


async def failures(tx: Transaction, limit: int) -> Sequence[InboxItem]:
    """Those that wait after a failure, and those that were given up, newest first."""
    statement = select(InboxItem).where(
        or_(InboxItem.outcome == "failed", and_(InboxItem.due_at.is_not(None), InboxItem.reason.is_not(None)))
    )
    return await tx.all(statement.order_by(InboxItem.id.desc()).limit(limit))


async def outcomes(tx: Transaction) -> dict[str, int]:
    statement = select(InboxItem.outcome, func.count()).where(InboxItem.due_at.is_(None)).group_by(InboxItem.outcome)
    return {str(outcome): int(n) for outcome, n in await tx.rows(statement)}


async def forget_finished(tx: Transaction, before: datetime, most: int = 1000) -> int:
    """Removes finished items that came before a time, so many at once; how many it were."""
    old = select(InboxItem.id).where(InboxItem.id < id_at(before), InboxItem.due_at.is_(None)).limit(most)
    ids = await tx.all(old)
    if not ids:
        return 0
    return await tx.change(delete(InboxItem).where(InboxItem.id.in_(ids)))
