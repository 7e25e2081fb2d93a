"""Posts to parse: captures by their name, and a small Note to change."""

from pathlib import Path

import pytest

from federation.errors import Malformed
from federation.identifiers import PUBLIC
from federation.vocabulary import PostDocument, parse_document, parse_object

CAPTURES = Path(__file__).parents[1] / "captures"
AUTHOR = "https://a.example/users/rosa"
NOTE = {
    "id": "https://a.example/notes/1",
    "type": "Note",
    "attributedTo": AUTHOR,
    "content": "<p>ciao</p>",
    "to": [PUBLIC],
}


def capture(name: str) -> PostDocument:
    parsed = parse_object(parse_document((CAPTURES / f"{name}.json").read_bytes()))
    post = getattr(parsed, "object", parsed)
    assert isinstance(post, PostDocument)
    return post


def note(**changes: object) -> PostDocument:
    parsed = parse_object({**NOTE, **changes})
    assert isinstance(parsed, PostDocument)
    return parsed


def refused(**changes: object) -> str:
    with pytest.raises(Malformed) as caught:
        note(**changes)
    return caught.value.reason
