"""Real nodes for tests: real HTTP on loopback under names of their own, real databases, a clock that tests move.

`Network` runs nodes in this process; `settle` lets them do all that is due, and moves the clock over what waits a
second or two (the answer to a Follow), until nothing is left to do.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import aiohttp
from aiohttp import web

from federation.addressing import Visibility
from federation.client import DEFAULT_LIMITS
from federation.identifiers import Handle
from federation.keys import PrivateKey, load_private_key
from node.app import WORKERS, build
from node.context import Context
from node.database import Transaction, ids
from node.database.tables import Actor, Post
from node.middleware.bodies import Patience
from node.middleware.state import CONTEXT
from node.queries import actors as actor_rows, deliveries, inbox_items, jobs, posts as post_rows, timelines, views
from node.server import Runner
from node.services import actors, follows, groups, posts, users
from node.services.groups import GroupDraft
from node.services.markup import handles_in
from node.services.newcomers import KeyPair
from node.services.users import NewPerson
from node.settings import load
from tests.postgres import Server
from tests.templates import place_database
from tests.unit.loopback import Names

SOON = timedelta(seconds=10)
AP = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams", application/activity+json'


@dataclass
class Clock:
    """The time for every node of a test. It moves a little with each look, so that order is order."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def move(self, by: timedelta) -> None:
        self.at += by


class Node:
    """One node: what a test asks of it, through its services and its doors."""

    def __init__(self, name: str, app: web.Application, http: aiohttp.ClientSession) -> None:
        self.name = name
        self.app = app
        self.http = http

    @property
    def context(self) -> Context:
        return self.app[CONTEXT]

    @property
    def base(self) -> str:
        return self.context.settings.base_url

    async def person(self, name: str, *, role: str = "member", approves: bool = False) -> Actor:
        draft = NewPerson(name, role=role, approves_followers=approves)
        _, actor = await self.context.run(lambda tx: users.add(tx, draft, KeyPair.generate()))
        return actor

    async def group(self, handle: str, owner: Actor | None = None, **values: Any) -> Actor:
        draft = GroupDraft(handle, values.pop("name", handle.title()), **values)
        return await self.context.run(lambda tx: groups.create(tx, owner, draft, KeyPair.generate()))

    async def find(self, handle: str) -> Actor:
        """The account behind name@host, fetched if it is not known here."""
        return await self.context.run(lambda tx: actors.resolve(tx, Handle.parse(handle)))

    async def follow(self, actor: Actor, handle: str) -> None:
        target = await self.find(handle)
        await self.context.run(lambda tx: follows.request(tx, actor, target))

    async def post(
        self,
        author: Actor,
        text: str,
        *,
        group: str | None = None,
        to: Post | None = None,
        visibility: Visibility = Visibility.PUBLIC,
        **values: Any,
    ) -> Post:
        mentioned = await self.context.run(
            lambda tx: actors.resolve_all(tx, handles_in(text, host=self.context.settings.host))
        )
        target = await self.find(group) if group else None
        draft = posts.Draft(text, visibility, group=target, in_reply_to=to, mentioned=mentioned, **values)
        return await self.context.run(lambda tx: posts.publish(tx, author, draft))

    async def known(self, uri: str) -> Post | None:
        async with self.context.database.reading() as tx:
            return await post_rows.by_uri(tx, uri)

    async def required(self, uri: str) -> Post:
        post = await self.known(uri)
        assert post is not None, f"{self.name} does not hold {uri}"
        return post

    async def do(self, work: Callable[[Transaction], Awaitable[Any]]) -> Any:
        return await self.context.run(work)

    async def read(self, work: Callable[[Transaction], Awaitable[Any]]) -> Any:
        async with self.context.database.reading(self.context.now()) as tx:
            return await work(tx)

    async def home(self, actor: Actor) -> list[str]:
        """Texts in her home, newest first, a boost as the boosted text."""

        async def work(tx: Transaction) -> list[str]:
            rows = await timelines.home(tx, actor, timelines.Page(40))
            found = await views.of(tx, rows, actor)
            return [(view.reblog or view).post.content for view in found]

        return await self.read(work)

    async def addressed(self, actor: Actor) -> list[str]:
        """Ids of what others wrote to her, newest first."""
        rows = await self.read(lambda tx: timelines.addressed(tx, actor, timelines.Page(40)))
        return [post.uri for post in rows]

    async def thread(self, uri: str, viewer: Actor | None = None) -> list[str]:
        """Ids of a thread's posts, in the order they are shown."""
        root = await self.required(uri)
        rows = await self.read(lambda tx: timelines.thread(tx, root.root_id or root.id, viewer))
        return [post.uri for post in rows]

    async def actor(self, uri: str) -> Actor:
        return await self.read(lambda tx: actor_rows.required(tx, uri))

    async def outcomes(self) -> dict[str, int]:
        return await self.read(inbox_items.outcomes)

    async def get(self, path: str, *, accept: str = AP, **options: Any) -> tuple[int, Any, Any]:
        """(status, headers, body): JSON parsed where it is some."""
        url = path if "://" in path else f"{self.base}{path}"
        headers = {"Accept": accept, **options.pop("headers", {})}
        async with self.http.get(url, headers=headers, allow_redirects=False, **options) as response:
            is_json = "json" in response.content_type
            return (
                response.status,
                response.headers,
                await (response.json(content_type=None) if is_json else response.text()),
            )

    async def work(self) -> bool:
        """One turn of each worker; whether there was anything."""
        busy = False
        for worker in self.app[WORKERS].all:
            busy = await worker.turn() or busy
            await worker.finish()
        return busy

    async def next_due(self) -> datetime | None:
        async def work(tx: Transaction) -> list[datetime]:
            found = [await part.next_due(tx) for part in (inbox_items, deliveries, jobs)]
            return [at for at in found if at is not None]

        return min(await self.read(work), default=None)


