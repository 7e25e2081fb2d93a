"""Addresses within this site: with a query, and those that a form may send somebody back to."""

from typing import Final

from yarl import URL

FRONT: Final = "/"
_LONGEST: Final = 4000
"""An app that is to be let in asks for many scopes by name."""


def query(path: str, **values: str) -> str:
    return str(URL(path).with_query(values))


def local_path(text: str | None, default: str = FRONT) -> str:
    """The path, if it leads to this site and nowhere else; else the default.

    A browser reads // and /\\ as the beginning of a host, and drops tabs and line ends before it looks.
    """
    if not text or len(text) > _LONGEST or not text.startswith("/") or text.startswith("//") or "\\" in text:
        return default
    return default if any(ord(character) < 0x21 or ord(character) == 0x7F for character in text) else text
