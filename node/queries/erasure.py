"""What goes with an account that is deleted: each row that names it, but those that stay on purpose.

Found by walking the tables: one that is added later goes too, unless somebody writes down here why it stays.
"""

from typing import Final

from sqlalchemy import Column, delete

from node.database import Transaction
from node.database.tables import Actor, Base

STAYS: Final = {
    "actor_keys": "of an account elsewhere: they prove its own Delete when that comes again",
    "actor_secrets": "of an account here: they sign its Delete",
    "deliveries": "its Delete is among them",
    "group_bans": "what moderators decided",
    "groups": "a group goes to somebody else, or its row says that it is closed",
    "media_files": "gone by then, with the job that removes the bytes",
    "mentions": "parts of what others wrote; those of its own posts are gone by then",
    "own_activities": "its Delete is among them; the words of the others go once that is delivered",
    "posts": "empty, so that threads hold",
    "relays": "how much a group has passed on lately",
    "reports": "what moderators decided",
    "users": "goes last, with tokens and all that is the log-in's",
}
GOES: Final[tuple[Column[int], ...]] = tuple(
    column
    for table in Base.metadata.sorted_tables
    for column in table.columns
    if table.name not in STAYS and any(key.column.table is Actor.__table__ for key in column.foreign_keys)
)


async def forget(tx: Transaction, actor_id: int) -> None:
    """Hers, and what others keep of her: notes, mutes, places in lists."""
    for column in GOES:
        await tx.execute(delete(column.table).where(column == actor_id))
    tx.tell("actors", "posts")
