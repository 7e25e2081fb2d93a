"""What a handler gives, as the answer that apps read: JSON, personal, kept by no cache; a page with its Link header."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from aiohttp import web

from node.mastodon.calls import Call

_CURSORS: Final = frozenset({"max_id", "since_id", "min_id", "offset"})
VARY: Final = "Authorization, Origin"


@dataclass(frozen=True, slots=True)
class Answer:
    """With another status than 200, or headers of its own."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """`older` and `newer` are the cursors of the last and the first item: ids of what is listed, or of what ties it to
    the list. Without one there is no link in that direction. `items`: the list, or the object that holds it."""

    items: Sequence[Any] | Mapping[str, Any]
    older: int | None = None
    newer: int | None = None
    newer_by: str = "min_id"


@dataclass(frozen=True, slots=True)
class OffsetPage:
    """A list by rank: `next_offset` is where it goes on, None at its end."""

    items: Sequence[Any]
    next_offset: int | None


def response(call: Call, given: Any) -> web.StreamResponse:
    if isinstance(given, web.StreamResponse):
        return given
    if isinstance(given, Page):
        return _json(given.items, headers=_link(call, given))
    if isinstance(given, OffsetPage):
        return _json(given.items, headers=_offset_link(call, given))
    if isinstance(given, Answer):
        return _json(given.body, given.status, given.headers)
    return _json(given)


def _json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    encoded = body if isinstance(body, bytes) else orjson.dumps(body)
    kept = {"Cache-Control": "private, no-store", "Vary": VARY, **(headers or {})}
    return web.Response(body=encoded, status=status, content_type="application/json", headers=kept)


def _link(call: Call, page: Page) -> dict[str, str]:
    """`next` first and letter by letter so: toot matches it from the start. None on an empty page: Tusky would loop."""
    if not page.items and page.older is None:
        return {}
    links = []
    if page.older is not None:
        links.append(f'<{_address(call, "max_id", page.older)}>; rel="next"')
    if page.newer is not None:
        links.append(f'<{_address(call, page.newer_by, page.newer)}>; rel="prev"')
    return {"Link": ", ".join(links)} if links else {}


def _offset_link(call: Call, page: OffsetPage) -> dict[str, str]:
    if page.next_offset is None:
        return {}
    return {"Link": f'<{_address(call, "offset", page.next_offset)}>; rel="next"'}


def _address(call: Call, name: str, value: int) -> str:
    """The request's own filters stay, its cursors go."""
    query = [(key, text) for key, text in call.request.query.items() if key not in _CURSORS]
    base = call.context.settings.base_url
    return f"{base}{call.request.path.rstrip('/')}?{urlencode([*query, (name, str(value))])}"
