"""Translation: a status in another language."""

from collections.abc import Sequence
from html import escape
from typing import Any

from node.mastodon.entities.accounts import Entity
from node.services.markup import clean_html, plain


def texts(status: Entity) -> list[str]:
    """All that is said in it, as HTML: text, warning, options, descriptions of files."""
    return [status["content"], *(escape(text) for text in _plain(status))]


def _plain(status: Entity) -> list[str]:
    return [status["spoiler_text"], *_options(status), *(file["description"] or "" for file in _files(status))]


def _options(status: Entity) -> list[str]:
    return [option["title"] for option in (status["poll"] or {"options": []})["options"]]


def _files(status: Entity) -> list[Any]:
    return [file for file in status["media_attachments"] if file["description"]]


def translation(status: Entity, found: Sequence[str], target: str, source: str, provider: str) -> Entity:
    """`found` are the translated `texts`: a stranger's HTML, made safe here."""
    content, warning, *rest = found
    titles, descriptions = rest[: len(_options(status))], rest[len(_options(status)) :]
    poll = status["poll"]
    return {
        "content": clean_html(content),
        "spoiler_text": _text(warning),
        "language": target,
        "detected_source_language": source,
        "provider": provider,
        "poll": {"id": poll["id"], "options": [{"title": _text(title)} for title in titles]} if poll else None,
        "media_attachments": [
            {"id": file["id"], "description": _text(text)}
            for file, text in zip(_files(status), descriptions, strict=True)
        ],
    }


def _text(html: str) -> str:
    return plain(clean_html(html))
