"""Hosts that did not answer lately, so that a sign of life from one is noticed without a query per request."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from node.queries import peers

if TYPE_CHECKING:
    from node.context import Context

FRESH_FOR: Final = timedelta(seconds=2)


class Resting:
    def __init__(self, context: "Context") -> None:
        self._context = context
        self._hosts: frozenset[str] = frozenset()
        self._read_at: datetime | None = None

    async def hosts(self) -> frozenset[str]:
        now = self._context.now()
        if self._read_at is None or now - self._read_at > FRESH_FOR:
            async with self._context.database.reading(now) as tx:
                self._hosts = frozenset(await peers.failing(tx))
            self._read_at = now
        return self._hosts

    def forget(self) -> None:
        self._read_at = None
