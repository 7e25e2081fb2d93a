"""Everything that must happen later: one function per kind, found by its name.

A job that comes again and again says when; others return None and are done.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final

from node.context import Context
from node.queries import search_index
from node.services import media as media_service, polls as poll_service, push as push_service, scheduling
from node.workers.jobs import backfill, indexing, media, polls, push, retention, scheduled

Job = Callable[[Context, Mapping[str, Any]], Awaitable[datetime | None]]

KINDS: Final[dict[str, Job]] = {
    "backfill": backfill.run,
    search_index.KIND: indexing.run,
    indexing.UNREAD: indexing.find_unread,
    "retention": retention.run,
    poll_service.FIGURES: polls.tell_figures,
    poll_service.END: polls.end,
    scheduling.JOB: scheduled.run,
    media_service.PROCESS: media.process,
    media_service.REMOVE: media.remove,
    push_service.JOB: push.run,
}
RECURRING: Final = ("retention", indexing.UNREAD)
"""Kinds that every node has, from its first start on."""
