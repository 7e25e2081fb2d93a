"""The history of the schema: runs up from empty and from every released revision, on both databases, to the tables."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from node.database import upgrade, version
from node.database.engine import database_url
from node.database.migration import HEAD
from node.database.tables import Base
from node.settings import Settings, load
from tests.postgres import Server

pytestmark = pytest.mark.both_databases

VERSIONS = Path(__file__).parents[2] / "node" / "database" / "migrations" / "versions"
RELEASED = ["0001"]
"""Revisions that nodes may have, oldest first: add the newest one with each release."""


@pytest.fixture
async def empty(tmp_path: Path, database: Server | None) -> AsyncIterator[Settings]:
    environment = {"ORDITO_ENV": "development", "ORDITO_DATA_DIR": str(tmp_path)}
    async with AsyncExitStack() as stack:
        if database is not None:
            environment["ORDITO_DATABASE_URL"] = await stack.enter_async_context(database.empty())
        yield load(environment)


async def test_from_empty_the_result_equals_the_tables(empty: Settings) -> None:
    assert await version(empty) is None
    await upgrade(empty)
    assert await version(empty) == HEAD
    engine = create_async_engine(database_url(empty))
    try:
        async with engine.connect() as connection:
            assert await connection.run_sync(_differences) == []
    finally:
        await engine.dispose()


def _differences(connection: Any) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": False})
    return list(compare_metadata(context, Base.metadata))


@pytest.mark.parametrize("revision", RELEASED)
async def test_from_a_released_revision(empty: Settings, revision: str) -> None:
    await upgrade(empty, revision)
    await upgrade(empty)
    assert await version(empty) == HEAD


async def test_two_processes_at_once_do_it_once(empty: Settings) -> None:
    await asyncio.gather(upgrade(empty), upgrade(empty))
    engine = create_async_engine(database_url(empty))
    try:
        async with engine.connect() as connection:
            assert (await connection.execute(text("SELECT count(*) FROM alembic_version"))).scalar_one() == 1
    finally:
        await engine.dispose()


def test_the_head_in_the_code_is_the_newest_file() -> None:
    assert max(path.stem.partition("_")[0] for path in VERSIONS.glob("0*.py")) == HEAD


def test_the_constraints_file_names_no_host() -> None:
    text_of = (Path(__file__).parents[2] / "constraints.txt").read_text()
    assert "==" in text_of
    assert "://" not in text_of
