"""Everything else that must happen later."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update

from node.database import Transaction
from node.database.tables import Job

LEASE = timedelta(minutes=10)


async def add(tx: Transaction, kind: str, key: str, payload: dict[str, Any], due_at: datetime | None = None) -> None:
    """One job per kind and key: asking again for what is waiting changes nothing."""
    row = {"kind": kind, "key": key, "payload": payload, "due_at": due_at or tx.now, "claimed": False, "attempts": 0}
    tx.insert(Job, [{"id": tx.new_id(), **row}], once=True)
    tx.tell("jobs")


async def forget(tx: Transaction, kind: str, key: str) -> None:
    """What was asked for need not be done any more."""
    await tx.execute(delete(Job).where(Job.kind == kind, Job.key == key))


async def claim(tx: Transaction, room: int) -> Sequence[Job]:
    due = select(Job.id).where(Job.due_at <= tx.now).order_by(Job.due_at).limit(room)
    ids = await tx.all(due.with_for_update(skip_locked=True))
    if not ids:
        return []
    lease = {"due_at": tx.now + LEASE, "claimed": True, "attempts": Job.attempts + 1}
    await tx.execute(update(Job).where(Job.id.in_(ids)).values(**lease))
    return await tx.all(select(Job).where(Job.id.in_(ids)))


async def release(tx: Transaction) -> None:
    """At the start of the only process: what an earlier one had leased is due again."""
    await tx.execute(update(Job).where(Job.claimed).values(claimed=False, due_at=tx.now))


async def done(tx: Transaction, job_id: int, again: datetime | None = None) -> None:
    """The end of it, or the beginning of the wait for its next time."""
    if again is None:
        await tx.execute(delete(Job).where(Job.id == job_id))
    else:
        waiting = {"due_at": again, "claimed": False, "attempts": 0, "reason": None}
        await tx.execute(update(Job).where(Job.id == job_id).values(**waiting))


async def put_back(tx: Transaction, job_id: int, due_at: datetime | None, reason: str) -> None:
    """For another try, or, without a time, given up and kept for `ordito queue`."""
    values = {"due_at": due_at, "claimed": False, "reason": reason}
    await tx.execute(update(Job).where(Job.id == job_id).values(**values))


async def postpone(tx: Transaction, kind: str, prefix: str, due_at: datetime) -> None:
    """Those whose key begins so, and that nobody has begun, wait at least as long."""
    waiting_ones = Job.kind == kind, Job.key.startswith(prefix, autoescape=True), Job.claimed.is_(False)
    await tx.execute(update(Job).where(*waiting_ones, Job.due_at < due_at).values(due_at=due_at))


async def next_due(tx: Transaction) -> datetime | None:
    found: datetime | None = await tx.one(select(func.min(Job.due_at)).where(Job.due_at.is_not(None)))
    return found


async def waiting(tx: Transaction) -> Sequence[Job]:
    return await tx.all(select(Job).order_by(Job.due_at))


async def retry(tx: Transaction) -> int:
    """Makes everything due now, also what was given up; how many jobs that is."""
    tx.tell("jobs")
    return await tx.change(update(Job).where(Job.claimed.is_(False)).values(due_at=tx.now, attempts=0))
