"""How many connections one address may have open, which aiohttp does not limit."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from structlog.testing import capture_logs

from node.server import _origin
from tests.nodes import Network

NO_PROXY = {"ORDITO_TRUSTED_PROXIES": "192.0.2.1", "ORDITO_CONNECTIONS_PER_ADDRESS": "3"}
REQUEST = b"GET /actor HTTP/1.1\r\nHost: a.test\r\nAccept: application/activity+json\r\n\r\n"


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def answers(self) -> bool:
        """Whether it is served; False where it was cut."""
        try:
            async with asyncio.timeout(5):
                self.writer.write(REQUEST)
                return (await self.reader.readline()).startswith(b"HTTP/1.1 200")
        except ConnectionError:
            return False

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return


@asynccontextmanager
async def connected(nodes: Network) -> AsyncIterator[Connection]:
    [[(_, port)]] = nodes.names.answers["a.test"]
    connection = Connection(*await asyncio.open_connection("127.0.0.1", port))
    try:
        yield connection
    finally:
        await connection.close()


async def test_one_connection_too_many_is_cut_and_the_others_are_served(sqlite_nodes: Network) -> None:
    await sqlite_nodes.node("a", **NO_PROXY)
    async with AsyncExitStack() as stack:
        with capture_logs() as log:
            several = [await stack.enter_async_context(connected(sqlite_nodes)) for _ in range(5)]
            assert [await one.answers() for one in several] == [True] * 3 + [False] * 2
        refused = [line for line in log if line["event"] == "refused"]
        assert [line["reason"] for line in refused] == ["limit.connections"]  # once, and without the address
        assert "127.0.0.1" not in str(log)
        await several[0].close()
        async with asyncio.timeout(5):
            while not await (await stack.enter_async_context(connected(sqlite_nodes))).answers():
                continue  # the node has not noticed yet that one is gone


async def test_a_listed_proxy_has_as_many_as_it_needs(sqlite_nodes: Network) -> None:
    await sqlite_nodes.node("a", ORDITO_CONNECTIONS_PER_ADDRESS="3")
    async with AsyncExitStack() as stack:
        several = [await stack.enter_async_context(connected(sqlite_nodes)) for _ in range(8)]
        assert [await one.answers() for one in several] == [True] * 8


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("@abstract", "@abstract"),
    ],
)
def test_what_counts_as_one_address(address: str, origin: str) -> None:
    assert _origin(address) == origin
