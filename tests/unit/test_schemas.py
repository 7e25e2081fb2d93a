"""The schemas, and that both validators say the same of every document that we have."""

import json
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from federation import schemas
from federation.errors import Malformed

CAPTURES = Path(__file__).parents[1] / "captures"
INTEROP = Path(__file__).parents[3] / "shared" / "interop"
ROSA = "https://a.example/users/rosa"
GOOD: dict[schemas.Kind, dict] = {
    "activity": {"type": "Like", "actor": ROSA, "object": "https://b.example/1"},
    "actor": {"type": "Person", "id": ROSA, "inbox": f"{ROSA}/inbox"},
    "post": {"type": "Note", "id": "https://a.example/1", "attributedTo": ROSA, "content": "ciao"},
    "tombstone": {"type": "Tombstone", "id": "https://a.example/1"},
    "collection": {"type": "Collection", "items": []},
    "webfinger": {"subject": "acct:rosa@a.example", "links": [{"rel": "self", "href": ROSA}]},
    "nodeinfo": {"version": "2.1", "software": {"name": "ordito"}},
    "nodeinfo-links": {"links": [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.1", "href": ROSA}]},
}


def documents() -> list:
    found = []
    for root in (CAPTURES, INTEROP):
        for path in sorted(root.rglob("*.json")):
            stored = json.loads(path.read_bytes())
            found.append(stored.get("body", stored) if isinstance(stored, dict) else stored)
    return found


def keywords(schema: object) -> set[str]:
    if not isinstance(schema, dict) or not schema:
        return set()
    inner = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values(), schema.get("items", {})]
    return set(schema).union(*map(keywords, inner))


@pytest.mark.parametrize("kind", schemas.KINDS)
def test_a_schema_takes_what_we_need_and_unknown_properties(kind):
    schemas.check(kind, GOOD[kind])
    schemas.check(kind, {**GOOD[kind], "unknown": {"whatever": [1]}})


@pytest.mark.parametrize("kind", schemas.KINDS)
def test_what_is_required_is_named_when_it_is_missing(kind):
    for name in schemas.load(kind)["required"]:
        with pytest.raises(Malformed) as caught:
            schemas.check(kind, {key: value for key, value in GOOD[kind].items() if key != name})
        assert caught.value.reason == f"schema.{kind}"
        assert str(caught.value) == f'$: required ["{name}"]'


def test_a_fault_names_the_place_and_no_content():
    with pytest.raises(Malformed) as caught:
        schemas.check("activity", {**GOOD["activity"], "proof": [{}, 987654]})
    assert str(caught.value) == '$.proof[1]: type "object"'


def test_there_is_a_schema_for_each_kind_and_a_kind_for_each_schema():
    folder = Path(__file__).parents[2] / "schemas"
    assert {path.stem for path in folder.glob("*.json")} == set(schemas.KINDS)


@pytest.mark.parametrize("kind", schemas.KINDS)
def test_a_schema_is_draft_2020_12_and_uses_no_keyword_that_validators_read_differently(kind):
    schema = schemas.load(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert not keywords(schema) & {"pattern", "patternProperties", "format", "multipleOf", "uniqueItems"}
    assert "type" in keywords(schema)


def test_both_validators_agree_on_every_document():
    pytest.importorskip("jsonschema_rs", reason="jsonschema-rs is missing: pip install 'ordito[speed]'")
    found = documents()
    assert len(found) >= 45
    found += GOOD.values()
    verdicts = set()
    for kind in schemas.KINDS:
        schema = schemas.load(kind)
        fast, reference = schemas.fast_validator(schema), schemas.reference_validator(schema)
        for document in found:
            assert (fast(document) is None) == (reference(document) is None), (kind, document)
            verdicts.add((kind, fast(document) is None))
    assert len(verdicts) == 2 * len(schemas.KINDS), "each kind has taken and refused some"


@pytest.mark.parametrize("make", [schemas.fast_validator, schemas.reference_validator])
def test_a_reference_to_elsewhere_is_never_fetched(make):
    local = {"$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}}
    assert make(local)("text") is None
    assert make(local)(5) is not None
    remote = {"$ref": "http://127.0.0.1:9/schema.json"}
    with pytest.raises(Exception, match=r"not part of it|Unresolvable"):
        make(remote)("text")


def test_without_the_fast_one_the_reference_answers(monkeypatch):
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    schemas._validator.cache_clear()
    try:
        schemas.check("activity", GOOD["activity"])
        with pytest.raises(Malformed) as caught:
            schemas.check("activity", {"type": "Like"})
        assert str(caught.value) == '$: required ["actor"]'
    finally:
        schemas._validator.cache_clear()
