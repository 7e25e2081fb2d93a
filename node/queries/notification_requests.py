"""What a policy keeps apart, one request for each sender; and the policies themselves.

A request has no row of its own: it is what is kept apart of one sender, under that sender's id.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from node.database import Transaction
from node.database.tables import Actor, Notification, NotificationPermission, NotificationPolicy
from node.queries.notifications import Wanted, shown_to
from node.queries.windows import Page, newest_first

_KEPT_APART = Wanted(filtered=True)


@dataclass(frozen=True, slots=True)
class Request:
    """`latest_id`: its newest notice, by which requests are paged."""

    sender_id: int
    latest_id: int
    total: int
    began_at: datetime
    latest_at: datetime
    last_post_id: int | None


async def rules(tx: Transaction, actor_id: int) -> Mapping[str, Any]:
    """Those that were set."""
    found = await tx.one(select(NotificationPolicy.rules).where(NotificationPolicy.actor_id == actor_id))
    return found or {}


async def set_rules(tx: Transaction, actor_id: int, values: Mapping[str, Any]) -> None:
    statement = tx.dialect_insert(NotificationPolicy).values(actor_id=actor_id, rules=dict(values))
    changed = statement.on_conflict_do_update(index_elements=["actor_id"], set_={"rules": dict(values)})
    await tx.execute(changed)


async def page(tx: Transaction, viewer: Actor, window: Page) -> Sequence[Request]:
    """Newest first."""
    latest = func.max(Notification.id)
    statement = _requests(tx, viewer)
    if window.before is not None:
        statement = statement.having(latest < window.before)
    if window.floor:
        statement = statement.having(latest > window.floor)
    ordered = statement.order_by(latest if window.upwards else latest.desc()).limit(window.size)
    return newest_first(_read(await tx.rows(ordered)), window)


async def one(tx: Transaction, viewer: Actor, sender_id: int) -> Request | None:
    found = _read(await tx.rows(_requests(tx, viewer).where(Notification.from_id == sender_id)))
    return found[0] if found else None


def _requests(tx: Transaction, viewer: Actor) -> Any:
    moments = func.min(Notification.created_at), func.max(Notification.created_at)
    columns = Notification.from_id, func.max(Notification.id), func.count(), *moments, func.max(Notification.post_id)
    return select(*columns).where(shown_to(tx, viewer, _KEPT_APART)).group_by(Notification.from_id)


def _read(rows: Sequence[Any]) -> list[Request]:
    return [Request(*row) for row in rows]


async def totals(tx: Transaction, viewer: Actor) -> tuple[int, int]:
    """(requests, notices) that are kept apart."""
    columns = func.count(Notification.from_id.distinct()), func.count()
    rows = await tx.rows(select(*columns).where(shown_to(tx, viewer, _KEPT_APART)))
    return int(rows[0][0]), int(rows[0][1])


async def pending(tx: Transaction, actor_id: int, sender_ids: Collection[int]) -> Sequence[int]:
    """Of these those of whom something is kept apart."""
    return await tx.all(select(Notification.from_id).where(*_kept_apart(actor_id, sender_ids)).distinct())


def let_through(tx: Transaction, actor_id: int, sender_ids: Collection[int]) -> None:
    rows = [{"id": tx.new_id(), "actor_id": actor_id, "from_id": sender_id} for sender_id in sender_ids]
    tx.insert(NotificationPermission, rows, once=True)


def _kept_apart(actor_id: int, sender_ids: Collection[int]) -> tuple[Any, ...]:
    return Notification.actor_id == actor_id, Notification.filtered, Notification.from_id.in_(sender_ids)


async def release(tx: Transaction, actor_id: int, sender_ids: Collection[int]) -> None:
    theirs = update(Notification).where(*_kept_apart(actor_id, sender_ids))
    await tx.execute(theirs.values(filtered=False))


async def discard(tx: Transaction, actor_id: int, sender_ids: Collection[int]) -> None:
    await tx.execute(delete(Notification).where(*_kept_apart(actor_id, sender_ids)))
