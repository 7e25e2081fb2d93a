"""Reports, for moderators."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select, update

from node.database import Transaction
from node.database.tables import Actor, Post, Report
from node.errors import NotFound
from node.queries.visibility import visible_to


async def add_report(tx: Transaction, values: Mapping[str, Any]) -> int:
    """Its id."""
    report_id = tx.new_id()
    tx.insert(Report, [{"id": report_id, "created_at": tx.now, **values}])
    return report_id


async def by_ids(tx: Transaction, report_ids: Collection[int]) -> Sequence[Report]:
    return await tx.all(select(Report).where(Report.id.in_(report_ids)))


async def required(tx: Transaction, report_id: int) -> Report:
    """Raises `NotFound`."""
    found = await tx.get(Report, report_id)
    if found is None:
        raise NotFound("There is no such report.")
    return found


async def reportable(tx: Transaction, viewer: Actor, author_id: int, post_ids: Collection[int]) -> Sequence[Post]:
    """Of these posts of one author those that she may read, or could if she had not blocked the author."""
    seen = or_(visible_to(viewer), visible_to(None))
    named = Post.id.in_(post_ids), Post.author_id == author_id, Post.reblog_of_id.is_(None)
    return await tx.all(select(Post).where(*named, seen).order_by(Post.id))


async def open_reports(tx: Transaction) -> Sequence[Report]:
    return await tx.all(select(Report).where(Report.closed_at.is_(None)).order_by(Report.id))


async def close_report(tx: Transaction, report_id: int) -> bool:
    """Whether it was there, and open."""
    waiting = update(Report).where(Report.id == report_id, Report.closed_at.is_(None))
    return await tx.change(waiting.values(closed_at=tx.now)) > 0
