"""The commands of a fresh node, on each database in turn or on SQLite alone, and a scripted peer beside one."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.commands import Ordito, free_port
from tests.nodes import Network
from tests.postgres import Server
from tests.strangers import Stranger
from tests.templates import place_database


@pytest.fixture
async def ordito(request: pytest.FixtureRequest, tmp_path: Path, database: Server | None) -> AsyncIterator[Ordito]:
    async with AsyncExitStack() as stack:
        settings = {}
        if database is not None:
            settings["ORDITO_DATABASE_URL"] = await stack.enter_async_context(database.database())
        yield ready(request, Ordito(tmp_path / "data", free_port(), settings))


@pytest.fixture
async def stranger(sqlite_nodes: Network) -> Stranger:
    found = Stranger(sqlite_nodes, "c")
    await found.serve()
    return found


@pytest.fixture
def sqlite_ordito(request: pytest.FixtureRequest, tmp_path: Path) -> Ordito:
    return ready(request, Ordito(tmp_path / "data", free_port()))


def ready(request: pytest.FixtureRequest, ordito: Ordito) -> Ordito:
    """With an empty database of the newest schema in place, unless the test begins before that."""
    if request.node.get_closest_marker("from_nothing") is None:
        place_database(ordito.loaded())
    return ordito
