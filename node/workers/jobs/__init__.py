"""Everything that must happen later: one function per kind, found by its name.

A job that comes again and again says when; others return None and are done.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final

from node.context import Context
from node.workers.jobs import backfill, retention

Job = Callable[[Context, Mapping[str, Any]], Awaitable[datetime | None]]

KINDS: Final[dict[str, Job]] = {"backfill": backfill.run, "retention": retention.run}
RECURRING: Final = ("retention",)
"""Kinds that every node has, from its first start on."""
