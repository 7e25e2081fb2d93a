"""`kill -9` of a real server, in the middle of intake and in the middle of a fan-out: nothing accepted is lost, and
nothing takes effect twice."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import func, select

from federation import keys
from node.context import Context
from node.context.opening import ensure_node, open_context
from node.database import Transaction, upgrade
from node.database.tables import Delivery, InboxItem, Post
from node.queries import actors as actor_rows, follows as follow_rows
from node.services import groups, newcomers, posts
from tests.bench import intake
from tests.bench.strangers import Hosts, application
from tests.commands import Ordito, free_port
from tests.postgres import Server

pytestmark = pytest.mark.both_databases

NOTES = 2000
FOLLOWERS = 200
PATIENCE = 120


@pytest.fixture
async def ordito(tmp_path: Path, database: Server | None) -> AsyncIterator[Ordito]:
    async with AsyncExitStack() as stack:
        settings = {"ORDITO_ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8", "ORDITO_LOG_LEVEL": "error"}
        if database is not None:
            settings["ORDITO_DATABASE_URL"] = await stack.enter_async_context(database.database())
        yield Ordito(tmp_path / "data", free_port(), settings)


@asynccontextmanager
async def strangers(private: keys.PrivateKey) -> AsyncIterator[tuple[Hosts, int]]:
    """Many hosts on loopback addresses, one port."""
    hosts = Hosts(private.public.pem())
    runner = web.AppRunner(application(hosts), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "0.0.0.0", 0).start()  # noqa: S104  # all of 127.0.0.0/8
        yield hosts, runner.addresses[0][1]
    finally:
        await runner.cleanup()


class Running:
    """The server as a process that can be killed."""

    def __init__(self, ordito: Ordito) -> None:
        self._ordito = ordito
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        environment = {**os.environ, **self._ordito.environment}
        self.process = subprocess.Popen(  # noqa: ASYNC220  # to be killed from outside, like any server
            [sys.executable, "-m", "node", "serve"], env=environment, stdout=subprocess.DEVNULL
        )
        async with aiohttp.ClientSession() as http:
            await self._answers(http)

    async def _answers(self, http: aiohttp.ClientSession) -> None:
        assert self.process is not None
        async with asyncio.timeout(PATIENCE):
            while self.process.poll() is None:
                try:
                    async with http.get(f"{self._ordito.base}/nodeinfo/2.0"):
                        return
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)
        raise AssertionError("the server does not start")

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)


async def count(context: Context, statement: Any) -> int:
    async with context.database.reading() as tx:
        return int(await tx.one(statement))


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110  # a database has no event for us
            await asyncio.sleep(0.05)  # another process makes it true


async def test_intake_survives_kill_9(ordito: Ordito, tmp_path: Path) -> None:
    private = keys.generate_rsa_key()
    await upgrade(ordito.loaded())
    async with strangers(private) as (_, port), open_context(ordito.loaded()) as context:
        await ensure_node(context)
        await intake.reader_follows_all(context, port)
        path = tmp_path / "requests"
        intake.write_requests(path, ordito.base, port, private, NOTES, "k")
        requests = [json.loads(line) for line in path.read_text().splitlines()]
        with Running(ordito) as server:
            await server.start()
            accepted = await _send(requests, kill=server, after=NOTES // 3)
            assert NOTES // 3 <= len(accepted) < NOTES
            await server.start()
            waiting = select(func.count()).select_from(InboxItem).where(InboxItem.due_at.is_not(None))
            await until(lambda: _none(context, waiting))
            kept = await _uris(context)
            assert accepted <= set(kept)
            assert max(Counter(kept).values()) == 1
            assert await _send(requests) == {_object(request) for request in requests}  # the senders try again
            await until(lambda: _none(context, waiting))
            assert len(await _uris(context)) == NOTES
            handled = select(func.count()).select_from(InboxItem).where(InboxItem.outcome == "handled")
            assert await count(context, handled) == NOTES


async def _none(context: Context, statement: Any) -> bool:
    return await count(context, statement) == 0


async def _uris(context: Context) -> list[str]:
    async with context.database.reading() as tx:
        return list(await tx.all(select(Post.uri)))


def _object(request: dict[str, Any]) -> str:
    return str(json.loads(request["body"])["object"]["id"])


async def _send(requests: list[dict[str, Any]], kill: Running | None = None, after: int = 0) -> set[str]:
    """Ids of the objects whose activities were answered 202."""
    accepted: set[str] = set()
    left = iter(requests)

    async def one(http: aiohttp.ClientSession) -> None:
        for request in left:
            try:
                async with http.post(request["url"], data=request["body"], headers=request["headers"]) as response:
                    if response.status == 202:
                        accepted.add(_object(request))
            except aiohttp.ClientError:
                if kill is None:
                    raise
                return
            if kill is not None and len(accepted) >= after:
                kill.kill()
                return

    async with aiohttp.ClientSession() as http:
        await asyncio.gather(*(one(http) for _ in range(32)))
    return accepted


async def test_fan_out_survives_kill_9(ordito: Ordito) -> None:
    private = keys.generate_rsa_key()
    await upgrade(ordito.loaded())
    async with strangers(private) as (hosts, port), open_context(ordito.loaded()) as context:
        await ensure_node(context)
        group = await context.run(lambda tx: _group(tx, port))
        await context.run(lambda tx: _post(tx, group))
        with Running(ordito) as server:
            hosts.each = 0.02
            await server.start()
            await until(lambda: _got(hosts, FOLLOWERS // 2))
            server.kill()
            reached = len(hosts.inboxes)
            assert reached < 2 * FOLLOWERS
            await server.start()
            owed = select(func.count()).select_from(Delivery).where(Delivery.due_at.is_not(None))
            await until(lambda: _none(context, owed))
        assert len(hosts.inboxes) == FOLLOWERS
        assert all(len(ids) == 2 for ids in hosts.inboxes.values())  # the relay and the boost, each under one id
        delivered = select(func.count()).select_from(Delivery).where(Delivery.outcome == "delivered")
        assert await count(context, delivered) == 2 * FOLLOWERS


async def _got(hosts: Hosts, least: int) -> bool:
    return sum(hosts.got.values()) >= least


async def _group(tx: Transaction, port: int) -> int:
    """A group with followers on as many hosts, put there without asking them."""
    pair = newcomers.KeyPair.generate()
    group = await groups.create(tx, None, groups.GroupDraft("garden", "Garden"), pair)
    for number in range(FOLLOWERS):
        uri = f"http://127.0.{1 + number // 200}.{1 + number % 200}:{port}/users/f{number}"
        follower = await actor_rows.upsert(tx, _remote(uri, number, port))
        follow = await follow_rows.add(tx, follower, group, f"{uri}#follow")
        await follow_rows.change(tx, follow, accepted_at=tx.now)
    return group.id


def _remote(uri: str, number: int, port: int) -> dict[str, Any]:
    host = uri.split("/")[2]
    named = {"uri": uri, "username": f"f{number}", "host": host, "handle": f"f{number}@{host}", "inbox": f"{uri}/inbox"}
    empty: dict[str, Any] = dict.fromkeys(("name", "summary"), "") | {"url": uri, "type": "Person"}
    flags = dict.fromkeys(("locked", "discoverable", "indexable", "posting_restricted", "shows_follows"), False)
    lists: dict[str, Any] = {name: [] for name in ("fields", "languages", "emojis", "also_known_as")}
    return named | empty | flags | lists


async def _post(tx: Transaction, group_id: int) -> None:
    group = await actor_rows.known(tx, group_id)
    pair = newcomers.KeyPair.generate()
    author = await newcomers.add_local(tx, "Person", "anna", pair)
    await posts.publish(tx, author, posts.Draft("Hello to all", group=group))
