"""Opens what a process works with, the same for the server and for commands, and closes it again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version

from aiohttp.abc import AbstractResolver

from federation.client import DEFAULT_LIMITS, Client, Limits, NetworkPolicy
from node.context import Context
from node.database import Database
from node.events import Bus
from node.services import setup
from node.services.newcomers import KeyPair
from node.settings import Settings


@asynccontextmanager
async def open_context(
    settings: Settings,
    *,
    clock: Callable[[], datetime] | None = None,
    resolver: AbstractResolver | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> AsyncIterator[Context]:
    """The database has to be there: `node.database.upgrade` comes first. Changes nothing by itself."""
    now = clock or (lambda: datetime.now(UTC))
    policy = NetworkPolicy(settings.allow_hosts, settings.allow_private_networks, settings.ca_file)
    database = Database(settings, Bus())
    try:
        client = Client(policy, user_agent(settings), resolver, limits, clock=now)
        try:
            yield Context(settings, database, client, now)
        finally:
            await client.close()
    finally:
        await database.close()


def user_agent(settings: Settings) -> str:
    """Names this node and whom to write to about it."""
    contact = f"; {settings.contact}" if settings.contact else ""
    return f"Ordito/{version('ordito')} (+{settings.base_url}/{contact})"


async def ensure_node(context: Context) -> None:
    """The node's own actor, without which nothing can be fetched. Its keys are made with nothing open."""
    async with context.database.reading(context.now()) as tx:
        if not await setup.lacks_node(tx):
            return
    pair = await asyncio.to_thread(KeyPair.generate)
    await context.run(lambda tx: setup.ensure_node(tx, pair))


async def prepare(context: Context) -> str | None:
    """All that a first start makes. Returns the one-time link for the operator while none has signed in."""
    await ensure_node(context)
    async with context.database.reading(context.now()) as tx:
        lacking = await setup.lacks_operator(tx)
    if lacking:
        pair = await asyncio.to_thread(KeyPair.generate)
        await context.run(lambda tx: setup.ensure_operator(tx, pair))
    return await context.run(setup.operator_link)
