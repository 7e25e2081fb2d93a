"""A host whose inboxes behave as a test says, and somebody who is followed from there and from a sound one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from federation.client import DEFAULT_LIMITS
from node.database import Transaction
from node.database.tables import Actor
from node.queries import actors as actor_rows, deliveries, follows as follow_rows
from tests.nodes import Network, Node
from tests.strangers import Person, Stranger

Behaviour = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def status(code: int, **headers: str) -> Behaviour:
    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(status=code, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return answer


async def reset(request: web.BaseRequest) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


class Faulty(Stranger):
    """A host whose inboxes behave as a test says."""

    def __init__(self, nodes: Network, name: str) -> None:
        super().__init__(nodes, name)
        self.nodes = nodes
        self.inbox: Behaviour = status(202)
        self.knocked: list[datetime] = []
        self.paths: list[str] = []
        self.reached, self.released = asyncio.Event(), asyncio.Event()

    async def slow(self, _: web.BaseRequest) -> web.StreamResponse:
        await self.released.wait()
        return web.Response(status=202)

    async def goes_down(self) -> None:
        """Nothing listens there any more, and what is still connected is cut."""
        self.inbox = reset
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        self.up = self.nodes.names.answers[self.host]
        self.nodes.names.point(self.host, [("127.0.0.1", port)])

    def comes_back(self) -> None:
        self.inbox = status(202)
        self.nodes.names.answers[self.host] = self.up
        self.knocked.clear()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method != "POST":
            return await super()._answer(request)
        self.reached.set()
        self.knocked.append(self.nodes.clock.at)
        self.paths.append(request.path)
        answer = await self.inbox(request)
        return await super()._answer(request) if answer.status == 202 else answer


class Place:
    """Anna, followed by Bob of a faulty host and by Carla of a sound one."""

    def __init__(self, nodes: Network, node: Node, anna: Actor, faulty: Faulty, sound: Faulty) -> None:
        self.nodes, self.node, self.anna, self.faulty, self.sound = nodes, node, anna, faulty, sound
        self.bob, self.carla = faulty.person("bob"), sound.person("carla")
        self.posts = 0

    async def follow(self, target: Actor, *people: Person) -> None:
        async def work(tx: Transaction) -> None:
            for person in people:
                follower = await actor_rows.required(tx, person.uri)
                follow = await follow_rows.add(tx, follower, target, f"{person.uri}#follow/{target.id}")
                await follow_rows.change(tx, follow, accepted_at=tx.now)

        await self.node.do(work)

    async def post(self, author: Actor | None = None) -> None:
        self.posts += 1
        await self.node.post(author or self.anna, f"Post {self.posts}")

    async def work(self) -> None:
        """All that is due at this moment, without moving the clock."""
        for _ in range(200):
            if not await self.node.work():
                return
        raise AssertionError("the node does not come to rest")

    async def next_try(self) -> timedelta:
        """Goes to the next moment at which something is due, works, and says how long that was."""
        due = await self.node.read(deliveries.next_due)
        assert due is not None
        wait = due - self.nodes.clock.at
        self.nodes.clock.at = max(self.nodes.clock.at, due)
        await self.work()
        return wait

    async def waiting(self) -> list[str]:
        return [row[0] for row in await self.node.read(deliveries.waiting)]

    async def undelivered(self) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self.node.read(deliveries.undelivered)]


def texts(stranger: Stranger) -> list[str]:
    return [activity["object"]["content"] for activity in stranger.received if activity["type"] == "Create"]


def numbered(*numbers: int) -> list[str]:
    return [f"<p>Post {number}</p>" for number in numbers]


def wants_new(code: int) -> Behaviour:
    """A peer that takes RFC 9421 alone."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=202 if "Signature-Input" in request.headers else code)

    return answer


async def place_of(nodes: Network) -> Place:
    nodes.limits = replace(DEFAULT_LIMITS, connect=0.5, total=0.5)
    node = await nodes.node("a")
    faulty, sound = Faulty(nodes, "c"), Faulty(nodes, "d")
    await faulty.serve()
    await sound.serve()
    found = Place(nodes, node, await node.person("anna"), faulty, sound)
    await found.follow(found.anna, found.bob, found.carla)
    return found
