"""How far somebody has read, told from app to app."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import select

from node.database import Transaction
from node.database.tables import Marker

FIRST_VERSION: Final = 1


async def of(tx: Transaction, actor_id: int, timelines: Collection[str]) -> Sequence[Marker]:
    return await tx.all(select(Marker).where(Marker.actor_id == actor_id, Marker.timeline.in_(timelines)))


async def move(tx: Transaction, actor_id: int, places: Mapping[str, int]) -> Sequence[Marker]:
    """Forwards alone: an app that was asleep does not undo what another has read. All of them as they are now."""
    for timeline, last_read_id in places.items():
        row = {"actor_id": actor_id, "timeline": timeline, "last_read_id": last_read_id}
        adding = tx.dialect_insert(Marker).values(row | {"version": FIRST_VERSION, "updated_at": tx.now})
        changed = {"last_read_id": last_read_id, "version": Marker.version + 1, "updated_at": tx.now}
        await tx.execute(
            adding.on_conflict_do_update(
                index_elements=["actor_id", "timeline"], set_=changed, where=Marker.last_read_id < last_read_id
            )
        )
    return await of(tx, actor_id, places)
