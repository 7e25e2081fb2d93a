"""Reading a property in whatever shape it comes: one value or a list, an id or an object, `as:name` or `name`."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from federation.errors import Malformed
from federation.identifiers import PUBLIC, PUBLIC_FORMS, CollectionId, collection_id, parse_url, same_origin
from federation.vocabulary import limits
from federation.vocabulary.values import Document

_PREFIXES: Final = ("", "as:", "toot:", "sec:")
_ESCAPABLE: Final = re.compile(r"[\x20\"<>^`{|}]")
_MOST: Final = 2**53
"""Counts beyond this are no counts; JavaScript peers cannot send them exactly either."""


def items(value: Any) -> list[Any]:
    """JSON-LD makes no difference between one value and a list of one; null is no value."""
    if value is None:
        return []
    return [item for item in value if item is not None] if isinstance(value, list) else [value]


def prop(document: Document, name: str) -> Any:
    """The property, also under a prefix that the sender's context left on it (Takahe, Fedify)."""
    for prefix in _PREFIXES:
        value = document.get(prefix + name)
        if value is not None:
            return value.get("@value") if isinstance(value, dict) and "@value" in value else value
    return None


def flag(document: Document, name: str) -> bool:
    """True as JSON has it, or as the text that some write; everything else is False."""
    return prop(document, name) in (True, "true")


def count(value: Any) -> int | None:
    """A number that can be one of things; None for negative, huge or other values."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST else None


def moment(value: Any) -> datetime | None:
    """A time in UTC; one without a zone is taken as UTC, digits beyond microseconds are dropped, nonsense is None."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def id_of(value: Any) -> str | None:
    """The id as written: of a string, an object, or the first of a list."""
    first = next(iter(items(value)), None)
    if isinstance(first, dict):
        first = first.get("id") or first.get("href")
    return first if isinstance(first, str) else None


def uri(text: Any, *, fragment: bool = False) -> str | None:
    """The canonical spelling of an id, None for what is not one."""
    if not isinstance(text, str):
        return None
    try:
        return parse_url(text, fragment=fragment)
    except Malformed:
        return None


def reference(text: str) -> str:
    """The id of something only named: canonical, the Public collection in one spelling, `acct:` as it is (FEP-4adb)."""
    if text in PUBLIC_FORMS:
        return PUBLIC
    if text.startswith("acct:") and len(text) <= limits.URI_CHARACTERS:
        return text
    return parse_url(text, fragment=True)


def collection(value: Any, owner: str) -> CollectionId | None:
    """A collection named by id or embedded, if it is on its owner's origin: another host's proves nothing."""
    if (canonical := uri(id_of(value))) is None or not same_origin(canonical, owner):
        return None
    return collection_id(canonical)


def web_url(text: Any) -> str | None:
    """An http(s) URL to hand out. Characters that people leave unescaped in names of files are escaped."""
    if not isinstance(text, str) or not text.startswith(("http://", "https://")):
        return None
    return uri(_ESCAPABLE.sub(lambda char: f"%{ord(char[0]):02X}", text.strip()), fragment=True)


def links(value: Any) -> Iterator[tuple[str, str]]:
    """(URL, media type or "") of a string, a Link, an Image, or a list of these."""
    for item in items(value):
        if isinstance(item, dict):
            media_type = prop(item, "mediaType") or item.get("mimeType")  # mimeType: Funkwhale
            known = media_type if isinstance(media_type, str) else ""
            for inner_url, inner_type in links(item.get("href") or item.get("url")):
                yield inner_url, inner_type or known
        elif (url := web_url(item)) is not None:
            yield url, ""


def page_url(value: Any) -> str | None:
    """The page for people: PeerTube and Funkwhale list it among files, as the one that is text/html."""
    found = list(links(value))
    return next((url for url, kind in found if kind == "text/html"), found[0][0] if found else None)


def media_url(value: Any) -> str | None:
    """The first address in a link, an object with `url`, or a list of these."""
    return next((url for url, _ in links(value)), None)
