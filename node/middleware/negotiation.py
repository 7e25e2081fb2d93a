"""Which form of an answer a client asks for, by Accept."""

import re
from functools import lru_cache
from typing import Final

from aiohttp import web

ACTIVITY_TYPES: Final = ("application/activity+json", "application/ld+json")
_WEIGHT: Final = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\Z")


_NOTHING: Final = (0.0, 0)


def wants_activity(request: web.BaseRequest) -> bool:
    """Whether a client asks for a document: an activity type stands in Accept, and HTML weighs less or comes later."""
    return prefers_activity(request.headers.get("Accept", ""))


def wants_page(request: web.BaseRequest) -> bool:
    """Whether a client asks for HTML by its name, as browsers do, rather than for a document."""
    return prefers_page(request.headers.get("Accept", ""))


@lru_cache(maxsize=256)
def prefers_activity(accept: str) -> bool:
    found = _ranks(accept)
    activity = max(found.get(kind, _NOTHING) for kind in ACTIVITY_TYPES)
    return activity[0] > 0 and activity > found.get("text/html", _NOTHING)


@lru_cache(maxsize=256)
def prefers_page(accept: str) -> bool:
    return _ranks(accept).get("text/html", _NOTHING)[0] > 0 and not prefers_activity(accept)


def _ranks(accept: str) -> dict[str, tuple[float, int]]:
    """By weight, then by order (RFC 9110 12.5.1). Ranges such as `*/*` ask for nothing in particular."""
    found: dict[str, tuple[float, int]] = {}
    for position, entry in enumerate(accept.lower().split(",")):
        kind, *parameters = (part.strip() for part in entry.split(";"))
        weights = (match for match in map(_WEIGHT.match, parameters) if match)
        rank = (next((float(match[1]) for match in weights), 1.0), -position)
        found[kind] = max(rank, found.get(kind, rank))
    return found
