"""Hosts that did not answer lately, and inboxes that are gone: known without a query per request or delivery."""

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from federation.identifiers import host_of
from node.queries import peers

if TYPE_CHECKING:
    from node.context import Context

FRESH_FOR: Final = timedelta(seconds=2)
RETIRED_FOR: Final = timedelta(days=30)
"""Then it is tried again, even if its host never made contact."""


class Resting:
    def __init__(self, context: "Context") -> None:
        self._context = context
        self._hosts: frozenset[str] = frozenset()
        self._retired: frozenset[str] = frozenset()
        self._read_at: datetime | None = None
        self._reading = asyncio.Lock()

    async def hosts(self) -> frozenset[str]:
        """A sign of life from one of these is news."""
        await self._refresh()
        return self._hosts

    async def retired(self, inbox: str) -> bool:
        """Whether this inbox, or its whole host, gets nothing any more."""
        await self._refresh()
        return inbox in self._retired or host_of(inbox) in self._retired

    async def _refresh(self) -> None:
        """Once for all who wait: a fan-out asks some hundred times at once."""
        if self._fresh():
            return
        async with self._reading:
            if not self._fresh():
                await self._read()

    def _fresh(self) -> bool:
        return self._read_at is not None and self._context.now() - self._read_at <= FRESH_FOR

    async def _read(self) -> None:
        now = self._context.now()
        async with self._context.database.reading(now) as tx:
            retired = await peers.retired(tx, now - RETIRED_FOR)
            self._hosts = frozenset({*await peers.failing(tx), *retired.values()})
        self._retired = frozenset(retired)
        self._read_at = now

    def forget(self) -> None:
        self._read_at = None
