"""What one delivery, or one request, may cause to be fetched: so many requests, so deep a thread."""

from dataclasses import dataclass, field
from typing import Final

from federation.errors import Unreachable

MOST_FETCHES: Final = 20
"""Requests: documents, WebFinger, and each redirect on the way to them."""
MOST_DEPTH: Final = 10
EXHAUSTED: Final = "fetch.budget"


@dataclass(slots=True)
class Budget:
    """Shared by all that is fetched for one cause; `deeper` is what a fetched document may fetch in its turn."""

    left: int = MOST_FETCHES
    depth: int = 0
    seen: set[str] = field(default_factory=set)
    parent: "Budget | None" = None
    unasked: bool = False
    """The cause came from outside: nobody here has asked for whom it brings."""

    def take(self, uri: str) -> bool:
        """Whether this may be fetched; for one cause nothing is fetched twice."""
        top = self._top()
        if self.depth > MOST_DEPTH or top.left <= 0 or uri in top.seen:
            return False
        top.seen.add(uri)
        return True

    def spend(self) -> None:
        """Counts a request. Raises `Unreachable` where there were too many already."""
        top = self._top()
        if top.left <= 0:
            raise Unreachable(EXHAUSTED, "too much was fetched for this already")
        top.left -= 1

    def deeper(self) -> "Budget":
        return Budget(depth=self.depth + 1, parent=self._top(), unasked=self._top().unasked)

    def _top(self) -> "Budget":
        return self if self.parent is None else self.parent
