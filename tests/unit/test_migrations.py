"""The history of the schema: runs up from empty and from every revision, with rows in it, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Boolean, Column, Connection, DateTime, Integer, MetaData, Table, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from node.database import upgrade, version
from node.database.columns import Json
from node.database.engine import database_url
from node.database.migration import HEAD
from node.database.tables import Base
from node.database.tables.search import INDEX_NAMES
from node.settings import Settings, load
from tests.postgres import Server

pytestmark = pytest.mark.both_databases

VERSIONS = Path(__file__).parents[2] / "node" / "database" / "migrations" / "versions"
REVISIONS = sorted(path.stem.partition("_")[0] for path in VERSIONS.glob("0*.py"))
BEFORE = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


@pytest.fixture
async def empty(tmp_path: Path, database: Server | None) -> AsyncIterator[Settings]:
    environment = {"ORDITO_ENV": "development", "ORDITO_DATA_DIR": str(tmp_path)}
    async with AsyncExitStack() as stack:
        if database is not None:
            environment["ORDITO_DATABASE_URL"] = await stack.enter_async_context(database.empty())
        yield load(environment)


@pytest.fixture
async def engine(empty: Settings) -> AsyncIterator[AsyncEngine]:
    made = create_async_engine(database_url(empty))
    yield made
    await made.dispose()


async def reflected(connection: AsyncConnection) -> MetaData:
    """The tables as they are at this moment, without the index of the search."""
    found = MetaData()
    await connection.run_sync(lambda sync: found.reflect(sync, only=lambda name, _: is_ours(name)))
    return found


def is_ours(name: str | None, *_: object) -> bool:
    return name is None or not name.startswith(INDEX_NAMES)


async def test_from_empty_the_result_equals_the_tables(empty: Settings, engine: AsyncEngine) -> None:
    assert await version(empty) is None
    await upgrade(empty)
    assert await version(empty) == HEAD
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": False, "include_name": is_ours})
    return list(compare_metadata(context, Base.metadata))


@pytest.mark.parametrize("revision", REVISIONS)
async def test_from_every_revision_with_what_is_in_it(empty: Settings, engine: AsyncEngine, revision: str) -> None:
    """Nothing is lost or changed, and what is there can be read with the tables of today."""
    await upgrade(empty, revision)
    async with engine.begin() as connection:
        tables = [table for table in (await reflected(connection)).sorted_tables if table.name != "alembic_version"]
        assert len(tables) > 20
        for table in tables:
            await connection.execute(insert(table), rows_of(table))
        before = {table.name: await rows_in(connection, table) for table in tables}
    await upgrade(empty)
    assert await version(empty) == HEAD
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
        for table in tables:
            assert before[table.name]
            assert await rows_in(connection, table) == before[table.name], table.name
        for table in Base.metadata.sorted_tables:
            assert len(await rows_in(connection, table)) == len(before.get(table.name, [])), table.name


def rows_of(table: Table) -> list[dict[str, Any]]:
    """One row with something in each column, and one with nothing where that may be; the second refers to the first."""
    full = {column.name: some(column, 1) for column in table.columns}
    bare = {c.name: None if c.nullable else some(c, 2) for c in table.columns}
    return [full, bare]


def some(column: Column[Any], row: int) -> Any:
    """A value that this column takes, another one in each row."""
    if column.foreign_keys:
        return row
    today = Base.metadata.tables[column.table.name].columns.get(column.name)
    match column.type:
        case Boolean():
            return row == 1
        case Integer():
            return row
        case DateTime():
            return BEFORE if column.type.timezone else BEFORE.replace(tzinfo=None)
    return "[]" if today is not None and isinstance(today.type, Json) else f"{column.name} {row}"


async def rows_in(connection: AsyncConnection, table: Table) -> list[dict[str, Any]]:
    statement = select(table).order_by(*table.primary_key.columns)
    return [dict(row) for row in (await connection.execute(statement)).mappings()]


async def test_accounts_of_servers_that_were_blocked_before_are_hidden(empty: Settings, engine: AsyncEngine) -> None:
    """By the host of the id or of the handle, and all below it; nobody else, and who is marked keeps her time."""
    hosts = {
        "https://bad.example/u/1": "bad.example",
        "https://ap.bad.example:8443/u/1": "elsewhere.example",
        "https://elsewhere.example/u/2": "sub.bad.example",
        "https://port.example:8443/u/1": "port.example:8443",
        "https://notbad.example/u/1": "notbad.example",
        "https://good.example/bad.example": "good.example",
        "https://bad.example.good.example/u/1": "bad.example.good.example",
        "https://ours.example/bad.example": None,
    }
    await upgrade(empty, "0005")
    async with engine.begin() as connection:
        tables = (await reflected(connection)).tables
        stored = rows_of(tables["actors"])[1]
        moment = stored["created_at"]
        for number, (uri, host) in enumerate(hosts.items(), 1):
            await connection.execute(insert(tables["actors"]), stored | {"id": number, "uri": uri, "host": host})
        for host in ("bad.example", "port.example"):
            await connection.execute(insert(tables["host_blocks"]), {"host": host, "created_at": moment})
    await upgrade(empty)
    async with engine.connect() as connection:
        actors = tables["actors"]
        rows = await connection.execute(select(actors.c.uri, actors.c.host_blocked_at).order_by(actors.c.id))
        marked = {uri: since == moment for uri, since in rows if since is not None}
    assert marked == dict.fromkeys(list(hosts)[:4], True)


async def test_two_processes_at_once_do_it_once(empty: Settings, engine: AsyncEngine) -> None:
    await asyncio.gather(upgrade(empty), upgrade(empty))
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM alembic_version"))).scalar_one() == 1


def test_the_head_in_the_code_is_the_newest_file() -> None:
    assert max(REVISIONS) == HEAD


def test_the_constraints_file_names_no_host() -> None:
    text_of = (Path(__file__).parents[2] / "constraints.txt").read_text()
    assert "==" in text_of
    assert "://" not in text_of
