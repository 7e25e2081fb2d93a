"""What is rendered once and kept: until it changes, within bounds, made once for all who wait."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from node.context import rendered
from node.context.rendered import Rendered, Rendering
from node.events import Bus


class Maker:
    """Counts, and says each time something else."""

    def __init__(self, size: int = 10) -> None:
        self.made = 0
        self._size = size

    async def __call__(self) -> Rendering:
        self.made += 1
        return Rendering.of(f"{self.made}".ljust(self._size).encode(), "text/plain")


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def kept(bus: Bus) -> Rendered:
    return Rendered(bus)


async def test_it_is_made_once(kept: Rendered) -> None:
    make = Maker()
    first = await kept.get("a", ("posts",), make)
    assert await kept.get("a", ("posts",), make) is first
    assert kept.kept("a") is first
    assert kept.kept("b") is None
    assert make.made == 1


async def test_a_change_of_what_it_is_made_of_drops_it(kept: Rendered, bus: Bus) -> None:
    make = Maker()
    first = await kept.get("a", ("actors",), make)
    bus.publish(["posts", "deliveries"])
    assert await kept.get("a", ("actors",), make) is first
    bus.publish(["actors"])
    assert kept.kept("a") is None
    assert (await kept.get("a", ("actors",), make)).body != first.body


async def test_a_change_by_another_process_drops_it(kept: Rendered, bus: Bus) -> None:
    await kept.get("a", ("posts",), Maker())
    bus.publish_foreign(["posts"])
    assert kept.kept("a") is None


def slow(make: Maker, gate: asyncio.Event) -> Callable[[], Awaitable[Rendering]]:
    async def made() -> Rendering:
        found = await make()
        await gate.wait()
        return found

    return made


async def test_all_who_wait_get_the_same(kept: Rendered) -> None:
    make, gate = Maker(), asyncio.Event()
    waiting = [asyncio.create_task(kept.get("a", ("posts",), slow(make, gate))) for _ in range(5)]
    await asyncio.sleep(0)
    gate.set()
    found = await asyncio.gather(*waiting)
    assert make.made == 1
    assert len(set(map(id, found))) == 1


async def test_what_changed_while_it_was_made_is_not_kept(kept: Rendered, bus: Bus) -> None:
    make, gate = Maker(), asyncio.Event()
    early = asyncio.create_task(kept.get("a", ("posts",), slow(make, gate)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    bus.publish(["posts"])
    late = asyncio.create_task(kept.get("a", ("posts",), slow(make, gate)))
    await asyncio.sleep(0)
    gate.set()
    assert (await early).body.strip() == b"1"
    assert (await late).body.strip() == b"2"
    assert kept.kept("a") is await late


async def test_a_reader_who_leaves_takes_nothing_from_the_others(kept: Rendered) -> None:
    make, gate = Maker(), asyncio.Event()
    leaving, staying = (asyncio.create_task(kept.get("a", ("posts",), slow(make, gate))) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    gate.set()
    assert (await staying).body.strip() == b"1"
    assert leaving.cancelled()


async def test_a_refusal_is_not_kept(kept: Rendered) -> None:
    make = Maker()

    async def refused() -> Rendering:
        raise LookupError

    with pytest.raises(LookupError):
        await kept.get("a", ("posts",), refused)
    assert (await kept.get("a", ("posts",), make)).body.strip() == b"1"


async def test_it_is_bounded_in_entries(kept: Rendered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendered, "MOST_ENTRIES", 2)
    for key in ("a", "b"):
        await kept.get(key, (), Maker())
    assert kept.kept("a") is not None
    await kept.get("c", (), Maker())
    assert kept.kept("a") is not None
    assert kept.kept("b") is None


async def test_it_is_bounded_in_bytes(kept: Rendered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendered, "MOST_BYTES", 250)
    monkeypatch.setattr(rendered, "LARGEST", 200)
    for key in ("a", "b", "c"):
        await kept.get(key, (), Maker(100))
    assert [kept.kept(key) is not None for key in "abc"] == [False, True, True]
    await kept.get("d", (), Maker(201))
    assert [kept.kept(key) is not None for key in "abcd"] == [False, True, True, False]


async def test_what_is_made_anew_takes_the_place_of_the_old(
    kept: Rendered, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendered, "MOST_BYTES", 250)
    await kept.get("a", ("posts",), Maker(100))
    for _ in range(5):
        bus.publish(["posts"])
        await kept.get("b", ("actors", "posts"), Maker(100))
    await kept.get("a", ("posts",), Maker(100))
    assert kept.kept("a") is not None
    assert kept.kept("b") is not None


def test_the_tag_is_that_of_the_bytes() -> None:
    one, same, other = (Rendering.of(body, "text/plain") for body in (b"a", b"a", b"b"))
    assert one.etag == same.etag != other.etag
    assert one.etag.startswith('"')
