"""Streams of one process are told of what another did: over PostgreSQL at once, on SQLite once the file has changed."""

from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from node.app import build
from node.context.opening import open_context
from node.database.changes import telling
from node.events import ALL, MISSED
from node.middleware.state import CONTEXT
from node.queries import posts as post_rows
from node.server import Runner
from node.services import posts, reactions
from tests.apps import phone
from tests.nodes import Network, Node
from tests.streams import opened

pytestmark = pytest.mark.both_databases


@asynccontextmanager
async def second_process(nodes: Network, node: Node):
    """Another server of the same node, with a context of its own."""
    app = build(node.context.settings, clock=nodes.clock, resolver=nodes.names, workers=False)
    runner = Runner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield app[CONTEXT]
    finally:
        await runner.cleanup()


async def test_what_another_process_did_is_told_here(nodes: Network, node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    await node.follow(bea, "anna@a.test")
    async with second_process(nodes, node) as other, opened(await phone(node, bea), "user") as hers:
        draft = posts.Draft("from over there")
        post = await other.run(lambda tx: posts.publish(tx, anna, draft))
        assert (await hers.next())[1:] == ("update", await (await phone(node, bea)).get(f"/api/v1/statuses/{post.id}"))

        async def edit(tx):
            found = await post_rows.by_id(tx, post.id)
            await posts.edit(tx, anna, found, posts.draft_of(found, "edited", title=None, language=None, mentioned={}))

        await other.run(edit)
        assert (await hers.next())[1] == "status.update"
        mine = await node.post(bea, "mine")
        assert (await hers.next())[2]["id"] == str(mine.id)
        await other.run(lambda tx: reactions.favourite(tx, anna, mine))
        while (told := await hers.next())[1] == "status.update":  # what was read again may be told again
            pass
        assert (told[1], told[2]["status"]["id"]) == ("notification", str(mine.id))
        if not node.context.settings.sqlite:
            await other.run(lambda tx: posts.delete(tx, anna, post))
            assert (await hers.next())[1:] == ("delete", str(post.id))


async def test_a_command_is_told_of_too(nodes: Network, node: Node) -> None:
    """One that ends at once, and listens to nothing itself."""
    anna = await node.person("anna")
    async with opened(await phone(node, anna), "user") as hers:
        begun = open_context(node.context.settings, clock=nodes.clock, resolver=nodes.names)
        async with begun as command, telling(command.database):
            post = await command.run(lambda tx: posts.publish(tx, anna, posts.Draft("by a command")))
        assert (await hers.next())[2]["id"] == str(post.id)


async def test_what_was_told_already_is_not_told_again(nodes: Network, node: Node) -> None:
    """When all that is new has to be looked for, as after a lost connection."""
    anna = await node.person("anna")
    async with opened(await phone(node, anna), "user") as hers:
        first = await node.post(anna, "first")
        assert (await hers.next())[2]["id"] == str(first.id)
        node.context.bus.publish_foreign(ALL, (MISSED,))
        second = await node.post(anna, "second")
        assert (await hers.next())[2]["id"] == str(second.id)
