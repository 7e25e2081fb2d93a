"""What is known of each post's words: which posts wait to be read for theirs, and the tokens of the others.

A post waits from when it is written, edited or comes in; a job reads all that wait, so that nothing that comes in takes
longer for it. What is deleted leaves at once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, exists, select, text

from node.database import Transaction
from node.database.memory import UNKNOWN
from node.database.tables import Job, Post, SearchEntry, SearchWaiting
from node.queries import jobs

KIND: Final = "index"
AFTER: Final = timedelta(seconds=2)
"""What comes in within it is read together."""
PART: Final = 2000
_WANTED: Final = "search.job"


async def wait(tx: Transaction, post_id: int) -> None:
    """Its words are not those that are known, or none are."""
    tx.insert(SearchWaiting, [{"id": post_id}], once=True)
    await _want(tx)


async def _want(tx: Transaction) -> None:
    if tx.memory.get(_WANTED, KIND) is UNKNOWN:
        tx.memory.put(_WANTED, KIND, True)
        await jobs.add(tx, KIND, "", {}, tx.now + AFTER)


async def forget(tx: Transaction, post_id: int) -> None:
    for table in (SearchEntry, SearchWaiting):
        await tx.execute(delete(table).where(table.id == post_id))


async def waiting(tx: Transaction, room: int) -> Sequence[Post]:
    statement = select(Post).join(SearchWaiting, SearchWaiting.id == Post.id)
    return await tx.all(statement.order_by(SearchWaiting.id.desc()).limit(room))


async def keep(tx: Transaction, found: Mapping[int, str], edited: Mapping[int, datetime | None]) -> bool:
    """Keeps the words of posts; one that was edited or deleted meanwhile goes on waiting, or is left out.

    Whether none waits any more: then the job that reads them is over, in this same commit, so that whatever comes next
    makes a new one.
    """
    now = select(Post.id, Post.edited_at, Post.deleted_at).where(Post.id.in_(found))
    same = {row_id: gone for row_id, at, gone in await tx.rows(now) if at == edited[row_id]}
    rows = [{"id": row_id, "words": found[row_id]} for row_id, gone in same.items() if gone is None]
    for table in (SearchEntry, SearchWaiting):
        await tx.execute(delete(table).where(table.id.in_(same)))
    tx.insert(SearchEntry, rows)
    if await tx.one(select(SearchWaiting.id).limit(1)) is not None:
        return False
    await tx.execute(delete(Job).where(Job.kind == KIND))
    return True


async def find_unread(tx: Transaction, after: int) -> int | None:
    """Lets those of the next posts wait whose words nobody has read; the last id that was looked at, None at the
    end."""
    ids = await tx.all(select(Post.id).where(Post.id > after).order_by(Post.id).limit(PART))
    if not ids:
        return None
    known = exists(select(SearchEntry.id).where(SearchEntry.id == Post.id).correlate(Post))
    stands = Post.reblog_of_id.is_(None), Post.deleted_at.is_(None)
    unread = await tx.all(select(Post.id).where(Post.id.in_(ids), *stands, ~known))
    if unread:
        tx.insert(SearchWaiting, [{"id": row_id} for row_id in unread], once=True)
        await _want(tx)
    return int(ids[-1])


async def optimise(tx: Transaction) -> None:
    """SQLite keeps deleted words in old parts of the index until these are merged. PostgreSQL sees to it by itself."""
    if tx.settings.sqlite:
        await tx.execute(text("INSERT INTO search_index (search_index) VALUES ('optimize')"))
