"""Streaming: how long after a post each of 500 apps with an open socket has it.

Counted from the time that the post says of itself, which is that of the beginning of the transaction: a little before
the commit.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from statistics import median
from typing import Any, Final

import aiohttp

from node.database import Transaction
from node.queries import actors as actor_rows, follows as follow_rows
from node.services import newcomers, users
from tests.bench.figures import Measured
from tests.bench.machine import Process, python
from tests.bench.site import Site

SOCKETS: Final = 500
POSTS: Final = 10
PATIENCE: Final = 60.0


async def prepare(site: Site) -> str:
    """500 people of the node who follow the writer, each with a token of her own; the token of the writer."""
    keys = newcomers.KeyPair.generate()
    tokens = await site.context.run(partial(_readers, writer_id=site.writer.id, keys=keys))
    (site.folder / "tokens").write_text("\n".join(tokens))
    return await site.context.run(partial(_token, name=site.writer.username))


async def _readers(tx: Transaction, writer_id: int, keys: newcomers.KeyPair) -> list[str]:
    writer = await actor_rows.known(tx, writer_id)
    tokens = []
    for number in range(SOCKETS):
        user, reader = await users.add(tx, users.NewPerson(f"listens{number}"), keys)
        follow = await follow_rows.add(tx, reader, writer, f"{reader.uri}#follow/{writer.id}")
        await follow_rows.change(tx, follow, accepted_at=tx.now)
        tokens.append(await users.issue_token(tx, user, "read"))
    return tokens


async def _token(tx: Transaction, name: str) -> str:
    user, _ = await users.required(tx, name)
    return await users.issue_token(tx, user, "read write")


@asynccontextmanager
async def listening(site: Site, token: str) -> AsyncIterator["Listeners"]:
    """500 sockets, open until the block ends."""
    command = python("tests.bench.listeners", site.base, str(site.folder / "tokens"))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        found = Listeners(site, http, process)
        try:
            await found.told()  # that all are connected
            yield found
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


class Listeners:
    def __init__(self, site: Site, http: aiohttp.ClientSession, process: asyncio.subprocess.Process) -> None:
        self._url = f"{site.base}/api/v1/statuses"
        self._http, self._process = http, process

    async def post(self, text: str) -> None:
        async with self._http.post(self._url, json={"status": text}) as answer:
            if answer.status != 200:
                raise RuntimeError(f"the post was not taken: {answer.status}")

    async def told(self) -> dict[str, Any]:
        """The next that the listeners say."""
        if self._process.stdout is None:
            raise RuntimeError("the listeners say nothing")
        async with asyncio.timeout(PATIENCE):
            found: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return found


async def measure(server: Process, listeners: Listeners) -> dict[str, Measured]:
    """Milliseconds: medians of some posts, one after the other."""
    figures, cpu = [], server.cpu()
    for number in range(POSTS):
        await listeners.post(f"{number}. Who can come on Saturday?")
        figures.append(await listeners.told())
    spent = (server.cpu() - cpu) / POSTS * 1000
    delays = {name: Measured(median(figure[name] for figure in figures)) for name in ("p50", "p99", "last")}
    return delays | {"cpu": Measured(spent)}
