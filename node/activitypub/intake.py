"""Storing what was accepted: many waiting requests share one commit, and the 202 goes out after it.

Acceptance is gathered for a few milliseconds or a few hundred items, whichever comes first: one fsync pays for all.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from node.context import Context
from node.database import Transaction, new_id
from node.database.failures import UNAVAILABLE
from node.queries import inbox_items, peers

MOST: Final = 300
GATHER: Final = 0.003
"""Seconds to wait for company; nobody notices, and a burst shares its commits."""


_Waiting: TypeAlias = tuple[dict[str, Any], str, asyncio.Future[None]]
"""A row, the host it came from, and who waits for it to be safe."""


class Intake:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._waiting: list[_Waiting] = []
        self._task: asyncio.Task[None] | None = None

    async def store(self, item: Mapping[str, Any], host: str) -> None:
        """Returns when the item is safe on disk. Raises what the database raises: then it was not accepted."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        now = self._context.now()
        row = {"id": new_id(now), "arrived_at": now, "due_at": now, "claimed": False, "attempts": 0, **item}
        self._waiting.append((row, host, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        await future

    async def _drain(self) -> None:
        await asyncio.sleep(GATHER)
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            await self._accept(batch)

    async def _accept(self, batch: list[_Waiting]) -> None:
        """Together; one by one where the database refuses them together, so that one spoils it for no other."""
        try:
            await self._commit(batch)
        except Exception as error:  # noqa: BLE001  # each of the waiting requests raises it
            if len(batch) > 1 and not isinstance(error, UNAVAILABLE):
                for one in batch:
                    await self._accept([one])
                return
            for _, _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for _, _, future in batch:
            if not future.done():
                future.set_result(None)

    async def _commit(self, batch: list[_Waiting]) -> None:
        hosts = {host for _, host, _ in batch} & await self._context.resting.hosts()

        async def work(tx: Transaction) -> None:
            await inbox_items.add(tx, [row for row, _, _ in batch])
            for host in hosts:
                await peers.made_contact(tx, host)

        await self._context.run(work)
        if hosts:
            self._context.resting.forget()
