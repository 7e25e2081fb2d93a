"""Documents that were damaged in every way: parsers answer or refuse, and both validators agree."""

import contextlib
import copy
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from federation import schemas
from federation.errors import FederationError
from federation.vocabulary import (
    Activity,
    ActorDocument,
    CollectionPage,
    PostDocument,
    Reference,
    TombstoneDocument,
    parse_activity,
    parse_actor,
    parse_collection,
    parse_document,
    parse_object,
)

CAPTURES = Path(__file__).parents[1] / "captures"
DOCUMENTS = [json.loads(path.read_bytes()) for path in sorted(CAPTURES.glob("*/*.json"))]
EXAMPLES = 5_000 if os.environ.get("ORDITO_TEST_LONG") else 400
PARSERS = [parse_object, parse_activity, parse_actor, parse_collection]
VALUES = (Activity, ActorDocument, CollectionPage, PostDocument, Reference, TombstoneDocument)

STRANGE = st.sampled_from(
    [
        *(
            None,
            True,
            False,
            0,
            -1,
            10**19,
            1.5,
            "",
            [],
            {},
            [[]],
            [None],
            [{}],
            {"id": None},
            {"id": {}},
            {"type": []},
        ),
        *(
            "Public",
            "as:Public",
            "https://",
            "https://[",
            "https://a.example/%zz",
            "https://é.example/",
            "acct:@",
            "tag:x",
        ),
        *(
            "Note",
            "Person",
            "Create",
            "Collection",
            ["Note", "Person"],
            "2026-13-45T99:99:99Z",
            "9999-12-31T23:59:59-23:59",
        ),
        *("\u202e\u200d", "x" * 3_000, {"@value": "x"}, {"@value": {}}, [1, "a", None, {}], {"en": 5}, {"en": None}),
    ]
).map(copy.deepcopy) | st.text(max_size=20)


@st.composite
def damaged(draw):
    """A capture with up to four of its values, wherever they are, dropped, replaced, wrapped or doubled."""
    document = copy.deepcopy(draw(st.sampled_from(DOCUMENTS)))
    for _ in range(draw(st.integers(1, 4))):
        places = list(places_in(document))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        match draw(st.sampled_from(["drop", "replace", "wrap", "name", "swap"])):
            case "drop":
                del holder[key]
            case "replace":
                holder[key] = draw(STRANGE)
            case "wrap":
                holder[key] = [holder[key], copy.deepcopy(holder[key])]
            case "name":
                holder[key] = {"id": holder[key], "type": draw(STRANGE)}
            case "swap":
                other, name = draw(st.sampled_from(places))
                holder[key] = copy.deepcopy(other[name])
    return document


def places_in(value):
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield value, key
        yield from places_in(inner)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_a_damaged_document_is_read_or_refused(document):
    for parse in PARSERS:
        with contextlib.suppress(FederationError):
            assert isinstance(parse(parse_document(json.dumps(document).encode())), VALUES)


@settings(max_examples=EXAMPLES // 4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged(), st.sampled_from(schemas.KINDS))
def test_both_validators_agree_on_damaged_documents(document, kind):
    pytest.importorskip("jsonschema_rs", reason="jsonschema-rs is missing: pip install 'ordito[speed]'")
    schema = schemas.load(kind)
    fast, reference = schemas.fast_validator(schema)(document), schemas.reference_validator(schema)(document)
    assert (fast is None) == (reference is None)
