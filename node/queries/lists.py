"""Lists: accounts that somebody reads apart; and her memberships of groups, each of which is a list of its own."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, func, select

from node.database import Transaction
from node.database.tables import Actor, Follow, ListMember, PersonalList
from node.queries.account_lists import standing
from node.queries.windows import Page, part


async def own(tx: Transaction, actor_id: int) -> Sequence[PersonalList]:
    return await tx.all(select(PersonalList).where(PersonalList.actor_id == actor_id).order_by(PersonalList.id))


async def one(tx: Transaction, actor_id: int, list_id: int) -> PersonalList | None:
    """Hers alone."""
    mine = PersonalList.id == list_id, PersonalList.actor_id == actor_id
    found: PersonalList | None = await tx.one(select(PersonalList).where(*mine))
    return found


def _memberships(actor_id: int) -> Any:
    return (
        select(Follow, Actor)
        .join(Actor, Actor.id == Follow.target_id)
        .where(Follow.follower_id == actor_id, Follow.accepted_at.is_not(None), Actor.type == "Group")
        .where(standing())
        .order_by(Follow.id)
    )


async def memberships(tx: Transaction, actor_id: int) -> list[tuple[Follow, Actor]]:
    """The groups that she is in."""
    return [(follow, group) for follow, group in await tx.rows(_memberships(actor_id))]


async def membership(tx: Transaction, actor_id: int, follow_id: int) -> tuple[Follow, Actor] | None:
    rows = await tx.rows(_memberships(actor_id).where(Follow.id == follow_id))
    return (rows[0][0], rows[0][1]) if rows else None


async def add(tx: Transaction, actor_id: int, values: dict[str, Any]) -> PersonalList:
    return tx.add(PersonalList, {"id": tx.new_id(), "actor_id": actor_id, **values})


async def change(tx: Transaction, row: PersonalList, values: dict[str, Any]) -> None:
    await tx.write(row, values)


async def remove(tx: Transaction, row: PersonalList) -> None:
    await tx.execute(delete(PersonalList).where(PersonalList.id == row.id))


async def members(tx: Transaction, list_id: int, page: Page | None) -> Sequence[tuple[int, Actor]]:
    """(id of the membership, account), the newest first; without a page all of them."""
    named = select(ListMember.id).where(ListMember.list_id == list_id)
    if page is None:
        wanted = await tx.all(named.order_by(ListMember.id.desc()))
    else:
        wanted = await part(tx, named, page, ListMember.id)
    rows = await tx.rows(
        select(ListMember.id, Actor).join(Actor, Actor.id == ListMember.actor_id).where(ListMember.id.in_(wanted))
    )
    return sorted(((row[0], row[1]) for row in rows), key=lambda entry: entry[0], reverse=True)


async def count_members(tx: Transaction, list_id: int) -> int:
    return int(await tx.one(select(func.count()).select_from(ListMember).where(ListMember.list_id == list_id)))


async def add_members(tx: Transaction, list_id: int, actor_ids: Collection[int]) -> None:
    """Twice is once."""
    rows = [{"id": tx.new_id(), "list_id": list_id, "actor_id": actor_id} for actor_id in actor_ids]
    tx.insert(ListMember, rows, once=True)


async def remove_members(tx: Transaction, list_id: int, actor_ids: Collection[int]) -> None:
    named = ListMember.list_id == list_id, ListMember.actor_id.in_(actor_ids)
    await tx.execute(delete(ListMember).where(*named))


async def leave_lists_of(tx: Transaction, owner_id: int, member_id: int) -> None:
    """Whom somebody follows no more stands in none of her lists."""
    lists = select(PersonalList.id).where(PersonalList.actor_id == owner_id)
    await tx.execute(delete(ListMember).where(ListMember.actor_id == member_id, ListMember.list_id.in_(lists)))


async def with_member(tx: Transaction, owner_id: int, member_id: int) -> Sequence[PersonalList]:
    """Those of her lists in which somebody is."""
    member = select(ListMember.list_id).where(ListMember.actor_id == member_id)
    mine = select(PersonalList).where(PersonalList.actor_id == owner_id, PersonalList.id.in_(member))
    return await tx.all(mine.order_by(PersonalList.id))
