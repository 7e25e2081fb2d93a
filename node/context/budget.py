"""What one delivery, or one request, may cause to be fetched: so many documents, so deep a thread."""

from dataclasses import dataclass, field
from typing import Final

MOST_FETCHES: Final = 20
MOST_DEPTH: Final = 10


@dataclass(slots=True)
class Budget:
    """Shared by all that is fetched for one cause; `deeper` is what a fetched document may fetch in its turn."""

    left: int = MOST_FETCHES
    depth: int = 0
    seen: set[str] = field(default_factory=set)
    parent: "Budget | None" = None

    def take(self, uri: str) -> bool:
        """Whether this may be fetched; counts it."""
        top = self._top()
        if self.depth > MOST_DEPTH or top.left <= 0 or uri in top.seen:
            return False
        top.left -= 1
        top.seen.add(uri)
        return True

    def deeper(self) -> "Budget":
        return Budget(depth=self.depth + 1, parent=self._top())

    def _top(self) -> "Budget":
        return self if self.parent is None else self.parent
