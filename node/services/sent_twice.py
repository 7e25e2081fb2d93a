"""What an app sends twice under one Idempotency-Key is done once, also when both come at the same time."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from node.database import Transaction
from node.database.tables import User
from node.queries import sent_twice as rows
from node.services.tokens import token_hash

KEPT_FOR: Final = timedelta(days=1)


async def once(tx: Transaction, user: User, key: str | None, make: Callable[[], Awaitable[int]]) -> int:
    """The id of what `make` makes now, or made the first time. Without a key it is made each time.

    The key is a row of the same transaction: whoever comes with it meanwhile waits for its end, and what is given up
    leaves the key free.
    """
    if not key:
        return await make()
    hashed = token_hash(key)
    made = await rows.claim(tx, user.id, hashed, tx.now - KEPT_FOR)
    if made is None:
        made = await make()
        await rows.keep(tx, user.id, hashed, made)
    return made
