"""Reports, for moderators."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from node.database import Transaction
from node.database.tables import Report


async def add_report(tx: Transaction, values: Mapping[str, Any]) -> None:
    tx.insert(Report, [{"id": tx.new_id(), "created_at": tx.now, **values}])


async def open_reports(tx: Transaction) -> Sequence[Report]:
    return await tx.all(select(Report).where(Report.closed_at.is_(None)).order_by(Report.id))


async def close_report(tx: Transaction, report_id: int) -> bool:
    """Whether it was there, and open."""
    waiting = update(Report).where(Report.id == report_id, Report.closed_at.is_(None))
    return await tx.change(waiting.values(closed_at=tx.now)) > 0
