"""Hosts that this node has blocked, kept in memory until the list changes."""

from typing import TYPE_CHECKING

from node.queries import actors

if TYPE_CHECKING:
    from node.context import Context


class Blocks:
    def __init__(self, context: "Context") -> None:
        self._context = context
        self._hosts: frozenset[str] | None = None
        context.bus.on("blocks", self._forget)

    def _forget(self) -> None:
        self._hosts = None

    async def blocked(self, host: str) -> bool:
        """The host itself, with or without its port, or a domain that it is part of."""
        if self._hosts is None:
            async with self._context.database.reading(self._context.now()) as tx:
                self._hosts = await actors.blocked_hosts(tx)
        if not self._hosts:
            return False
        name = host.rsplit(":", 1)[0] if ":" in host and not host.endswith("]") else host
        labels = name.split(".")
        return host in self._hosts or any(".".join(labels[i:]) in self._hosts for i in range(len(labels)))
