"""Bytes to JSON: bounds on size, depth, values and numbers, and what is refused as ambiguous."""

import contextlib
import json
import time

import orjson
import pytest
from hypothesis import given, strategies as st

from federation.errors import Malformed, TooLarge
from federation.vocabulary import parse_document

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    # NUL and surrogates are removed, so they are left out of what must come back unchanged
    | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('abc[]{},"\\', max_size=4), inner, max_size=4),
    max_leaves=20,
)


def refused(body: bytes) -> str:
    with pytest.raises(Malformed) as caught:
        parse_document(body)
    return caught.value.reason


@given(st.dictionaries(st.text('abc[]{},"\\', max_size=4), JSON, max_size=4))
def test_what_json_writes_is_read_again(document):
    assert parse_document(json.dumps(document).encode()) == document
    assert parse_document(json.dumps(document, ensure_ascii=False, indent=1).encode()) == document


def test_keys_keep_their_order():
    assert list(parse_document(b'{"it": 1, "ar": 2, "de": 3}')) == ["it", "ar", "de"]


def test_size():
    body = b'{"content": "%s"}' % (b"x" * 1_000)
    assert parse_document(body, limit=len(body))
    with pytest.raises(TooLarge) as caught:
        parse_document(body, limit=len(body) - 1)
    assert caught.value.reason == "json.size"


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_depth(opening, closing):
    def nested(depth: int) -> bytes:  # the root is one level
        return ('{"a":' + opening * (depth - 1) + "1" + closing * (depth - 1) + "}").encode()

    assert parse_document(nested(32))
    assert refused(nested(33)) == "json.depth"
    assert refused(nested(100_000)) in {"json.depth", "json.values"}
    assert refused(b'{"a":' + b"[" * 100_000) in {"json.depth", "json.values"}


def test_brackets_in_texts_are_no_depth():
    assert parse_document(json.dumps({"a": "[" * 500 + '\\"{' * 500}).encode())
    assert refused(json.dumps({"a": '"]"' * 40, "b": json.loads("[" * 40 + "]" * 40)}).encode()) == "json.depth"


def test_number_of_values():
    assert parse_document(json.dumps({"a": [1] * 9_998}).encode())  # with the list and the root 10,000
    assert refused(json.dumps({"a": [1] * 9_999}).encode()) == "json.values"
    assert parse_document(json.dumps({"a": "," * 20_000 + "[]" * 20_000}).encode())
    assert parse_document(json.dumps({"a": [[] for _ in range(9_998)]}).encode())


def test_numbers():
    for number in (-(2**63), 2**64 - 1):
        assert parse_document(b'{"n": %d}' % number) == {"n": number} == orjson.loads(orjson.dumps({"n": number}))
    for number in (-(2**63) - 1, 2**64):
        assert refused(b'{"n": %d}' % number) == "json.number"
    assert refused(b'{"n": 123456789012345678901}') == "json.number"
    assert refused(b'{"n": ' + b"9" * 5_000 + b"}") == "json.number"
    assert refused(b'{"n": 1e999}') == "json.number"
    assert parse_document(b'{"n": 1e99}') == {"n": 1e99}
    for word in (b"NaN", b"Infinity", b"-Infinity"):
        assert refused(b'{"n": %s}' % word) == "json.number"


def test_duplicate_keys():
    assert refused(b'{"actor": "a", "actor": "b"}') == "json.duplicate"
    assert refused(b'{"o": {"id": 1, "id": 1}}') == "json.duplicate"
    assert refused(b'{"id": 1, "id\\u0000": 2}') == "json.duplicate", "also when they become the same by cleaning"
    assert parse_document(b'{"o": {"id": 1}, "id": 1}')


@pytest.mark.parametrize("body", [b"", b"{", b'{"a": 1,}', b"{'a': 1}", b'{"a": "\n"}', b"\xef\xbb\xbf{}", b'{"a" 1}'])
def test_syntax(body):
    assert refused(body) == "json.syntax"


def test_encoding_and_root():
    assert refused(b'{"a": "\xff"}') == "json.encoding"
    assert refused(b'{"a": "\xed\xa0\x80"}') == "json.encoding"
    assert refused('{"a": 1}'.encode("utf-16")) == "json.encoding"
    for body in (b"[]", b'"a"', b"1", b"null"):
        assert refused(body) == "json.object"


def test_nul_and_lone_surrogates_are_removed_and_pairs_stay():
    body = b'{"a": ["x\\u0000y", {"b\\ud800": "\\udc00z"}], "sun": "\\ud83c\\udf1e", "plain": "\\\\u0000"}'
    assert parse_document(body) == {"a": ["xy", {"b": "z"}], "sun": "\U0001f31e", "plain": "\\u0000"}


@pytest.mark.parametrize(
    "body",
    [
        b'"' * 1_000_000,
        b'\\"' * 500_000,
        b'"\\' * 500_000,
        b"[" * 1_000_000,
        b"{}," * 333_333,
        b'{"a":"' + b"\\u0000" * 160_000,
    ],
    ids=["quotes", "escaped quotes", "open escapes", "openings", "empty objects", "open text"],
)
def test_hostile_megabytes_cost_less_than_seconds(body):
    started = time.process_time()
    with pytest.raises(Malformed):
        parse_document(body)
    assert time.process_time() - started < 5, "what is quadratic takes minutes"


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_malformed(body):
    with contextlib.suppress(Malformed):
        assert isinstance(parse_document(body), dict)
