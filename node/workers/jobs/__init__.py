"""Everything that must happen later: one function per kind, found by its name."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from node.context import Context
from node.workers.jobs import backfill

Job = Callable[[Context, Mapping[str, Any]], Awaitable[None]]

KINDS: Final[dict[str, Job]] = {"backfill": backfill.run}
