"""Peers that are down, slow, out of order or gone: what is owed to them waits its time, and nobody waits for them."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest
from aiohttp import web

from node.queries import peers
from node.workers.deliveries import MOST_ATTEMPTS
from tests.faults.faulty import Place, numbered, place_of, reset, status, texts, wants_new
from tests.nodes import Network

SOON = timedelta(seconds=10)


@pytest.fixture
async def place(sqlite_nodes: Network) -> Place:
    return await place_of(sqlite_nodes)


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
    await place.follow(other, place.bob)
    before = len(place.faulty.knocked)
    await place.post(other)  # another sender: it waits as well
    await place.work()
    assert len(place.faulty.knocked) == before
    assert await place.waiting() == ["c.test"]
    place.faulty.inbox = status(202)
    while await place.waiting():
        await place.next_try()
    assert sorted(texts(place.faulty)) == numbered(1, 2, 3, 4)


async def test_many_failures_at_once_are_one(place: Place) -> None:
    """Four lanes that fail together put off the first retry no longer than one does."""
    authors = [await place.node.person(f"author{number}") for number in range(6)]
    for author in authors:
        await place.follow(author, place.bob)
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
    await place.follow(place.anna, eve)

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


@pytest.mark.parametrize("code", [429, 503])
async def test_when_one_inbox_says_so_its_whole_host_rests(place: Place, code: int) -> None:
    maria = await place.node.person("maria")
    await place.follow(maria, place.bob, place.carla)
    place.faulty.inbox = status(code, Retry_After="600")
    await place.post()
    await place.work()
    place.nodes.clock.move(timedelta(seconds=60))
    await place.post(maria)
    await place.work()
    assert len(place.faulty.knocked) == 1
    assert texts(place.sound) == numbered(1, 2)
    place.faulty.inbox = status(202)
    assert timedelta(seconds=530) <= await place.next_try() <= timedelta(seconds=550)
    while await place.waiting():
        await place.next_try()
    assert sorted(texts(place.faulty)) == numbered(1, 2)


async def test_a_host_rests_for_an_hour_at_most_because_an_inbox_says_so(place: Place) -> None:
    maria = await place.node.person("maria")
    await place.follow(maria, place.bob)
    place.faulty.inbox = status(429, Retry_After="86400")
    await place.post()
    await place.work()
    await place.post(maria)
    place.faulty.inbox = status(202)
    assert timedelta(minutes=59) <= await place.next_try() <= timedelta(minutes=61)
    assert texts(place.faulty) == numbered(2)


async def test_nobody_makes_us_wait_for_years(place: Place) -> None:
    place.faulty.inbox = status(429, Retry_After="999999999")
    await place.post()
    await place.work()
    place.faulty.inbox = status(202)
    assert await place.next_try() <= timedelta(days=1)
    assert texts(place.faulty) == numbered(1)


@pytest.mark.parametrize("code", [400, 405, 413, 422])
async def test_what_is_refused_for_good_is_not_sent_again(place: Place, code: int) -> None:
    place.faulty.inbox = status(code)
    await place.post()
    await place.work()
    assert await place.waiting() == []
    [(host, outcome, count, reason)] = await place.undelivered()
    assert (host, outcome, count, reason) == ("c.test", "refused", 1, str(code))
    place.faulty.inbox = status(202)
    await place.post()
    await place.work()
    assert texts(place.faulty) == numbered(2)
