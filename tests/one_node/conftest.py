"""The commands of a fresh node, on each database in turn or on SQLite alone."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.commands import Ordito, free_port
from tests.postgres import Server


@pytest.fixture
async def ordito(tmp_path: Path, database: Server | None) -> AsyncIterator[Ordito]:
    async with AsyncExitStack() as stack:
        settings = {}
        if database is not None:
            settings["ORDITO_DATABASE_URL"] = await stack.enter_async_context(database.database())
        yield Ordito(tmp_path / "data", free_port(), settings)


@pytest.fixture
def sqlite_ordito(tmp_path: Path) -> Ordito:
    return Ordito(tmp_path / "data", free_port())
