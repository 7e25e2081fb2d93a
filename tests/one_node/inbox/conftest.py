"""A node, and a scripted peer with one person on it, for what an inbox answers: no database has a part in that."""

import pytest

from tests.nodes import Network, Node
from tests.strangers import Person, Stranger


@pytest.fixture
async def node(sqlite_nodes: Network) -> Node:
    return await sqlite_nodes.node("a")


@pytest.fixture
def bob(stranger: Stranger) -> Person:
    return stranger.person("bob")
