"""From bytes to a JSON object that is safe to walk: bounded in size, depth and number of values, without surprises.

The bounds are checked on the bytes before they are parsed, so that no input reaches the recursion limit. orjson takes
duplicate keys silently and turns long integers into floats; what it would write again letter by letter has neither. So
it reads what most servers send, without spaces, and for the rest there is the standard library's parser, which takes
twice as long.
"""

import json
import math
import re
from typing import Any, Final, NoReturn

import orjson

from federation.errors import Malformed, TooLarge
from federation.vocabulary.values import Document

LONGEST_BODY: Final = 1_000_000
DEEPEST: Final = 32
MOST_VALUES: Final = 10_000
LONGEST_INTEGER: Final = 20
LEAST_INTEGER: Final = -(2**63)
GREATEST_INTEGER: Final = 2**64 - 1
"""What stands in 64 bits is written again as it was read; orjson refuses the rest."""

# The closing quote is optional and the loop possessive: an unterminated string is consumed once, so this stays linear.
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_EMPTY: Final = re.compile(rb"\[\s*\]|\{\s*\}")
_SUSPECT_ESCAPE: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_UNWANTED: Final = re.compile("[\x00\ud800-\udfff]")
_OPENING: Final = frozenset(b"[{")


def parse_document(body: bytes, *, limit: int = LONGEST_BODY) -> Document:
    """The JSON object in `body`, its order of keys kept; NUL and lone surrogates are removed from its texts.

    Raises `TooLarge` beyond `limit` bytes, else `Malformed` with one of `json.encoding`, `json.depth`, `json.values`,
    `json.number`, `json.duplicate`, `json.syntax`, `json.object`.
    """
    if len(body) > limit:
        raise TooLarge("json.size", f"the document has more than {limit} bytes")
    _check_bounds(body)
    value = _plainly_written(body)
    if value is None:
        value = _decoded(body)
    if not isinstance(value, dict):
        raise Malformed("json.object", "the document is not a JSON object")
    return _cleaned(value) if b"\\u" in body and _SUSPECT_ESCAPE.search(body) else value


def _plainly_written(body: bytes) -> Any:
    """The value, if it is written in the one way in which orjson writes it."""
    try:
        value = orjson.loads(body)
        return value if orjson.dumps(value) == body else None
    except (ValueError, TypeError):  # no JSON, or a number that it does not write
        return None


def _decoded(body: bytes) -> Any:
    try:
        return _DECODER.decode(body.decode())
    except UnicodeDecodeError as error:
        raise Malformed("json.encoding", "the document is not UTF-8") from error
    except ValueError as error:
        raise Malformed("json.syntax", "the document is not JSON") from error


def _check_bounds(body: bytes) -> None:
    openings = body.count(b"[") + body.count(b"{")
    if openings <= DEEPEST and openings + body.count(b",") < MOST_VALUES:
        return  # upper bounds, since strings are counted in: most documents need no closer look
    bare = _STRING.sub(b"", body)
    nonempty = bare.count(b"[") + bare.count(b"{") - len(_EMPTY.findall(bare))
    if 1 + bare.count(b",") + nonempty > MOST_VALUES:
        raise Malformed("json.values", f"the document has more than {MOST_VALUES} values")
    depth = 0
    for mark in bare.translate(None, _NOT_BRACKETS):
        depth += 1 if mark in _OPENING else -1
        if depth > DEEPEST:
            raise Malformed("json.depth", f"the document is nested deeper than {DEEPEST} levels")


_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))


def _object(pairs: list[tuple[str, Any]]) -> Document:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise Malformed("json.duplicate", "an object has the same key twice")
    return document


def _integer(digits: str) -> int:
    if len(digits.removeprefix("-")) > LONGEST_INTEGER:
        raise Malformed("json.number", f"a number has more than {LONGEST_INTEGER} digits")
    number = int(digits)
    if not LEAST_INTEGER <= number <= GREATEST_INTEGER:
        raise Malformed("json.number", "a number does not stand in 64 bits")
    return number


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise Malformed("json.number", "a number is beyond what a float holds")
    return number


def _constant(name: str) -> NoReturn:
    raise Malformed("json.number", f"{name} is no JSON number")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return _UNWANTED.sub("", value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return _object([(_UNWANTED.sub("", key), _cleaned(item)) for key, item in value.items()])
    return value
