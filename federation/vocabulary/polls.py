"""The poll of a Question, and which Note is an answer to one."""

from datetime import datetime
from typing import Any

from federation.vocabulary import limits
from federation.vocabulary.properties import count, items, moment, prop
from federation.vocabulary.texts import plain_text
from federation.vocabulary.values import Document, Poll, PollOption


def poll(document: Document) -> Poll | None:
    """None where no option has a name. An end may be missing (Misskey); `closed` may be a time or true."""
    multiple = not items(document.get("oneOf"))
    options = tuple(_options(document.get("anyOf" if multiple else "oneOf")))
    if not options:
        return None
    ends_at = moment(document.get("endTime"))
    return Poll(options, multiple, ends_at, _closed_at(document, ends_at), count(prop(document, "votersCount")))


def _options(value: Any) -> list[PollOption]:
    options = []
    for entry in items(value)[: limits.POLL_OPTIONS]:
        if isinstance(entry, dict) and (name := plain_text(entry.get("name"), limits.NAME_CHARACTERS)):
            replies = entry.get("replies")
            options.append(
                PollOption(name, (count(replies.get("totalItems")) if isinstance(replies, dict) else 0) or 0)
            )
    return options


def _closed_at(document: Document, ends_at: datetime | None) -> datetime | None:
    closed = document.get("closed")
    if closed is True:
        return ends_at or moment(document.get("updated")) or moment(document.get("published"))
    return moment(closed)
