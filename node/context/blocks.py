"""Hosts that this node has blocked, kept in memory until the list changes."""

import asyncio
from typing import TYPE_CHECKING

import structlog

from federation.identifiers import covering_hosts
from node.queries import actors as actor_rows

if TYPE_CHECKING:
    from node.context import Context

log = structlog.get_logger()


class Blocks:
    def __init__(self, context: "Context") -> None:
        self._context = context
        self._hosts: frozenset[str] | None = None
        self._last: frozenset[str] | None = None
        self._changes = 0
        self._reading = asyncio.Lock()
        context.bus.on("blocks", self._forget)

    def _forget(self) -> None:
        self._hosts = None
        self._changes += 1

    async def _read(self) -> frozenset[str]:
        """Once for all who wait; again if the list changed meanwhile."""
        async with self._reading:
            while self._hosts is None:
                changes = self._changes
                async with self._context.database.reading(self._context.now()) as tx:
                    hosts = await actor_rows.blocked_hosts(tx)
                if changes == self._changes:
                    self._log_changes(hosts)
                    self._hosts = self._last = hosts
            return self._hosts

    def _log_changes(self, hosts: frozenset[str]) -> None:
        """Whoever made them: a command changes the list in a process of its own."""
        if self._last is not None and hosts != self._last:
            log.info("blocks.changed", added=sorted(hosts - self._last), removed=sorted(self._last - hosts))

    async def blocked(self, host: str) -> bool:
        """The host itself, with or without its port, or a domain that it is part of."""
        hosts = self._hosts if self._hosts is not None else await self._read()
        if not hosts:
            return False
        return not hosts.isdisjoint(covering_hosts(host))
