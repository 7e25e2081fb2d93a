"""Posts that an app sent under a key of its own (Idempotency-Key): what was made for each."""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, select, update

from node.database import Transaction
from node.database.tables import IdempotencyKey

PART: Final = 500


async def claim(tx: Transaction, user_id: int, key: str, since: datetime) -> int | None:
    """Takes the key, waiting for whoever is taking it now; the id of what was made for it already, since then."""
    row = {"id": tx.new_id(), "user_id": user_id, "key": key, "made_id": None, "created_at": tx.now}
    if await tx.insert_new(IdempotencyKey, row):
        return None
    hers = IdempotencyKey.user_id == user_id, IdempotencyKey.key == key
    again = update(IdempotencyKey).where(*hers, IdempotencyKey.created_at < since)
    if await tx.change(again.values(made_id=None, created_at=tx.now)):
        return None
    made: int | None = await tx.one(select(IdempotencyKey.made_id).where(*hers))
    return made


async def keep(tx: Transaction, user_id: int, key: str, made_id: int) -> None:
    hers = IdempotencyKey.user_id == user_id, IdempotencyKey.key == key
    await tx.execute(update(IdempotencyKey).where(*hers).values(made_id=made_id))


async def forget(tx: Transaction, before: datetime) -> int:
    """Some of those from before then; how many."""
    old = select(IdempotencyKey.id).where(IdempotencyKey.created_at < before).limit(PART)
    return await tx.change(delete(IdempotencyKey).where(IdempotencyKey.id.in_(await tx.all(old))))
