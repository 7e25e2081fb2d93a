"""Lists that somebody reads apart. Her membership of a group is one too: made by joining, ended by leaving, and changed
by nothing else."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from node.database import Transaction
from node.database.tables import Actor, Follow, PersonalList, Post
from node.errors import Invalid, NotFound
from node.queries import actors as actor_rows, feeds, follows as follow_rows, lists as list_rows
from node.queries.windows import Page

LONGEST: Final = 200
"""Characters of a title."""
MOST: Final = 50
MOST_MEMBERS: Final = 1000


@dataclass(frozen=True, slots=True)
class ReadingList:
    """A list as apps see it: one of her own (`row`), or that of a group that she is in."""

    id: int
    title: str
    replies_policy: str = "list"
    exclusive: bool = False
    row: PersonalList | None = None
    group: Actor | None = None

    @classmethod
    def own(cls, row: PersonalList) -> "ReadingList":
        return cls(row.id, row.title, row.replies_policy, row.exclusive, row=row)

    @classmethod
    def of_group(cls, follow: Follow, group: Actor) -> "ReadingList":
        return cls(follow.id, group.name or group.username, group=group)


async def all_of(tx: Transaction, actor: Actor) -> list[ReadingList]:
    groups = [ReadingList.of_group(*membership) for membership in await list_rows.memberships(tx, actor.id)]
    return [*groups, *(ReadingList.own(row) for row in await list_rows.own(tx, actor.id))]


async def required(tx: Transaction, actor: Actor, list_id: int) -> ReadingList:
    row = await list_rows.one(tx, actor.id, list_id)
    if row is not None:
        return ReadingList.own(row)
    membership = await list_rows.membership(tx, actor.id, list_id)
    if membership is None:
        raise NotFound("There is no such list.")
    return ReadingList.of_group(*membership)


def _changeable(found: ReadingList) -> PersonalList:
    if found.row is None:
        raise Invalid(
            "This list is a group that you are in. Join or leave the group instead of changing the list.", "list.group"
        )
    return found.row


async def create(tx: Transaction, actor: Actor, values: Mapping[str, Any]) -> ReadingList:
    """`values`: title, replies_policy, exclusive."""
    whole = {"title": "", "replies_policy": "list", "exclusive": False, **values}
    _check(whole)
    if len(await list_rows.own(tx, actor.id)) >= MOST:
        raise Invalid(f"Validation failed: you have {MOST} lists already", "list.many")
    return ReadingList.own(await list_rows.add(tx, actor.id, whole))


async def change(tx: Transaction, actor: Actor, list_id: int, values: Mapping[str, Any]) -> ReadingList:
    row = _changeable(await required(tx, actor, list_id))
    if values:
        _check({"title": row.title, **values})
        await list_rows.change(tx, row, dict(values))
    return ReadingList.own(row)


async def remove(tx: Transaction, actor: Actor, list_id: int) -> None:
    await list_rows.remove(tx, _changeable(await required(tx, actor, list_id)))


def _check(values: Mapping[str, Any]) -> None:
    if not values["title"].strip() or len(values["title"]) > LONGEST:
        raise Invalid(f"Validation failed: Title can't be blank, nor longer than {LONGEST} characters", "list.title")


async def members(tx: Transaction, found: ReadingList, page: Page | None) -> Sequence[tuple[int, Actor]]:
    """(cursor, account). The list of a group shows the group alone: who else is in it is not told."""
    if found.group is not None:
        return [(found.id, found.group)]
    return await list_rows.members(tx, found.id, page)


async def add_members(tx: Transaction, actor: Actor, list_id: int, actor_ids: Collection[int]) -> None:
    """Raises `NotFound` for one whom she does not follow, as Mastodon does."""
    row = _changeable(await required(tx, actor, list_id))
    known = await actor_rows.by_ids(tx, actor_ids)
    for actor_id in actor_ids:
        followed = await follow_rows.between(tx, actor.id, actor_id)
        if actor_id not in known or (actor_id != actor.id and followed is None):
            raise NotFound("You do not follow that account.")
    if await list_rows.count_members(tx, row.id) + len(actor_ids) > MOST_MEMBERS:
        raise Invalid(f"Validation failed: a list has at most {MOST_MEMBERS} accounts", "list.members")
    await list_rows.add_members(tx, row.id, actor_ids)


async def remove_members(tx: Transaction, actor: Actor, list_id: int, actor_ids: Collection[int]) -> None:
    row = _changeable(await required(tx, actor, list_id))
    await list_rows.remove_members(tx, row.id, actor_ids)


async def with_member(tx: Transaction, actor: Actor, member: Actor) -> list[ReadingList]:
    """Those of her lists in which an account is; a group is in its own."""
    groups = [
        ReadingList.of_group(follow, group)
        for follow, group in await list_rows.memberships(tx, actor.id)
        if group.id == member.id
    ]
    return [*groups, *(ReadingList.own(row) for row in await list_rows.with_member(tx, actor.id, member.id))]


async def posts(tx: Transaction, actor: Actor, found: ReadingList, page: Page) -> Sequence[Post]:
    if found.group is not None:
        return await feeds.of_account(tx, found.group, actor, page)
    return await feeds.of_list(tx, actor, found.id, found.replies_policy, page)
