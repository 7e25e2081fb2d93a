"""Who is connected and what each has subscribed to, as it is while one batch of changes is told."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from node.mastodon.calls import Call
from node.mastodon.streaming.connections import Connection
from node.mastodon.streaming.subscriptions import Stream

Ear: TypeAlias = tuple[Connection, Stream]
"""A subscription of a connection. Each is told by itself: what is for two of them goes twice."""


class Audience:
    """`calls`: of each reader the call that opened one of her streams."""

    def __init__(self, connections: Iterable[Connection]) -> None:
        self._ears: dict[str, list[Ear]] = defaultdict(list)
        self.calls: dict[int, Call] = {}
        for connection in connections:
            self.calls.setdefault(connection.viewer_id, connection.call)
            for stream in connection.streams:
                self._ears[stream.family].append((connection, stream))

    @property
    def some_call(self) -> Call:
        """For what is the same for every reader."""
        return next(iter(self.calls.values()))

    @property
    def list_ids(self) -> set[int]:
        return {stream.list_id for _, stream in self.of("list") if stream.list_id is not None}

    def of(self, *families: str) -> Iterator[Ear]:
        for family in families:
            yield from self._ears.get(family, ())

    def viewers(self, *families: str) -> set[int]:
        return {connection.viewer_id for connection, _ in self.of(*families)}

    def by_viewer(self, *families: str, wants: Callable[[Ear], bool] = lambda _: True) -> dict[int, list[Ear]]:
        found: dict[int, list[Ear]] = defaultdict(list)
        for ear in self.of(*families):
            if wants(ear):
                found[ear[0].viewer_id].append(ear)
        return found
