"""Whether so much arrives at once that the doors come first: whoever sends waits for the 202, its effect can wait."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

CROWD: Final = 8
"""So many that wait for the same commit: the process has all that it can do."""
QUIET: Final = 0.03
"""Seconds without a crowd: then the rush is over."""
PATIENCE: Final = 1.0
"""Seconds that work stands back at most."""


class Rush:
    """Counts what waits at the doors of one process, so that its workers stand back, though not for ever.

    Whoever waits is within `with rush:`.
    """

    def __init__(self, patience: float = PATIENCE, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = self._patience = patience
        self._clock = clock
        self._waiting = 0
        self._crowded_at = -QUIET

    def __enter__(self) -> None:
        self._waiting += 1
        if self._waiting >= CROWD:
            self._crowded_at = self._clock()

    def __exit__(self, *_: object) -> None:
        self._waiting -= 1

    async def over(self) -> None:
        """Returns when the rush or the patience is at its end. In a rush that goes on patience halves each time, so
        that in the end work has its share, and what was accepted does not pile up."""
        end = self._clock() + self._patience
        while (now := self._clock()) - self._crowded_at < QUIET:
            if now >= end:
                self._patience /= 2
                return
            await asyncio.sleep(QUIET / 2)
        self._patience = self._most
