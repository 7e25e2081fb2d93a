"""A brake on guessing: after so many misses the next attempts must wait, longer each time. Kept in memory."""

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

MISSES: Final = 10
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=1)
FORGOTTEN_AFTER: Final = timedelta(hours=24)
KEPT: Final = 20_000


class Braked(Exception):
    """Too many misses; try again after `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many misses, {retry_after} s to wait")
        self.retry_after = retry_after


@dataclass(slots=True)
class _Misses:
    count: int
    last: datetime
    free_at: datetime


class Brake:
    """Counts misses per key, for instance an account and an address: one that is over its limit is enough to wait."""

    def __init__(self) -> None:
        self._misses: OrderedDict[str, _Misses] = OrderedDict()
        self._under_way: Counter[str] = Counter()

    def check(self, keys: Iterable[str], now: datetime) -> None:
        """Raises `Braked` while one of the keys has to wait."""
        waits = [known.free_at - now for key in keys if (known := self._known(key, now)) is not None]
        longest = max(waits, default=timedelta())
        if longest > timedelta():
            raise Braked(int(longest.total_seconds()) + 1)

    @contextmanager
    def attempt(self, keys: Collection[str], now: datetime) -> Iterator[None]:
        """Around the check of a password, which takes a while: one under way counts as a miss until it has ended, so
        that a burst gets no further than the same attempts one by one. Raises `Braked`."""
        self.check(keys, now)
        for key in keys:
            known = self._known(key, now)
            if self._under_way[key] >= max(1, MISSES - (known.count if known else 0)):
                raise Braked(1)
        self._under_way.update(keys)
        try:
            yield
        finally:
            self._under_way.subtract(keys)
            for key in keys:
                if not self._under_way[key]:
                    del self._under_way[key]

    def miss(self, keys: Iterable[str], now: datetime) -> None:
        """Notes a miss. Raises `Braked` from the tenth on."""
        for key in keys:
            known = self._known(key, now) or _Misses(0, now, now)
            known.count, known.last = known.count + 1, now
            if known.count >= MISSES:
                known.free_at = now + min(FIRST_WAIT * 2 ** min(known.count - MISSES, 10), LONGEST_WAIT)
            self._misses[key] = known
            self._misses.move_to_end(key)
        while len(self._misses) > KEPT:
            self._misses.popitem(last=False)
        self.check(keys, now)

    def forget(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._misses.pop(key, None)

    def _known(self, key: str, now: datetime) -> _Misses | None:
        known = self._misses.get(key)
        if known is not None and now - known.last > FORGOTTEN_AFTER:
            del self._misses[key]
            return None
        return known
