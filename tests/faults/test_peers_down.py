"""Peers that are down, slow, out of order or gone: what is owed to them waits its time, and nobody waits for them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web

from federation.client import DEFAULT_LIMITS
from node.database import Transaction
from node.database.tables import Actor
from node.queries import actors, deliveries, follows, peers
from node.workers.deliveries import MOST_ATTEMPTS
from tests.nodes import Network, Node
from tests.strangers import Person, Stranger

SOON = timedelta(seconds=10)
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

    async def followed_by(self, *people: Person) -> None:
        async def work(tx: Transaction) -> None:
            for person in people:
                follower = await actors.required(tx, person.uri)
                follow = await follows.add(tx, follower, self.anna, f"{person.uri}#follow")
                await follows.change(tx, follow, accepted_at=tx.now)

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


@pytest.fixture
async def place(sqlite_nodes: Network) -> Place:
    sqlite_nodes.limits = replace(DEFAULT_LIMITS, connect=0.5, total=0.5)
    node = await sqlite_nodes.node("a")
    faulty, sound = Faulty(sqlite_nodes, "c"), Faulty(sqlite_nodes, "d")
    await faulty.serve()
    await sound.serve()
    found = Place(sqlite_nodes, node, await node.person("anna"), faulty, sound)
    await found.followed_by(found.bob, found.carla)
    return found


@pytest.mark.parametrize("fault", ["down", "slow", "reset", "500", "503", "408", "429", "401", "403"])
async def test_a_fault_delays_its_own_host_alone_and_loses_nothing(place: Place, fault: str) -> None:
    if fault == "down":
        await place.faulty.goes_down()
    else:
        special = {"slow": place.faulty.slow, "reset": reset}
        place.faulty.inbox = special[fault] if fault in special else status(int(fault))
    await place.post()
    await place.post()
    await place.work()
    assert texts(place.sound) == numbered(1, 2)
    assert place.faulty.received == []
    place.faulty.released.set()
    place.faulty.inbox = status(202)
    if fault == "down":
        place.faulty.comes_back()
    assert await place.next_try() <= SOON
    assert texts(place.faulty) == numbered(1, 2)  # each once, in their order
    assert texts(place.sound) == numbered(1, 2)
    assert await place.waiting() == []


async def test_others_do_not_wait_for_a_slow_host(place: Place) -> None:
    place.faulty.inbox = place.faulty.slow
    await place.post()
    working = asyncio.create_task(place.work())
    async with asyncio.timeout(5):
        await place.faulty.reached.wait()
        await place.sound.reached.wait()
    assert not working.done()  # the slow one has not been given up yet
    await working
    place.faulty.released.set()
    assert await place.waiting() == ["c.test"]


async def test_tries_become_rarer_for_days_and_then_end(place: Place) -> None:
    place.faulty.inbox = status(500)
    await place.post()
    await place.work()
    while await place.waiting():
        await place.next_try()
    tries = place.faulty.knocked
    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert gaps[0] <= SOON
    assert timedelta(seconds=20) <= gaps[1] <= timedelta(seconds=40)
    assert all(later > 0.6 * earlier for earlier, later in pairwise(gaps))
    assert max(gaps) <= timedelta(days=1.3)
    assert timedelta(days=5) <= tries[-1] - tries[0] <= timedelta(days=9)
    assert 12 <= len(tries) <= MOST_ATTEMPTS
    [(host, outcome, count, _)] = await place.undelivered()
    assert (host, count) == ("c.test", 1)
    assert outcome in {"gone", "given up"}


async def test_a_failing_host_rests_as_a_whole(place: Place) -> None:
    place.faulty.inbox = status(500)
    for _ in range(3):
        await place.post()
    await place.work()
    while len(place.faulty.knocked) < 4:
        await place.next_try()
    peer = await place.node.read(lambda tx: peers.by_host(tx, "c.test"))
    assert peer is not None
    assert peer.resume_at is not None
    assert peer.resume_at > place.nodes.clock.at
    other = await place.node.person("olga")
    await place.node.do(lambda tx: _follow(tx, place.bob, other))
    before = len(place.faulty.knocked)
    await place.post(other)  # another sender: it waits as well
    await place.work()
    assert len(place.faulty.knocked) == before
    assert await place.waiting() == ["c.test"]
    place.faulty.inbox = status(202)
    while await place.waiting():
        await place.next_try()
    assert sorted(texts(place.faulty)) == numbered(1, 2, 3, 4)


async def _follow(tx: Transaction, person: Person, target: Actor) -> None:
    follower = await actors.required(tx, person.uri)
    follow = await follows.add(tx, follower, target, f"{person.uri}#follow/{target.id}")
    await follows.change(tx, follow, accepted_at=tx.now)


async def test_many_failures_at_once_are_one(place: Place) -> None:
    """Four lanes that fail together put off the first retry no longer than one does."""
    authors = [await place.node.person(f"author{number}") for number in range(6)]
    for author in authors:
        await place.node.do(lambda tx, author=author: _follow(tx, place.bob, author))
    await place.faulty.goes_down()
    for author in authors:
        await place.post(author)
    failed_at = place.nodes.clock.at
    await place.work()
    place.faulty.comes_back()
    while len(place.faulty.received) < len(authors):
        await place.next_try()
    assert place.faulty.knocked[0] - failed_at <= SOON


async def test_what_waits_goes_out_at_once_when_the_host_makes_contact(place: Place) -> None:
    place.faulty.inbox = status(500)
    await place.post()
    await place.post()
    await place.work()
    while place.nodes.clock.at - place.faulty.knocked[0] < timedelta(hours=3):
        await place.next_try()
    place.faulty.inbox = status(202)
    await place.work()
    assert place.faulty.received == []  # it rests
    like = place.faulty.activity("Like", place.bob, "http://a.test/posts/1")
    assert (await place.faulty.send(place.node, like, place.bob)).status == 202
    await place.work()
    assert texts(place.faulty) == numbered(1, 2)
    peer = await place.node.read(lambda tx: peers.by_host(tx, "c.test"))
    assert peer is not None
    assert (peer.failures, peer.resume_at, peer.failing_since) == (0, None, None)


async def test_an_inbox_that_is_gone_is_retired(place: Place) -> None:
    """It alone: others of the same host go on. When its host makes contact it is tried again."""
    eve = place.faulty.person("eve")
    await place.followed_by(eve)

    async def half_gone(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=410 if "bob" in request.path else 202)

    place.faulty.inbox = half_gone
    for _ in range(3):
        await place.post()
        await place.work()
    assert place.faulty.paths.count("/users/bob/inbox") == 1
    assert place.faulty.paths.count("/users/eve/inbox") == 3
    assert await place.waiting() == []
    assert {outcome for _, outcome, _, _ in await place.undelivered()} == {"gone"}
    place.faulty.inbox = status(202)
    like = place.faulty.activity("Like", place.bob, "http://a.test/posts/1")
    assert (await place.faulty.send(place.node, like, place.bob)).status == 202
    await place.post()
    await place.work()
    assert place.faulty.paths.count("/users/bob/inbox") == 2


async def test_a_host_that_is_silent_for_a_week_is_retired_until_it_makes_contact(place: Place) -> None:
    await place.faulty.goes_down()
    await place.post()
    await place.work()
    while await place.waiting():
        await place.next_try()
        await place.post()  # there is always something owed to it
        await place.work()
    for _ in range(3):
        await place.post()
        await place.work()
    assert await place.waiting() == []
    place.faulty.comes_back()
    await place.post()
    await place.work()
    assert place.faulty.knocked == []
    like = place.faulty.activity("Like", place.bob, "http://a.test/posts/1")
    assert (await place.faulty.send(place.node, like, place.bob)).status == 202
    await place.post()
    await place.work()
    assert texts(place.faulty) == numbered(place.posts)


def wants_new(code: int) -> Behaviour:
    """A peer that takes RFC 9421 alone."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=202 if "Signature-Input" in request.headers else code)

    return answer


