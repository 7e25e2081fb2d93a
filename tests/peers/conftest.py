"""Fixtures of the strict peer: one process for a run, a new server in it for each test."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from tests.nodes import Network, Node
from tests.peers import strict_peer
from tests.peers.strict_peer import StrictPeer


@pytest.fixture(scope="session")
def strict_process() -> Iterator[dict[str, int]]:
    if not strict_peer.PROGRAM.installed():
        pytest.skip(strict_peer.PROGRAM.missing)
    with strict_peer.process() as ports:
        yield ports


@pytest.fixture
async def node(nodes: Network) -> Node:
    nodes.allowed.add(f"{strict_peer.HOST}:80")
    return await nodes.node("a")


@pytest.fixture
async def peer(strict_process: dict[str, int], nodes: Network, node: Node) -> AsyncIterator[StrictPeer]:
    """It knows the node `a`. Whatever the test had it read, it could without a context of elsewhere."""
    async with aiohttp.ClientSession() as http:
        found = StrictPeer(strict_process, http, nodes)
        await found.meet()
        yield found
        assert (await found.state())["unknown"] == []
