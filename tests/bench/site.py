"""The node that is measured: a server process on its own data, the peers around it, and the ceilings beside it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.request import urlopen

from federation import keys
from node.context import Context
from node.context.opening import ensure_node, open_context
from node.database import Transaction, upgrade
from node.database.tables import Actor, User
from node.services import newcomers, sessions, users
from node.web.sessions import form_token
from tests.bench.machine import Process, free_port, python, running
from tests.commands import Ordito
from tests.postgres import Server

T = TypeVar("T")
HTML = {"Accept": "text/html,application/xhtml+xml"}


@dataclass(frozen=True)
class Browser:
    """Somebody who is signed in: the headers that her browser sends, and the token of her forms."""

    headers: dict[str, str]
    form: str


async def sign_in(tx: Transaction, user: User) -> Browser:
    secret = await sessions.begin(tx, user)
    return Browser(HTML | {"Cookie": f"session={secret}", "Sec-Fetch-Site": "same-origin"}, form_token(secret))


@dataclass
class Site:
    """`context` looks into the same database from this process; `peers` is the port of all other hosts."""

    ordito: Ordito
    folder: Path
    context: Context
    key: keys.PrivateKey
    peers: int
    ceilings: str
    writer: Actor
    browser: "Browser"
    """The writer's."""

    @property
    def base(self) -> str:
        return self.ordito.base

    def serving(self) -> AbstractContextManager[Process]:
        """The server, until the block ends."""
        command = python("node", "serve")
        return running(command, ready=f"{self.base}/nodeinfo/2.0", environment=self.ordito.environment)

    async def look(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        async with self.context.database.reading() as tx:
            return await work(tx)

    def written(self, name: str, requests: Sequence[dict[str, Any]]) -> Path:
        """A file for the load generator."""
        path = self.folder / f"{name}.requests"
        path.write_text("\n".join(json.dumps(request) for request in requests))
        return path

    def told(self, path: str) -> dict[str, Any]:
        """Asks the process of the peers."""
        with urlopen(f"http://127.0.0.1:{self.peers}{path}", timeout=5) as answer:
            found: dict[str, Any] = json.load(answer)
            return found


@asynccontextmanager
async def site(folder: Path, postgres: Server | None) -> AsyncIterator[Site]:
    """A new node, empty but for one person who can sign in; its server does not run yet."""
    async with AsyncExitStack() as stack:
        settings = {"ORDITO_ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8", "ORDITO_LOG_LEVEL": "error"}
        settings |= {"ORDITO_POSTS_PER_MINUTE": "1000000", "ORDITO_POSTS_PER_HOUR": "1000000"}
        settings |= {"ORDITO_CALLS_PER_TOKEN": "100000000"}
        if postgres is not None:
            settings["ORDITO_DATABASE_URL"] = await stack.enter_async_context(postgres.database())
        ordito = Ordito(folder / "data", free_port(), settings)
        await upgrade(ordito.loaded())
        context = await stack.enter_async_context(open_context(ordito.loaded()))
        await ensure_node(context)
        key = keys.generate_rsa_key()
        peers = _peers(stack, folder, key)
        ceilings = _ceilings(stack, folder)
        yield Site(ordito, folder, context, key, peers, ceilings, *await context.run(_writer))


def _peers(stack: AsyncExitStack, folder: Path, key: keys.PrivateKey) -> int:
    port, pem = free_port(), folder / "peers.pem"
    pem.write_text(key.public.pem())
    command = python("tests.bench.strangers", f"--port={port}", f"--pem={pem}")
    stack.enter_context(running(command, ready=f"http://127.0.0.1:{port}/figures"))
    return port


def _ceilings(stack: AsyncExitStack, folder: Path) -> str:
    port = free_port()
    command = python("tests.bench.ceilings", f"--port={port}", f"--folder={folder}")
    stack.enter_context(running(command, ready=f"http://127.0.0.1:{port}/none"))
    return f"http://127.0.0.1:{port}"


async def _writer(tx: Transaction) -> tuple[Actor, Browser]:
    person = users.NewPerson("writer", approves_followers=False)
    user, actor = await users.add(tx, person, newcomers.KeyPair.generate())
    return actor, await sign_in(tx, user)
