"""When and where an Event is, in words, whichever of the shapes of a Place its location has (FEP-8a8e, Mobilizon)."""

import re
from collections.abc import Iterator
from typing import Any, Final

from federation.errors import Malformed
from federation.vocabulary import limits
from federation.vocabulary.properties import items, moment, prop, web_url
from federation.vocabulary.texts import plain_text
from federation.vocabulary.values import Document, Event

_TIMEZONE: Final = re.compile(r"[A-Za-z0-9_+\-/]{1,64}\Z")
_ADDRESS: Final = ("streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry")


def event(document: Document) -> Event:
    """Raises `Malformed` for an Event without a name or a start: nobody could tell what it is or go there."""
    if not plain_text(document.get("name"), limits.NAME_CHARACTERS):
        raise Malformed("event.name", "an Event has no name")
    starts_at = moment(document.get("startTime"))
    if starts_at is None:
        raise Malformed("event.start", "an Event has no startTime")
    timezone = document.get("timezone")
    return Event(
        starts_at=starts_at,
        ends_at=moment(document.get("endTime")),
        timezone=timezone if isinstance(timezone, str) and _TIMEZONE.match(timezone) else None,
        place=_place(document.get("location")),
        status=_status(document),
    )


def _status(document: Document) -> str | None:
    """Mobilizon's iCalendar word (CONFIRMED, CANCELLED) or that of FEP-8a8e (EventScheduled, EventCancelled)."""
    stated = (prop(document, name) for name in ("ical:status", "eventStatus", "status"))
    return next((word for value in stated if (word := plain_text(value, limits.NAME_CHARACTERS))), None)


def _place(location: Any) -> str | None:
    """Of several the first that has words. Coordinates are none, and an id alone neither."""
    found = (", ".join(dict.fromkeys(_words(entry))) for entry in items(location))
    return next((words[: limits.FIELD_CHARACTERS] for words in found if words), None)


def _words(entry: Any) -> Iterator[str]:
    if isinstance(entry, str):
        if web_url(entry) is None:
            yield from _word(entry)
    elif isinstance(entry, dict):
        yield from _word(entry.get("name"))
        address = entry.get("address")
        if isinstance(address, dict):
            for part in _ADDRESS:
                yield from _word(address.get(part))
            yield from _word(web_url(address.get("url")))  # Gancio: an address that is a VirtualLocation
        else:
            yield from _word(address)
        if entry.get("type") == "VirtualLocation":
            yield from _word(web_url(entry.get("url")))


def _word(value: Any) -> Iterator[str]:
    if word := plain_text(value, limits.NAME_CHARACTERS):
        yield word
