"""The text of an object in its languages, and which of them it was written in."""

import html as entities
import re
from typing import Any, Final

from federation.vocabulary import limits
from federation.vocabulary.properties import items
from federation.vocabulary.texts import html
from federation.vocabulary.values import Document

_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}\Z")
_UNKNOWN: Final = frozenset({"und", "mul", "zxx", "mis"})
_PARAGRAPH: Final = re.compile(r"\n\s*\n")


def text_in_languages(document: Document, name: str) -> dict[str, str]:
    """`contentMap` for "content": language to text, in the order of the document."""
    stated = document.get(f"{name}Map")
    pairs = stated.items() if isinstance(stated, dict) else ()
    return {tag: text for tag, text in pairs if isinstance(text, str) and text and language_tag(tag)}


def content(document: Document) -> str:
    """As HTML. Of PeerTube it is Markdown, of some Lotide and old Lemmy posts plain text: these are escaped."""
    text = document.get("content")
    if not isinstance(text, str) or not text:
        text = next(iter(text_in_languages(document, "content").values()), "")
    if document.get("mediaType") in ("text/markdown", "text/plain"):
        text = _as_html(text[: limits.CONTENT_BYTES])
    return html(text, limits.CONTENT_BYTES)


def content_map(document: Document, text: str, language: str | None) -> dict[str, str]:
    """Language to HTML, the original first; of one language where the peer says it by other means than a map."""
    translations = text_in_languages(document, "content")
    if not translations and language is not None and text:
        return {language: text}
    ordered = sorted(translations.items(), key=lambda pair: pair[0] != language)[: limits.TRANSLATIONS]
    return {tag: html(text, limits.CONTENT_BYTES) for tag, text in ordered}


def language_of(document: Document, otherwise: str | None) -> str | None:
    """The key of contentMap that holds `content`, else its first one; else what other software says it by.

    Mbin names the language of a page without a text: `{"en": null}`. `otherwise` is that of the activity around it.
    """
    original = document.get("content")
    for name in ("content", "name", "summary"):
        if translations := text_in_languages(document, name):
            return next((tag for tag, text in translations.items() if text == original), next(iter(translations)))
    empty = document.get("contentMap")
    named = tuple(empty)[:1] if isinstance(empty, dict) else ()
    stated = (document.get("language"), document.get("inLanguage"), *named)  # Lemmy and PeerTube; Mobilizon; Mbin
    return (
        next((tag for value in stated if (tag := language_tag(value))), None) or context_language(document) or otherwise
    )


def languages(document: Document) -> tuple[str, ...]:
    """All that an actor names: Lemmy's communities list those in which one may post."""
    tags = (language_tag(value) for value in items(document.get("language"))[: limits.LANGUAGES])
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def context_language(document: Document) -> str | None:
    """The `@language` of a context, which holds for texts that name none."""
    contexts = (entry for entry in items(document.get("@context")) if isinstance(entry, dict))
    return next((tag for entry in contexts if (tag := language_tag(entry.get("@language")))), None)


def language_tag(value: Any) -> str | None:
    """A BCP 47 tag from "el" or `{"identifier": "el"}`; "und" says nothing."""
    if isinstance(value, dict):
        value = value.get("identifier")
    if not isinstance(value, str) or value in _UNKNOWN or not _TAG.match(value):
        return None
    return value


def _as_html(text: str) -> str:
    paragraphs = (entities.escape(part.strip(), quote=False) for part in _PARAGRAPH.split(text))
    return "".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in paragraphs if part)
