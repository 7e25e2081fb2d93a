"""Storing what was accepted: many waiting requests share one commit, and the 202 goes out after it."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
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
        with self._context.rush:
            await self._gathering.do((row, host))

    async def _commit(self, batch: Sequence[_Arrived]) -> Sequence[None]:
        rows = [row for row, _ in batch]
        hosts = {host for _, host in batch} & await self._context.resting.hosts()
        if hosts:
            await self._context.run(partial(_store, rows=rows, awake=hosts))
            self._context.resting.forget()
        else:
            await inbox_items.store(self._context.database, rows)
        return [None] * len(batch)


async def _store(tx: Transaction, rows: Sequence[dict[str, Any]], awake: Collection[str]) -> None:
    await inbox_items.add(tx, rows)
    for host in awake:
        await peers.made_contact(tx, host)
