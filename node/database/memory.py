"""What one transaction has looked up already, so that a batch of like work asks once for all of it.

A lookup is remembered only when somebody recalls it for a batch beforehand (`queries.*.recall`), or when this
transaction wrote it; what a savepoint undoes is forgotten with it.
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Final


class _Unknown:
    """Not looked up: different from looked up and not there, which is None."""


UNKNOWN: Final = _Unknown()


class Memory:
    def __init__(self) -> None:
        self._known: dict[tuple[str, Hashable], Any] = {}
        self._journal: list[tuple[tuple[str, Hashable], Any]] = []

    def get(self, kind: str, key: Hashable) -> Any:
        """What is known, or `UNKNOWN`."""
        return self._known.get((kind, key), UNKNOWN)

    def put(self, kind: str, key: Hashable, value: Any) -> None:
        place = (kind, key)
        self._journal.append((place, self._known.get(place, UNKNOWN)))
        self._known[place] = value

    def put_all(self, kind: str, keys: Iterable[Hashable], found: Mapping[Any, Any]) -> None:
        """The answer to a lookup of many: those that were not found are known to be missing."""
        for key in keys:
            self.put(kind, key, found.get(key))

    def missing(self, kind: str, keys: Iterable[Hashable]) -> list[Any]:
        """Those that were not looked up yet, each once."""
        return [key for key in dict.fromkeys(keys) if (kind, key) not in self._known]

    def forget(self, kind: str, key: Hashable) -> None:
        if (kind, key) in self._known:
            self.put(kind, key, UNKNOWN)
            del self._known[kind, key]

    def forget_all(self, kind: str) -> None:
        for known, key in list(self._known):
            if known == kind:
                self.forget(known, key)

    def clear(self) -> None:
        self._known.clear()
        self._journal.clear()

    def values(self, kind: str) -> list[Any]:
        """All that is known to be there."""
        return [value for (known, _), value in self._known.items() if known == kind and value is not None]

    def mark(self) -> int:
        return len(self._journal)

    def undo(self, mark: int) -> None:
        """Forgets what was learned or written since `mark`."""
        while len(self._journal) > mark:
            place, before = self._journal.pop()
            if before is UNKNOWN:
                self._known.pop(place, None)
            else:
                self._known[place] = before
