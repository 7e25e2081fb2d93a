"""Storing what was accepted: many waiting requests share one commit, and the 202 goes out after it."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from node.context import Context
from node.context.gathering import Gathering
from node.database import Transaction, new_id
from node.queries import inbox_items, peers

_Arrived: TypeAlias = tuple[dict[str, Any], str]
"""A row, and the host it came from."""


class Intake:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._gathering: Gathering[_Arrived, None] = Gathering(self._commit)

    async def store(self, item: Mapping[str, Any], host: str) -> None:
        """Returns when the item is safe on disk. Raises what the database raises: then it was not accepted."""
        now = self._context.now()
        row = {"id": new_id(now), "arrived_at": now, "due_at": now, "claimed": False, "attempts": 0, **item}
        await self._gathering.do((row, host))

    async def _commit(self, batch: Sequence[_Arrived]) -> Sequence[None]:
        hosts = {host for _, host in batch} & await self._context.resting.hosts()

        async def work(tx: Transaction) -> None:
            await inbox_items.add(tx, [row for row, _ in batch])
            for host in hosts:
                await peers.made_contact(tx, host)

        await self._context.run(work)
        if hosts:
            self._context.resting.forget()
        return [None] * len(batch)
