"""Pictures, sounds, films and links that belong to an object, with their alternative texts."""

import re
from collections.abc import Iterator
from typing import Any, Final

from federation.vocabulary import limits
from federation.vocabulary.kinds import type_of
from federation.vocabulary.properties import count, items, links
from federation.vocabulary.texts import plain_text
from federation.vocabulary.values import Attachment, Document

_TYPES: Final = {"Image": "image", "Audio": "audio", "Video": "video", "Link": "link", "Page": "link"}
_MEDIA: Final = frozenset({"image", "audio", "video"})
_MEDIA_TYPE: Final = re.compile(r"[A-Za-z0-9.+_-]+/[A-Za-z0-9.+_-]+")
_BLURHASH: Final = re.compile(r"[0-9A-Za-z#$%*+,\-.:;=?@\[\]^_{|}~]{6,100}\Z")
_NOT_FILES: Final = frozenset({"PropertyValue", "Note"})
"""Mobilizon's facts about an event, and profile fields of FEP-fb2a."""


def attachments(document: Document, kind: str) -> tuple[Attachment, ...]:
    """Of `attachment`; of `image`, where Lemmy, Ghost and FEP-b2b8 put the cover; of a film's `icon`. Each URL once."""
    found: dict[str, Attachment] = {}
    for attachment in _listed(document, kind):
        found.setdefault(attachment.url, attachment)
    return tuple(found.values())[: limits.ATTACHMENTS]


def _listed(document: Document, kind: str) -> Iterator[Attachment]:
    for entry in items(document.get("attachment")):
        if (attachment := _attachment(entry, "unknown")) is not None:
            yield attachment
    covers = [document.get("image"), document.get("icon")] if kind in {"Video", "Audio"} else [document.get("image")]
    for cover in covers:
        for entry in items(cover):
            if (attachment := _attachment(entry, "image")) is not None:
                yield attachment


def _attachment(entry: Any, otherwise: str) -> Attachment | None:
    document = entry if isinstance(entry, dict) else {"url": entry}
    kind = type_of(document)
    url, media_type = next(links(document), ("", ""))
    if not url or kind in _NOT_FILES:
        return None
    stated = _MEDIA_TYPE.match(media_type)
    return Attachment(
        type=_type(stated[0] if stated else "", kind, otherwise),
        url=url,
        media_type=stated[0].lower() if stated else None,
        alt=_alt(document),
        blurhash=_blurhash(document.get("blurhash")),
        focal_point=_focal_point(document.get("focalPoint")),
        width=count(document.get("width")) or None,
        height=count(document.get("height")) or None,
    )


def _type(media_type: str, kind: str, otherwise: str) -> str:
    if _TYPES.get(kind) == "link":
        return "link"
    main = media_type.lower().partition("/")[0]
    return main if main in _MEDIA else _TYPES.get(kind, otherwise)


def _alt(document: Document) -> str:
    """`name` by most, `summary` by GoToSocial, `content` by Owncast."""
    texts = (plain_text(document.get(key), limits.ALT_CHARACTERS, lines=True) for key in ("name", "summary", "content"))
    return next((text for text in texts if text), "")


def _blurhash(value: Any) -> str | None:
    return value if isinstance(value, str) and _BLURHASH.match(value) else None


def _focal_point(value: Any) -> tuple[float, float] | None:
    match value:
        case [int() | float() as x, int() | float() as y] if abs(x) <= 1 and abs(y) <= 1:
            return float(x), float(y)
        case _:
            return None
