"""The bus: what has changed, told after the commit to workers, streams and caches.

A topic is a short word (`inbox`, `deliveries`, `jobs`, `posts`), and a change names a row that somebody may be waiting
for. Neither carries content: whoever hears of one reads the rows again (decision 0011). Other processes are reached by
`node.database.changes`, which publishes here what they did.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias, get_args

Topic: TypeAlias = Literal["inbox", "deliveries", "jobs", "posts", "actors", "blocks"]
ALL: Final[tuple[Topic, ...]] = ("inbox", "deliveries", "jobs", "posts", "actors", "blocks")
Kind: TypeAlias = Literal[
    "post", "edit", "deletion", "figures", "actor", "notification", "conversation", "filters", "missed"
]
KINDS: Final[frozenset[str]] = frozenset(get_args(Kind))


class Change(NamedTuple):
    """A row that is new, or another now, or gone, by its id. `figures` are those of a post: who likes, boosts, answers.

    `people`: whom it is for, where the row names them no more: of a deletion its author, then those it named; of the
    rest the one it belongs to.
    """

    kind: Kind
    id: int
    people: tuple[int, ...] = ()


MISSED: Final = Change("missed", 0)
"""Something happened that nobody has named: whoever needs to know looks for what is new."""
Hearer: TypeAlias = Callable[[Sequence[Change]], None]


class Bus:
    """Wakes those who wait for a topic. Publishing costs nothing where nobody listens."""

    def __init__(self) -> None:
        self._signals: dict[Topic, set[asyncio.Event]] = defaultdict(set)
        self._callbacks: dict[Topic, list[Callable[[], None]]] = defaultdict(list)
        self._local: dict[Topic, list[Callable[[], None]]] = defaultdict(list)
        self._hearers: list[Hearer] = []
        self._local_hearers: list[Hearer] = []

    def publish(self, topics: Iterable[Topic], changes: Sequence[Change] = ()) -> None:
        """This process changed something."""
        told = list(topics)
        self.publish_foreign(told, changes)
        for topic in told:
            for callback in self._local[topic]:
                callback()
        if changes:
            for hearer in self._local_hearers:
                hearer(changes)

    def publish_foreign(self, topics: Iterable[Topic], changes: Sequence[Change] = ()) -> None:
        """Another process changed something."""
        if changes:
            for hearer in self._hearers:
                hearer(changes)
        for topic in topics:
            for signal in self._signals[topic]:
                signal.set()
            for callback in self._callbacks[topic]:
                callback()

    def on(self, topic: Topic, callback: Callable[[], None]) -> None:
        """Calls back on each change: for caches, which drop what they hold."""
        self._callbacks[topic].append(callback)

    def on_local(self, topic: Topic, callback: Callable[[], None]) -> None:
        """Calls back on changes by this process alone: to tell the others."""
        self._local[topic].append(callback)

    def on_changes(self, hearer: Hearer) -> None:
        """Calls back with each batch of changes, of this process and of others."""
        self._hearers.append(hearer)

    def on_local_changes(self, hearer: Hearer) -> None:
        """Calls back with changes by this process alone: to tell the others."""
        self._local_hearers.append(hearer)

    def signal(self, *topics: Topic) -> asyncio.Event:
        """An event that is set by each of the topics; who waits on it clears it."""
        event = asyncio.Event()
        for topic in topics:
            self._signals[topic].add(event)
        return event

    def release(self, event: asyncio.Event) -> None:
        for signals in self._signals.values():
            signals.discard(event)
