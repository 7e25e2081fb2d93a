"""Who makes us fetch delays nobody but herself, and nothing waits for itself."""

import asyncio

from aiohttp import web

from node.app import WORKERS
from node.workers.slow_road import AT_ONCE
from tests.nodes import Network
from tests.one_node.test_inbox_batches import followed
from tests.strangers import Stranger


async def test_threads_that_answer_each_other_end(sqlite_nodes: Network) -> None:
    node = await sqlite_nodes.node("a")
    anna = await node.person("anna")
    stranger = Stranger(sqlite_nodes, "d")
    await stranger.serve()
    for pair in range(AT_ONCE):
        left, right = (stranger.person(f"p{pair}{side}") for side in "lr")
        one = stranger.note(left, f"notes/{pair}l", inReplyTo=f"{stranger.base}/notes/{pair}r")
        two = stranger.note(right, f"notes/{pair}r", inReplyTo=one["id"])
        for author, parent in ((left, one), (right, two)):
            mention = [{"type": "Mention", "href": anna.uri, "name": "@anna"}]
            answer = stranger.note(author, f"notes/{author.name}a", inReplyTo=parent["id"], cc=[anna.uri], tag=mention)
            await stranger.send(node, stranger.create(author, answer), author)
    async with asyncio.timeout(60):
        await sqlite_nodes.settle()
    assert sum((await node.outcomes()).values()) == 2 * AT_ONCE


async def test_a_slow_host_delays_its_own_alone(sqlite_nodes: Network) -> None:
    node = await sqlite_nodes.node("a")
    stranger, reader, (bob,) = await followed(sqlite_nodes, node, "bob")
    slow = Stranger(sqlite_nodes, "d")
    held = asyncio.Event()

    async def never(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith("/far"):
            await held.wait()
        return await slow._answer(request)

    await sqlite_nodes.serve_host(slow.host, never)
    for number in range(3 * AT_ONCE):
        author = slow.person(f"s{number}")
        note = slow.note(author, f"notes/{number}", inReplyTo=f"{slow.base}/far/{number}", cc=[reader.uri])
        await slow.send(node, slow.create(author, note), author)
    worker = node.app[WORKERS].all[0]
    while await worker.turn():
        pass
    await stranger.send(node, stranger.create(bob, stranger.note(bob, "notes/1")), bob)
    while await worker.turn():
        pass
    assert await node.home(reader) == ["<p>Hello</p>"]
    held.set()
    await sqlite_nodes.settle()
    assert sum((await node.outcomes()).values()) == 3 * AT_ONCE + 1
