"""What somebody does not want to read, or only after a warning: filters with their words and posts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import delete, func, select

from node.database import Transaction
from node.database.tables import Filter, FilterKeyword, FilterStatus

Part = TypeVar("Part", FilterKeyword, FilterStatus)


@dataclass(frozen=True, slots=True)
class FilterView:
    """A filter with all that belongs to it."""

    filter: Filter
    keywords: tuple[FilterKeyword, ...]
    statuses: tuple[FilterStatus, ...]


async def of(tx: Transaction, actor_id: int) -> list[FilterView]:
    """All of hers, those that have ended too, the oldest first."""
    rows = await tx.all(select(Filter).where(Filter.actor_id == actor_id).order_by(Filter.id))
    return await _views(tx, rows)


async def of_many(tx: Transaction, actor_ids: Collection[int]) -> dict[int, list[FilterView]]:
    """The same of many; who has none is left out."""
    found: dict[int, list[FilterView]] = {}
    rows = await tx.all(select(Filter).where(Filter.actor_id.in_(actor_ids)).order_by(Filter.id))
    for view in await _views(tx, rows):
        found.setdefault(view.filter.actor_id, []).append(view)
    return found


async def one(tx: Transaction, actor_id: int, filter_id: int) -> FilterView | None:
    """Hers alone."""
    rows = await tx.all(select(Filter).where(Filter.actor_id == actor_id, Filter.id == filter_id))
    return next(iter(await _views(tx, rows)), None)


async def _views(tx: Transaction, rows: Sequence[Filter]) -> list[FilterView]:
    wanted = [row.id for row in rows]
    if not wanted:
        return []
    keywords = await tx.all(_parts(FilterKeyword).where(FilterKeyword.filter_id.in_(wanted)))
    statuses = await tx.all(_parts(FilterStatus).where(FilterStatus.filter_id.in_(wanted)))

    def of_filter(parts: Sequence[Part], row: Filter) -> tuple[Part, ...]:
        return tuple(part for part in parts if part.filter_id == row.id)

    return [FilterView(row, of_filter(keywords, row), of_filter(statuses, row)) for row in rows]


def _parts(kind: type[Part]) -> Any:
    return select(kind).order_by(kind.id)


async def part(tx: Transaction, actor_id: int, kind: type[Part], part_id: int) -> tuple[Part, Filter] | None:
    """A word or a post of one of her filters, with that."""
    rows = await tx.rows(
        select(kind, Filter)
        .join(Filter, Filter.id == kind.filter_id)
        .where(kind.id == part_id, Filter.actor_id == actor_id)
    )
    return (rows[0][0], rows[0][1]) if rows else None


async def count(tx: Transaction, actor_id: int) -> int:
    """How many words and posts there are in all of hers."""
    total = 0
    for kind in (FilterKeyword, FilterStatus):
        parts = select(func.count()).select_from(kind).join(Filter, Filter.id == kind.filter_id)
        total += int(await tx.one(parts.where(Filter.actor_id == actor_id)))
    return total


async def add(tx: Transaction, actor_id: int, values: dict[str, Any]) -> Filter:
    return tx.add(Filter, {"id": tx.new_id(), "actor_id": actor_id, **values})


async def change(tx: Transaction, row: Filter, values: dict[str, Any]) -> None:
    await tx.write(row, values)


async def remove(tx: Transaction, row: Filter) -> None:
    """With all that belongs to it."""
    await tx.execute(delete(Filter).where(Filter.id == row.id))


async def add_keyword(tx: Transaction, row: Filter, keyword: str, *, whole_word: bool) -> FilterKeyword:
    return tx.add(FilterKeyword, {"id": tx.new_id(), "filter_id": row.id, "keyword": keyword, "whole_word": whole_word})


async def change_keyword(tx: Transaction, keyword: FilterKeyword, values: dict[str, Any]) -> None:
    await tx.write(keyword, values)


async def add_status(tx: Transaction, row: Filter, post_id: int) -> FilterStatus:
    """Twice is once."""
    known: FilterStatus | None = await tx.one(
        select(FilterStatus).where(FilterStatus.filter_id == row.id, FilterStatus.post_id == post_id)
    )
    return known or tx.add(FilterStatus, {"id": tx.new_id(), "filter_id": row.id, "post_id": post_id})


async def remove_part(tx: Transaction, part: FilterKeyword | FilterStatus) -> None:
    kind = type(part)
    await tx.execute(delete(kind).where(kind.id == part.id))