class Network:
    """Nodes that know each other by name."""

    def __init__(self, folder: Path, postgres: Server | None) -> None:
        self.clock = Clock()
        ids._last = 0  # the ids of another test, whose clock was ahead, are nothing to this one
        self.names = Names()
        self.nodes: dict[str, Node] = {}
        self.allowed = {f"{name}.test:80" for name in "abcdefgh"}
        self.patience, self.limits = Patience(), DEFAULT_LIMITS
        self._folder, self._postgres = folder, postgres
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def node(self, name: str = "a", **settings: str) -> Node:
        """A node at http://NAME.test whose workers run when the test says so."""
        environment = {
            "ORDITO_ENV": "development",
            "ORDITO_DATA_DIR": str(self._folder / name),
            "ORDITO_BASE_URL": f"http://{name}.test",
            "ORDITO_ALLOW_HOSTS": ",".join(sorted(self.allowed)),
            **settings,
        }
        if self._postgres is not None:
            environment["ORDITO_DATABASE_URL"] = await self._stack.enter_async_context(self._postgres.database())
        times = {"patience": self.patience, "limits": self.limits}
        loaded = load(environment)
        place_database(loaded)
        app = build(loaded, clock=self.clock, resolver=self.names, workers=False, **times)
        runner = Runner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.names.point(f"{name}.test", [("127.0.0.1", runner.addresses[0][1])])
        http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=self.names))
        self._stack.push_async_callback(http.close)
        self.nodes[name] = Node(name, app, http)
        return self.nodes[name]

    async def serve_host(self, host: str, handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> None:
        """Something that is no node, under a name of its own."""
        runner = web.ServerRunner(web.Server(handler), shutdown_timeout=1.0)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.names.point(host, [("127.0.0.1", runner.addresses[0][1])])

    def some_rsa_key(self) -> PrivateKey:
        return load_private_key(KeyPair.generate().rsa)

    async def settle(self, within: timedelta = SOON) -> None:
        """Everything that is due happens, and what falls due shortly after; then nothing is left to do."""
        for _ in range(500):
            if any([await node.work() for node in self.nodes.values()]):
                continue
            due = [at for node in self.nodes.values() if (at := await node.next_due()) is not None]
            if not due or min(due) > self.clock.at + within:
                return
            self.clock.at = max(self.clock.at, min(due))
        raise AssertionError("the nodes do not come to rest")


@asynccontextmanager
async def network(folder: Path, postgres: Server | None) -> AsyncIterator[Network]:
    async with Network(folder, postgres) as found:
        yield found


__all__ = ["AP", "Clock", "Network", "Node", "network"]
