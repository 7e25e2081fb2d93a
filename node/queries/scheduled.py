"""Posts that wait for their time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select

from node.database import Transaction
from node.database.tables import MediaFile, ScheduledPost
from node.queries.windows import Page, part


async def add(tx: Transaction, actor_id: int, at: datetime, parameters: Mapping[str, Any]) -> ScheduledPost:
    row = {"id": tx.new_id(), "actor_id": actor_id, "scheduled_at": at, "parameters": dict(parameters)}
    return tx.add(ScheduledPost, row)


async def own(tx: Transaction, actor_id: int, scheduled_id: int) -> ScheduledPost | None:
    """Hers, held until the end of the transaction."""
    found: ScheduledPost | None = await locked(tx, scheduled_id)
    return found if found is not None and found.actor_id == actor_id else None


async def locked(tx: Transaction, scheduled_id: int) -> ScheduledPost | None:
    found: ScheduledPost | None = await tx.one(
        select(ScheduledPost).where(ScheduledPost.id == scheduled_id).with_for_update()
    )
    return found


async def by_id(tx: Transaction, scheduled_id: int) -> ScheduledPost | None:
    return await tx.get(ScheduledPost, scheduled_id)


async def page(tx: Transaction, actor_id: int, window: Page) -> Sequence[ScheduledPost]:
    hers = select(ScheduledPost).where(ScheduledPost.actor_id == actor_id)
    return await part(tx, hers, window, ScheduledPost.id)


async def count(tx: Transaction, actor_id: int) -> int:
    hers = select(func.count()).select_from(ScheduledPost).where(ScheduledPost.actor_id == actor_id)
    return int(await tx.one(hers))


async def change(tx: Transaction, row: ScheduledPost, **values: Any) -> None:
    await tx.write(row, values)


async def remove(tx: Transaction, row: ScheduledPost) -> None:
    await tx.execute(delete(ScheduledPost).where(ScheduledPost.id == row.id))


async def files(tx: Transaction, rows: Sequence[ScheduledPost]) -> dict[int, list[MediaFile]]:
    """What was uploaded for each, by its id."""
    found: dict[int, list[MediaFile]] = {row.id: [] for row in rows}
    if rows:
        kept = select(MediaFile).where(MediaFile.scheduled_id.in_(found)).order_by(MediaFile.id)
        for file in await tx.all(kept):
            found[file.scheduled_id].append(file)
    return found
