"""The loop of all workers: work while there is some, then sleep until a topic is told, something falls due, or stop."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Final

import structlog

from node.context import Context
from node.database.failures import UNAVAILABLE
from node.events import Topic

log = structlog.get_logger()
LONGEST_SLEEP: Final = 30.0
"""Seconds: a missed wake-up costs no more than this."""
BUSY_PAUSE: Final = 0.2


class Worker(ABC):
    """One queue. `turn` does what is due and says whether there was anything; nothing it starts outlives `run`."""

    topics: ClassVar[Sequence[Topic]]

    def __init__(self, context: Context) -> None:
        self.context = context

    @abstractmethod
    async def turn(self) -> bool: ...

    @abstractmethod
    async def next_due(self) -> datetime | None:
        """When there will be work, if nothing is told before."""

    @abstractmethod
    async def finish(self) -> None:
        """Ends what is under way: at a stop."""

    async def run(self, stop: asyncio.Event) -> None:
        signal = self.context.bus.signal(*self.topics)
        away = False
        try:
            while not stop.is_set():
                signal.clear()
                try:
                    busy = await self.turn()
                    away = False
                    if not busy:
                        await self._sleep(signal, stop)
                except UNAVAILABLE as error:  # the database is busy or away: the rows wait
                    if not away:
                        log.warning("worker.database", worker=type(self).__name__, error=type(error).__name__)
                    away = True
                    await _first(stop, asyncio.Event(), BUSY_PAUSE)
        finally:
            self.context.bus.release(signal)
            await self.finish()

    async def _sleep(self, signal: asyncio.Event, stop: asyncio.Event) -> None:
        due = await self.next_due()
        seconds = LONGEST_SLEEP
        if due is not None:
            seconds = min(seconds, max(0.0, (due - self.context.now()).total_seconds()) + 0.01)
        await _first(stop, signal, seconds)


async def _first(one: asyncio.Event, other: asyncio.Event, seconds: float) -> None:
    waits = [asyncio.ensure_future(one.wait()), asyncio.ensure_future(other.wait())]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
