"""The part of a list that is asked for, by ids: keyset pages, newest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Integer, bindparam

from node.database import Transaction, ids
from node.database.columns import BigId
from node.database.snapshots import snapshot
from node.database.tables import Post

MOST: Final = 80
END: Final = (1 << 63) - 1
"""Above every id."""
SPANS: Final = (timedelta(hours=2), timedelta(days=1), timedelta(days=12), timedelta(days=144))
LOW: Final = bindparam("low", type_=BigId)
HIGH: Final = bindparam("high", type_=BigId)
SIZE: Final = bindparam("size", type_=Integer)


@dataclass(frozen=True, slots=True)
class Page:
    """A window by ids: the newest that are older than `before` and newer than `after`; or, directly above `above`, the
    oldest of these. Either way the newest comes first."""

    limit: int = 20
    before: int | None = None
    after: int | None = None
    above: int | None = None

    @property
    def size(self) -> int:
        return max(1, min(self.limit, MOST))

    @property
    def floor(self) -> int:
        """All that is in it is newer."""
        return max(self.after or 0, self.above or 0)

    @property
    def upwards(self) -> bool:
        return self.above is not None


def bounded(statement: Any, page: Page, key: Any = Post.id) -> Any:
    """`key` is the id that the list is ordered by: of what is listed, or of what ties it to the list."""
    if page.before is not None:
        statement = statement.where(key < page.before)
    if page.floor:
        statement = statement.where(key > page.floor)
    return statement.order_by(key if page.upwards else key.desc()).limit(page.size)


async def part(tx: Transaction, statement: Any, page: Page, key: Any = Post.id) -> Sequence[Any]:
    """Entities of one column."""
    return newest_first(await tx.all(bounded(statement, page, key)), page)


def newest_first(rows: Sequence[Any], page: Page) -> Sequence[Any]:
    """What was found from the edge of the page on, in the order in which it is shown."""
    return rows[::-1] if page.upwards else rows


def windowed(statement: Any, *, upwards: bool, key: Any = Post.id) -> Any:
    """The same of a statement that is made once, with parameters for the window."""
    return statement.where(key > LOW, key < HIGH).order_by(key if upwards else key.desc()).limit(SIZE)


async def posts(tx: Transaction, statement: Any, page: Page, **bound: Any) -> Sequence[Post]:
    """Of a `windowed` statement of all columns of posts."""
    rows = await tx.plain(statement, low=page.floor, high=page.before or END, size=page.size, **bound)
    return newest_first([snapshot(Post, row) for row in rows], page)


async def posts_of_many(tx: Transaction, statement: Any, page: Page, **bound: Any) -> Sequence[Post]:
    """The same of what many wrote. No index has that in one order, so all that is asked for is sorted: first some hours
    alone, and further only where those do not fill the page."""
    for narrowed in _spans(page, ids.first_of(tx.now)):
        found = await posts(tx, statement, narrowed, **bound)
        if len(found) == page.size:
            return found
    return await posts(tx, statement, page, **bound)


def _spans(page: Page, now: int) -> Iterator[Page]:
    """Parts of the page, each of which begins where it does; those alone that do not reach its end."""
    latest = min(page.before or END, now)
    for span in SPANS:
        if page.above is not None and (reach := ids.after(page.floor, span)) < latest:
            yield replace(page, before=reach)
        elif page.above is None and (reach := ids.before(latest, span)) > page.floor:
            yield replace(page, after=reach)