@pytest.mark.parametrize("code", [400, 401, 403])
async def test_a_refusal_leads_to_the_newer_signature_once_and_is_remembered(place: Place, code: int) -> None:
    place.faulty.inbox = wants_new(code)
    await place.post()
    await place.work()
    assert texts(place.faulty) == numbered(1)
    assert len(place.faulty.knocked) == 2
    for _ in range(3):
        await place.post()
        await place.work()
    assert texts(place.faulty) == numbered(1, 2, 3, 4)
    assert len(place.faulty.knocked) == 5
    peer = await place.node.read(lambda tx: peers.by_host(tx, "c.test"))
    assert peer is not None
    assert (peer.scheme, peer.failures) == ("rfc9421", 0)


@pytest.mark.parametrize("code", [400, 401, 403])
async def test_a_host_that_changes_its_mind_loses_nothing(place: Place, code: int) -> None:
    await place.post()
    await place.work()
    place.faulty.inbox = wants_new(code)
    await place.post()
    await place.work()
    assert texts(place.faulty) == numbered(1)
    assert await place.next_try() <= SOON
    assert texts(place.faulty) == numbered(1, 2)


@pytest.mark.parametrize("code", [429, 503])
async def test_a_host_that_says_when_is_not_asked_before(place: Place, code: int) -> None:
    place.faulty.inbox = status(code, Retry_After="600")
    await place.post()
    await place.work()
    place.faulty.inbox = status(202)
    assert timedelta(seconds=590) <= await place.next_try() <= timedelta(seconds=610)
    assert texts(place.faulty) == numbered(1)


async def test_nobody_makes_us_wait_for_years(place: Place) -> None:
    place.faulty.inbox = status(429, Retry_After="999999999")
    await place.post()
    await place.work()
    place.faulty.inbox = status(202)
    assert await place.next_try() <= timedelta(days=1)
    assert texts(place.faulty) == numbered(1)


@pytest.mark.parametrize("code", [400, 404, 405, 413, 422])
async def test_what_is_refused_for_good_is_not_sent_again(place: Place, code: int) -> None:
    place.faulty.inbox = status(code)
    await place.post()
    await place.work()
    assert await place.waiting() == []
    [(host, outcome, count, reason)] = await place.undelivered()
    assert (host, outcome, count, reason) == ("c.test", "gone" if code == 404 else "refused", 1, str(code))
    place.faulty.inbox = status(202)
    await place.post()
    await place.work()
    assert texts(place.faulty) == numbered(2)
