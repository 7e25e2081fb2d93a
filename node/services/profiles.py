"""What accounts of this node say of themselves: the profile of a person, the description of a group."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from node.database import Transaction
from node.database.tables import Actor
from node.errors import Invalid
from node.services import addresses
from node.services.languages import NAMES
from node.services.markup import plain, render

LONGEST_NAME: Final = 100
LONGEST_TEXT: Final = 5000
MOST_FIELDS: Final = 4
"""As many as Mastodon shows."""
LONGEST_FIELD: Final = 255
_TOPIC: Final = re.compile(r"(?=\w*[^\W\d_])\w{1,60}\Z")


@dataclass(frozen=True, slots=True)
class Profile:
    """What is to change; None stays as it is. `about` is Markdown. Of texts by language an empty one takes that
    language away."""

    name: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    about: str | None = None
    abouts: Mapping[str, str] = field(default_factory=dict)
    languages: Sequence[str] | None = None
    fields: Sequence[tuple[str, str]] | None = None
    locked: bool | None = None
    discoverable: bool | None = None
    indexable: bool | None = None
    shows_follows: bool | None = None

    def values(self, tx: Transaction, actor: Actor) -> dict[str, Any]:
        """Columns of the actor. Raises `Invalid`."""
        found: dict[str, Any] = {}
        if self.name is not None:
            found["name"] = checked_name(self.name)
        if self.names:
            found["name_map"] = changed(
                actor.name_map, {code: text and checked_name(text) for code, text in self.names.items()}
            )
        if self.about is not None:
            found["summary"] = _html(tx, self.about)
        if self.abouts:
            rendered = {code: text and _html(tx, text) for code, text in self.abouts.items()}
            found["summary_map"] = changed(actor.summary_map, rendered)
        if self.languages is not None:
            found["languages"] = [checked_language(code) for code in dict.fromkeys(self.languages)]
        if self.fields is not None:
            found["fields"] = _fields(tx, self.fields)
        chosen = {name: getattr(self, name) for name in ("locked", "discoverable", "indexable", "shows_follows")}
        return found | {name: value for name, value in chosen.items() if value is not None}


def changed(before: Mapping[str, str] | None, texts: Mapping[str, str]) -> dict[str, str] | None:
    """Texts by language after a change; None where none is left."""
    merged = {**(before or {}), **{checked_language(code): text for code, text in texts.items()}}
    return {code: text for code, text in merged.items() if text.strip()} or None


def checked_language(code: str) -> str:
    """A code such as `it` or `pt-BR`. Raises `Invalid`."""
    if code.partition("-")[0] not in NAMES:
        raise Invalid(f"{code!r} is not the code of a language; Italian is it, Greek el, Arabic ar.", "language")
    return code


def topics(names: Sequence[str]) -> list[str]:
    """As hashtags, without the sign. Raises `Invalid`."""
    found = list(dict.fromkeys(name.strip().lstrip("#") for name in names if name.strip()))
    wrong = next((name for name in found if not _TOPIC.match(name)), None)
    if wrong is not None:
        raise Invalid(f"A topic is one word, as a hashtag: {wrong!r} is not.", "topic")
    return found


def checked_text(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise Invalid(f"A text about an account has at most {LONGEST_TEXT} characters.", "profile.long")
    return text


def checked_name(text: str) -> str:
    """In one line. Raises `Invalid`."""
    name = " ".join(plain(text).split())
    if not name:
        raise Invalid("A name is not empty.", "name")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"A name has at most {LONGEST_NAME} characters.", "name")
    return name


def _html(tx: Transaction, source: str) -> str:
    checked_text(source)
    return render(source, host=tx.settings.host, mentions={}, hashtag_url=lambda name: addresses.hashtag(tx, name)).html


def _fields(tx: Transaction, pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    if len(pairs) > MOST_FIELDS:
        raise Invalid(f"A profile has at most {MOST_FIELDS} fields.", "profile.fields")
    if any(len(text) > LONGEST_FIELD for pair in pairs for text in pair):
        raise Invalid(f"A field has at most {LONGEST_FIELD} characters.", "profile.field")
    return [{"name": checked_name(name), "value": _html(tx, value)} for name, value in pairs]
