"""Accounts that want to be found: who said so of herself, here or elsewhere."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

from sqlalchemy import func, select

from node.database import Transaction
from node.database.tables import Actor, Post
from node.queries.account_lists import not_apart, standing

Order: TypeAlias = Literal["active", "new"]


async def page(
    tx: Transaction, viewer: Actor, *, order: Order, local: bool, offset: int, limit: int
) -> Sequence[Actor]:
    """Those who wrote last, or who came last."""
    found = select(Actor).where(Actor.discoverable, standing(), not_apart(viewer), Actor.type != "Application")
    if local:
        found = found.where(Actor.host.is_(None))
    if order == "active":
        latest = select(func.max(Post.id)).where(Post.author_id == Actor.id).scalar_subquery()
        found = found.order_by(func.coalesce(latest, 0).desc(), Actor.id.desc())
    else:
        found = found.order_by(Actor.id.desc())
    return await tx.all(found.offset(offset).limit(limit))
