"""So many new accounts of a domain come in unasked for; who is asked for, or known already, is not counted."""

from datetime import timedelta

import aiohttp
import pytest

from node.context.strangers import PER_DOMAIN
from node.queries import actors as actor_rows
from tests.nodes import Network, Node
from tests.strangers import PUBLIC, Person, Stranger

TOO_LATE = 60
"""Seconds of Retry-After: a limit by the minute says no more."""


@pytest.fixture
async def node(sqlite_nodes: Network) -> Node:
    sqlite_nodes.allowed |= {"sub.c.test:80"}
    return await sqlite_nodes.node("a")


@pytest.fixture
async def stranger(sqlite_nodes: Network) -> Stranger:
    found = Stranger(sqlite_nodes, "c")
    await found.serve()
    return found


async def knock(node: Node, stranger: Stranger, by: Person) -> aiohttp.ClientResponse:
    return await stranger.send(node, stranger.activity("Like", by, "http://a.test/posts/1"), by)


async def crowd(nodes: Network, node: Node, stranger: Stranger, size: int = PER_DOMAIN) -> Person:
    """So many accounts become known, two minutes before now; the last of them."""
    for number in range(size):
        assert (await knock(node, stranger, stranger.person(f"p{number}"))).status == 202
    nodes.clock.move(timedelta(minutes=2))
    return stranger.people[f"p{size - 1}"]


async def test_one_new_account_of_a_domain_too_many_is_asked_to_wait(
    sqlite_nodes: Network, node: Node, stranger: Stranger
) -> None:
    known = await crowd(sqlite_nodes, node, stranger)
    below, other = Stranger(sqlite_nodes, "sub.c"), Stranger(sqlite_nodes, "d")
    for host in (below, other):
        await host.serve()
    for host in (stranger, below):
        host.asked.clear()
        answer = await knock(node, host, host.person("late"))
        assert (answer.status, host.asked) == (503, [])
        assert TOO_LATE < int(answer.headers["Retry-After"]) <= 3600
    assert (await knock(node, stranger, known)).status == 202
    assert (await knock(node, other, other.person("carla"))).status == 202
    sqlite_nodes.clock.move(timedelta(hours=1))
    assert (await knock(node, stranger, stranger.people["late"])).status == 202


@pytest.mark.parametrize("direction", ["follower", "followed"])
async def test_more_are_welcome_from_where_somebody_here_is_tied_to(
    sqlite_nodes: Network, node: Node, stranger: Stranger, direction: str
) -> None:
    anna = await node.person("anna")
    known = await crowd(sqlite_nodes, node, stranger)
    if direction == "follower":
        await stranger.send(node, stranger.activity("Follow", known, anna.uri), known)
    else:
        await node.follow(anna, f"{known.name}@c.test")
        await sqlite_nodes.settle()
        assert (await knock(node, stranger, stranger.person("early"))).status == 503  # asked for is not accepted yet
        await stranger.send(node, stranger.activity("Accept", known, stranger.received[0]), known)
    await sqlite_nodes.settle()
    assert (await knock(node, stranger, stranger.person("late"))).status == 202


async def test_authors_in_threads_count_too_and_those_whom_somebody_asks_for_do_not(
    sqlite_nodes: Network, node: Node, stranger: Stranger
) -> None:
    anna = await node.person("anna")
    known = await crowd(sqlite_nodes, node, stranger, PER_DOMAIN - 1)
    for number in range(2):
        above = stranger.note(stranger.person(f"author{number}"), f"above/{number}")
        values = {"to": [PUBLIC, anna.uri], "inReplyTo": above["id"]}
        answer = stranger.note(known, f"answers/{number}", **values)
        await stranger.send(node, stranger.create(known, answer), known)
        while await node.work():
            continue
    held = [await node.read(lambda tx, n=n: actor_rows.by_uri(tx, stranger.people[f"author{n}"].uri)) for n in range(2)]
    assert [one is not None for one in held] == [True, False]
    assert (await node.find("author1@c.test")).uri == stranger.people["author1"].uri


async def test_keys_that_are_not_there_are_asked_for_so_often_by_domain(
    sqlite_nodes: Network, node: Node, stranger: Stranger
) -> None:
    """Whoever owns a domain makes up names below it for nothing, and each would have a budget of its own."""
    known = stranger.person("known")
    assert (await knock(node, stranger, known)).status == 202
    sqlite_nodes.clock.move(timedelta(minutes=2))
    below, other = Stranger(sqlite_nodes, "sub.c"), Stranger(sqlite_nodes, "d")
    for host in (below, other):
        await host.serve()
    nobody = [
        Person(f"{host.base}/users/{n}", known.rsa, known.ed25519) for n in range(30) for host in (stranger, below)
    ]
    assert {(await knock(node, stranger, one)).status for one in nobody} == {401}
    for host in (stranger, below):
        host.asked.clear()
        assert ((await knock(node, host, host.person("late"))).status, host.asked) == (503, [])
    assert (await knock(node, stranger, known)).status == 202
    assert (await knock(node, other, other.person("carla"))).status == 202
    sqlite_nodes.clock.move(timedelta(minutes=2))
    assert (await knock(node, below, below.people["late"])).status == 202
