"""Fixtures that all layers share: networks of real nodes, on both databases."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from node.services.newcomers import KeyPair
from tests import postgres
from tests.borders import Border, border_of
from tests.nodes import Network, Node, network

LONG = bool(os.environ.get("ORDITO_TEST_LONG"))


@pytest.fixture(scope="session")
def key_pairs() -> list[KeyPair]:
    """A few RSA keys that the actors of a run share: each takes 100 ms to make."""
    return []


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server | None]:
    with postgres.server() as found:
        yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> postgres.Server | None:
    """None for SQLite. Tests that ask for `nodes` run on both."""
    if request.param == "sqlite":
        return None
    found: postgres.Server | None = request.getfixturevalue("postgres_server")
    if found is None:
        pytest.skip(postgres.MISSING)
    return found


@pytest.fixture
async def nodes(tmp_path: Path, database: postgres.Server | None, key_pairs: list[KeyPair]) -> AsyncIterator[Network]:
    """An empty network, on each database in turn."""
    async with network(tmp_path, database, key_pairs) as found:
        yield found


@pytest.fixture
async def sqlite_nodes(tmp_path: Path, key_pairs: list[KeyPair]) -> AsyncIterator[Network]:
    """The same on SQLite alone, for what no database has a part in."""
    async with network(tmp_path, None, key_pairs) as found:
        yield found


@pytest.fixture
async def node(nodes: Network) -> Node:
    return await nodes.node("a")


@pytest.fixture
async def border(nodes: Network) -> Border:
    """Three nodes, and an open group of one of them that all three have members of."""
    return await border_of(nodes)
