"""Hosts that this node has blocked, kept in memory until the list changes."""

import asyncio
from typing import TYPE_CHECKING

from node.queries import actors

if TYPE_CHECKING:
    from node.context import Context


class Blocks:
    def __init__(self, context: "Context") -> None:
        self._context = context
        self._hosts: frozenset[str] | None = None
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
                    hosts = await actors.blocked_hosts(tx)
                if changes == self._changes:
                    self._hosts = hosts
            return self._hosts

    async def blocked(self, host: str) -> bool:
        """The host itself, with or without its port, or a domain that it is part of."""
        hosts = self._hosts if self._hosts is not None else await self._read()
        if not hosts:
            return False
        name = host.rsplit(":", 1)[0] if ":" in host and not host.endswith("]") else host
        labels = name.split(".")
        return host in hosts or any(".".join(labels[i:]) in hosts for i in range(len(labels)))
