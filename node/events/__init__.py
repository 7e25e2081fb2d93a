"""The bus: what has changed, told after the commit to workers, streams and caches.

A topic is a short word (`inbox`, `deliveries`, `jobs`, `posts`). It carries no content: whoever hears it reads the rows
again. Other processes are reached by `node.database.changes`, which publishes here what they did.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final, Literal, TypeAlias

Topic: TypeAlias = Literal["inbox", "deliveries", "jobs", "posts", "actors", "blocks"]
ALL: Final[tuple[Topic, ...]] = ("inbox", "deliveries", "jobs", "posts", "actors", "blocks")


class Bus:
    """Wakes those who wait for a topic. Publishing costs nothing where nobody listens."""

    def __init__(self) -> None:
        self._signals: dict[Topic, set[asyncio.Event]] = defaultdict(set)
        self._callbacks: dict[Topic, list[Callable[[], None]]] = defaultdict(list)
        self._local: dict[Topic, list[Callable[[], None]]] = defaultdict(list)

    def publish(self, topics: Iterable[Topic]) -> None:
        """This process changed something."""
        told = list(topics)
        self.publish_foreign(told)
        for topic in told:
            for callback in self._local[topic]:
                callback()

    def publish_foreign(self, topics: Iterable[Topic]) -> None:
        """Another process changed something."""
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

    def signal(self, *topics: Topic) -> asyncio.Event:
        """An event that is set by each of the topics; who waits on it clears it."""
        event = asyncio.Event()
        for topic in topics:
            self._signals[topic].add(event)
        return event

    def release(self, event: asyncio.Event) -> None:
        for signals in self._signals.values():
            signals.discard(event)
