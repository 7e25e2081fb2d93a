"""Fixtures that all layers share: networks of real nodes, on both databases."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from node.server import settle
from node.services.newcomers import KeyPair
from tests import postgres
from tests.borders import Border, border_of
from tests.nodes import Network, Node, network
from tests.templates import pooled

ROOM = 1 << 30
"""Bytes that have to be free in memory for the files of tests."""
LONG = bool(os.environ.get("ORDITO_TEST_LONG"))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Databases of tests live in memory where that can be had: nodes wait for the disk after each commit."""
    memory = Path("/dev/shm")  # noqa: S108  # where Linux keeps files in memory
    if hasattr(config, "workerinput") or config.option.basetemp or not os.access(memory, os.W_OK):
        return
    if shutil.disk_usage(memory).free > ROOM:
        config.option.basetemp = str(memory / f"ordito-tests-{os.getpid()}")


def pytest_unconfigure(config: pytest.Config) -> None:
    folder = str(config.option.basetemp or "")
    if not hasattr(config, "workerinput") and folder.startswith("/dev/shm/ordito-tests-"):  # noqa: S108  # made above
        shutil.rmtree(folder, ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Everything runs on SQLite. On PostgreSQL run in `make test` those that are marked, a few for each door and all
    that the database has a part in; in `make test-long` every one."""
    if LONG:
        return
    left_out = [item for item in items if _on_postgresql(item) and item.get_closest_marker("both_databases") is None]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


def pytest_collection_finish() -> None:
    """What a server does once it is ready: what was loaded to run the tests is no garbage, however many nodes they make
    and drop."""
    settle()


def _on_postgresql(item: pytest.Item) -> bool:
    parameters = getattr(item, "callspec", None)
    return parameters is not None and parameters.params.get("database") == "postgresql"


@pytest.fixture(scope="session", autouse=True)
def shared_keys() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setattr(KeyPair, "generate", staticmethod(pooled(KeyPair.generate)))
    yield
    patch.undo()


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
async def nodes(tmp_path: Path, database: postgres.Server | None) -> AsyncIterator[Network]:
    """An empty network, on each database in turn."""
    async with network(tmp_path, database) as found:
        yield found


@pytest.fixture
async def sqlite_nodes(tmp_path: Path) -> AsyncIterator[Network]:
    """The same on SQLite alone, for what no database has a part in."""
    async with network(tmp_path, None) as found:
        yield found


@pytest.fixture
async def node(nodes: Network) -> Node:
    return await nodes.node("a")


@pytest.fixture
async def border(nodes: Network) -> Border:
    """Three nodes, and an open group of one of them that all three have members of."""
    return await border_of(nodes)
