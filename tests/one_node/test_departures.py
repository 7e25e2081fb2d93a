"""An account that is deleted leaves nothing in any table but what has to stay; each table is looked at."""

from typing import Any

import pytest
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, Table, func, insert, select

from node.database import Transaction
from node.database.columns import Json, Moment
from node.database.tables import Actor, Base, Post, User
from node.queries import erasure, users as user_rows
from node.services import departures, media
from tests.nodes import Network, Node

pytestmark = pytest.mark.both_databases

OWN = {"actor_secrets", "groups", "users"}
"""Tables in which she has her row from the beginning, or that are no person's."""
STAYS = {*OWN, "actor_keys", "deliveries", "group_bans", "mentions", "own_activities", "posts", "relays", "reports"}


def refer_to(table: Table, other: Table) -> list[Column[Any]]:
    return [column for column in table.columns if any(key.column.table is other for key in column.foreign_keys)]


async def fill(tx: Transaction, anna: Actor, bea: Actor, post: Post) -> None:
    """A row for her in every table that can name an account, in each column that does."""
    user = await user_rows.by_actor(tx, anna.id)
    made: dict[str, int] = {"posts": post.id, "users": user.id if user else 0}
    for table in Base.metadata.sorted_tables:
        named = [] if table.name in OWN else refer_to(table, Actor.__table__) + refer_to(table, User.__table__)
        if not named and table.name not in made and table.name not in {*OWN, "actors"} and not table.foreign_keys:
            named = [table.columns[0]]  # others may refer to it
        for column in named:
            row = {one.name: value(tx, one, anna if one is column else bea, made) for one in table.columns}
            if column in refer_to(table, User.__table__):
                row[column.name] = made["users"]
            await tx.execute(insert(table).values(row))
            made.setdefault(table.name, row.get("id", 0))


def value(tx: Transaction, column: Column[Any], actor: Actor, made: dict[str, int]) -> Any:
    """What the column takes; a text that is an address too."""
    if column.foreign_keys:
        target = next(iter(column.foreign_keys)).column.table.name
        return actor.id if target == "actors" else made.get(target)
    match column.type:
        case Boolean():
            return False
        case BigInteger():
            return tx.new_id()
        case Integer():
            return 1
        case DateTime() | Moment():
            return tx.now
        case Json():
            return []
    return f"http://c.test/{column}/{tx.new_id()}"


async def left(node: Node, actor_id: int) -> set[str]:
    """Tables that name her."""
    found = set()
    for table in Base.metadata.sorted_tables:
        for column in refer_to(table, Actor.__table__):
            count = select(func.count()).select_from(table).where(column == actor_id)
            if await node.read(lambda tx, count=count: tx.one(count)):
                found.add(table.name)
    return found


async def test_nothing_of_her_is_left_in_any_table(nodes: Network, node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    post = await node.post(bea, "Hello")
    everywhere = {table.name for table in Base.metadata.sorted_tables if refer_to(table, Actor.__table__)}
    await node.do(lambda tx: fill(tx, anna, bea, post))
    assert await left(node, anna.id) == everywhere - {"groups"}
    of_user = [column for table in Base.metadata.sorted_tables for column in refer_to(table, User.__table__)]
    assert of_user
    await node.do(lambda tx: departures.delete_person(tx, anna))
    assert await left(node, anna.id) == STAYS - {"groups", "users"}
    for column in of_user:
        count = select(func.count()).select_from(column.table)
        assert await node.read(lambda tx, count=count: tx.one(count)) == 0, column
    del nodes


def test_what_stays_is_there_and_has_a_reason() -> None:
    tables = {table.name for table in Base.metadata.sorted_tables if refer_to(table, Actor.__table__)}
    assert set(erasure.STAYS) <= tables
    assert set(erasure.STAYS) == STAYS | {"media_files"}
    assert media.REMOVE
