"""What an object's `tag` holds: people mentioned, hashtags, custom emoji. Other tags are ignored."""

import re
from collections.abc import Iterator
from typing import Final

from federation.vocabulary import limits
from federation.vocabulary.kinds import type_of
from federation.vocabulary.properties import items, media_url, uri
from federation.vocabulary.texts import plain_text
from federation.vocabulary.values import Document, Emoji, Mention

_SHORTCODE: Final = re.compile(r"[A-Za-z0-9_]{1,64}\Z")


def tags_by_type(document: Document) -> dict[str, list[Document]]:
    """By type, in their order; beyond the limit they are left out."""
    sorted_out: dict[str, list[Document]] = {}
    for tag in items(document.get("tag"))[: limits.TAGS]:
        if isinstance(tag, dict):
            sorted_out.setdefault(type_of(tag), []).append(tag)
    return sorted_out


def mentions(tags: dict[str, list[Document]]) -> tuple[Mention, ...]:
    """Those that lead somewhere: `href` is the id of an actor, `name` what was written."""
    return tuple(
        Mention(href, plain_text(tag.get("name"), limits.NAME_CHARACTERS))
        for tag in tags.get("Mention", ())
        if (href := uri(tag.get("href"))) is not None
    )


def hashtags(tags: dict[str, list[Document]]) -> tuple[str, ...]:
    """Each once, however it is capitalised; the first spelling stays."""
    found: dict[str, str] = {}
    for tag in tags.get("Hashtag", ()):
        name = plain_text(tag.get("name"), limits.NAME_CHARACTERS).removeprefix("#")
        if name:
            found.setdefault(name.casefold(), name)
    return tuple(found.values())


def emojis(tags: dict[str, list[Document]]) -> tuple[Emoji, ...]:
    return tuple(_emojis(tags.get("Emoji", [])))[: limits.EMOJIS]


def _emojis(tags: list[Document]) -> Iterator[Emoji]:
    for tag in tags:
        name = tag.get("name")
        url = media_url(tag.get("icon"))
        if isinstance(name, str) and url is not None and _SHORTCODE.match(code := name.strip(":")):
            yield Emoji(code, url)
