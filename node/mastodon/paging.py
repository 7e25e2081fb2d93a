"""The part of a list that an app asks for, by Mastodon's cursors."""

from typing import Any, Final

from node.errors import Invalid
from node.mastodon.calls import Call
from node.queries.windows import END, Page as Window

LONGEST: Final = 19


def window(call: Call, *, default: int = 20, most: int = 40) -> Window:
    """`max_id` and `since_id` bound it, `min_id` is where it begins upwards. A cursor that is no id bounds nothing; a
    limit that is too large is cut."""
    return Window(
        limit=size(call, default=default, most=most),
        before=_cursor(call.get("max_id")),
        after=_cursor(call.get("since_id")),
        above=_cursor(call.get("min_id")),
    )


def size(call: Call, *, default: int = 20, most: int = 40) -> int:
    """Raises `Invalid` for a negative one."""
    limit = int(call.get("limit", default))
    if limit < 0:
        raise Invalid("The limit must not be negative.", "param.limit")
    return min(limit or default, most)


def _cursor(value: Any) -> int | None:
    text = str(value) if value is not None else ""
    return min(int(text), END) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else None
