"""Whom a document names in `to`, `cc` and `audience`; bto and bcc never mean anything on arrival."""

from typing import Any, NamedTuple

from federation.errors import Malformed
from federation.identifiers import PUBLIC, PUBLIC_FORMS
from federation.vocabulary import limits
from federation.vocabulary.properties import id_of, items, uri
from federation.vocabulary.values import Document


class Recipients(NamedTuple):
    to: tuple[str, ...]
    cc: tuple[str, ...]
    audience: tuple[str, ...]


def recipients(document: Document) -> Recipients:
    """Canonical ids, each once, the Public collection in one spelling; what is no URL reaches nobody and is left out.

    Raises `Malformed` for more than `limits.RECIPIENTS` of one property: a cut list would be another audience.
    """
    return Recipients(_named(document, "to"), _named(document, "cc"), _named(document, "audience"))


def check_recipients(document: Document) -> None:
    """Raises what `recipients` does, and reads no name."""
    for name in Recipients._fields:
        _entries(document, name)


def _entries(document: Document, name: str) -> list[Any]:
    values = items(document.get(name))
    if len(values) > limits.RECIPIENTS:
        raise Malformed("limit.recipients", f"{name} has more than {limits.RECIPIENTS} entries")
    return values


def _named(document: Document, name: str) -> tuple[str, ...]:
    texts = (id_of(value) for value in _entries(document, name))
    ids = (PUBLIC if text in PUBLIC_FORMS else uri(text) for text in texts)
    return tuple(dict.fromkeys(found for found in ids if found is not None))
