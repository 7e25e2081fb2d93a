"""Work of one kind that many wait for at the same time, done for all of them together: one commit pays for all."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeAlias, TypeVar

from node.database.failures import UNAVAILABLE

Item = TypeVar("Item")
Result = TypeVar("Result")
Work: TypeAlias = Callable[[Sequence[Item]], Awaitable[Sequence[Result]]]

MOST: Final = 300
STILL: Final = 4
"""Turns of the loop in which nobody comes: then nobody is on the way. With work under way beside it, on two cores, a
burst costs a fifth more than when all of it waits for one commit."""
PATIENCE: Final = 0.02
"""Seconds to wait for company at most."""


class Gathering(Generic[Item, Result]):
    """`work` does a batch in one transaction, and gives a result for each item."""

    def __init__(self, work: Work[Item, Result]) -> None:
        self._work = work
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._task: asyncio.Task[None] | None = None

    async def do(self, item: Item) -> Result:
        """Returns when it is safe on disk. Raises what the work raises for this item."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        return await future

    async def _drain(self) -> None:
        while self._waiting:
            await self._company()
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            await self._together(batch)

    async def _company(self) -> None:
        """Returns when nobody comes any more: at once for one alone."""
        loop = asyncio.get_running_loop()
        end, seen, still = loop.time() + PATIENCE, 0, 0
        while still < STILL and loop.time() < end:
            still = still + 1 if seen == len(self._waiting) else 0
            seen = len(self._waiting)
            await asyncio.sleep(0)

    async def _together(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        """One by one where they fail together, so that one spoils it for no other."""
        try:
            results = await self._work([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001  # each of those who wait raises it
            if len(batch) > 1 and not isinstance(error, UNAVAILABLE):
                for one in batch:
                    await self._together([one])
                return
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)
