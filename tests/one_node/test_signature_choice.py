"""Which signature a host gets: draft-cavage first, RFC 9421 where it says so, the other one after a refusal."""

from typing import Any

import pytest

from federation.vocabulary import RFC_9421
from node.database import Transaction
from node.queries import peers
from tests.nodes import Network, Node
from tests.strangers import Stranger

GENERATOR = {"type": "Application", "implements": [{"href": RFC_9421, "name": "RFC-9421: HTTP Message Signatures"}]}


async def followed_by(nodes: Network, **extra: Any) -> tuple[Node, Stranger]:
    """A node that has asked to follow somebody whose actor says `extra`."""
    node = await nodes.node("a")
    stranger = Stranger(nodes, "c")
    await stranger.serve()
    stranger.person("bob", **extra)
    await node.follow(await node.person("anna"), "bob@c.test")
    await nodes.settle()
    return node, stranger


@pytest.mark.parametrize(("extra", "header"), [({}, "Signature"), ({"generator": GENERATOR}, "Signature-Input")])
async def test_what_a_host_says_it_implements_is_used(
    sqlite_nodes: Network, extra: dict[str, Any], header: str
) -> None:
    _, stranger = await followed_by(sqlite_nodes, **extra)
    assert len(stranger.headers) == 1
    assert header in stranger.headers[0]


async def test_a_host_that_refuses_what_it_promised_gets_the_other_next_time(sqlite_nodes: Network) -> None:
    node = await sqlite_nodes.node("a")
    stranger = Stranger(sqlite_nodes, "c")
    await stranger.serve()
    stranger.person("bob", generator=GENERATOR)
    stranger.status = 401
    await node.follow(await node.person("anna"), "bob@c.test")
    await sqlite_nodes.settle()
    assert "Signature-Input" in stranger.headers[0]
    assert "Signature-Input" not in stranger.headers[1]


async def test_we_say_what_we_implement(sqlite_nodes: Network) -> None:
    node = await sqlite_nodes.node("a")
    await node.person("anna")
    _, _, application = await node.get("/actor")
    _, _, person = await node.get("/users/anna")
    assert application["implements"][0]["href"] == RFC_9421
    assert person["generator"]["implements"] == application["implements"]

    other = await sqlite_nodes.node("b")
    await other.find("anna@a.test")

    async def scheme(tx: Transaction) -> str | None:
        found = await peers.by_host(tx, "a.test")
        return found.scheme if found else None

    assert await other.read(scheme) == "rfc9421"
