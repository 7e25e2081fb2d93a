"""Public documents and pages as bytes: rendered once, kept until what they are made of changes.

The bus says that posts or actors changed, not which. So a change costs one addition, and what is kept is compared when
it is asked for: an entry made before the last change of its topics is made again, once for all who wait for it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal, TypeAlias

from node.events import Bus

Source: TypeAlias = Literal["actors", "posts"]
Stamp: TypeAlias = tuple[int, ...]

MOST_ENTRIES: Final = 4000
MOST_BYTES: Final = 16 * 1024 * 1024
LARGEST: Final = 1024 * 1024
"""Bytes of one document: a larger one is made anew each time."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """An answer that is the same for everybody, with its strong entity tag."""

    body: bytes
    content_type: str
    etag: str

    @classmethod
    def of(cls, body: bytes, content_type: str) -> "Rendering":
        return cls(body, content_type, f'"{sha256(body).hexdigest()[:32]}"')


Make: TypeAlias = Callable[[], Awaitable[Rendering]]


@dataclass(frozen=True, slots=True)
class _Entry:
    rendering: Rendering
    sources: tuple[Source, ...]
    stamp: Stamp


class Rendered:
    """Bounded by entries and by bytes; what was asked for longest ago goes first."""

    def __init__(self, bus: Bus) -> None:
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._flights: dict[tuple[str, Stamp], asyncio.Task[Rendering]] = {}
        self._changes: dict[Source, int] = {"actors": 0, "posts": 0}
        self._bytes = 0
        bus.on("actors", lambda: self._changed("actors"))
        bus.on("posts", lambda: self._changed("posts"))

    def _changed(self, source: Source) -> None:
        self._changes[source] += 1

    def _stamp(self, sources: tuple[Source, ...]) -> Stamp:
        changes = self._changes
        return tuple([changes[source] for source in sources])

    def kept(self, key: str) -> Rendering | None:
        """What is kept under this key, if nothing that it is made of has changed since."""
        entry = self._entries.get(key)
        if entry is None or entry.stamp != self._stamp(entry.sources):
            return None
        self._entries.move_to_end(key)
        return entry.rendering

    async def get(self, key: str, sources: tuple[Source, ...], make: Make) -> Rendering:
        """What is kept, else what `make` gives. Raises what `make` raises, and keeps nothing then."""
        kept = self.kept(key)
        if kept is not None:
            return kept
        flight_key = (key, self._stamp(sources))
        flight = self._flights.get(flight_key)
        if flight is None:
            flight = asyncio.ensure_future(self._make(key, sources, make))
            self._flights[flight_key] = flight
            flight.add_done_callback(lambda done: self._landed(flight_key, done))
        return await asyncio.shield(flight)

    def _landed(self, flight_key: tuple[str, Stamp], flight: asyncio.Task[Rendering]) -> None:
        del self._flights[flight_key]
        if not flight.cancelled():
            flight.exception()  # seen: whoever waited may have gone

    async def _make(self, key: str, sources: tuple[Source, ...], make: Make) -> Rendering:
        """What changed while it was made may be in it or not: that answers those who wait, and is not kept."""
        stamp = self._stamp(sources)
        rendering = await make()
        if stamp == self._stamp(sources) and len(rendering.body) <= LARGEST:
            self._keep(key, _Entry(rendering, sources, stamp))
        return rendering

    def _keep(self, key: str, entry: _Entry) -> None:
        former = self._entries.pop(key, None)
        self._bytes += len(entry.rendering.body) - (len(former.rendering.body) if former else 0)
        self._entries[key] = entry
        while len(self._entries) > MOST_ENTRIES or self._bytes > MOST_BYTES:
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= len(oldest.rendering.body)
