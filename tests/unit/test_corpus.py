"""Every payload we have goes through the parsers, against a table of what is to become of it.

`corpus/captures.tsv` covers the documents of our own in `tests/captures`; `corpus/interop.tsv` those collected from
other projects, which lie beside the checkout and are skipped where they are missing. Columns: file, outcome, why.
"""

import csv
import json
from pathlib import Path

import pytest

from federation import schemas
from federation.errors import FederationError
from federation.vocabulary import (
    Activity,
    ActorDocument,
    Document,
    PostDocument,
    Reference,
    TombstoneDocument,
    kind_of,
    parse_activity,
    parse_actor,
    parse_collection,
    parse_document,
    parse_object,
)

HERE = Path(__file__).parent
CAPTURES = HERE.parent / "captures"
INTEROP = HERE.parents[2] / "shared" / "interop"
SUSPECT = ("invalid", "spoofed", "bogus")
REFUSED_WHERE_SERVED = "other/object-note-spoofed-invalid.json"
"""Sound in itself: what is wrong is that another address than its id served it, as an upload."""


def table(name: str) -> dict[str, str]:
    with (HERE / "corpus" / name).open(encoding="utf-8") as rows:
        return {row["file"]: row["outcome"] for row in csv.DictReader(rows, delimiter="\t")}


def payload(path: Path) -> bytes:
    """The body alone: what came off the wire is stored with its request around it."""
    stored = json.loads(path.read_bytes())
    wrapped = path.is_relative_to(INTEROP / "live")
    return json.dumps(stored["body"] if wrapped else stored, ensure_ascii=False).encode()


def outcome(name: str, body: bytes) -> str:
    try:
        return described(name, parse_document(body))
    except FederationError as error:
        return f"refused: {error.reason}"


def described(name: str, document: Document) -> str:
    for discovery in ("nodeinfo-wellknown", "nodeinfo", "webfinger"):
        if discovery in name:
            kind = "nodeinfo-links" if discovery == "nodeinfo-wellknown" else discovery
            schemas.check(kind, document)
            return kind
    match kind_of(document):
        case "collection":
            page = parse_collection(document)
            return f"collection: {len(page.items)} items{', paged' if page.first or page.next else ''}"
        case "activity":
            return summary(parse_activity(document))
        case "actor":
            return summary(parse_actor(document))
        case _:
            parsed = parse_object(document)
            return f"ignored: {parsed.type}" if isinstance(parsed, Reference) else summary(parsed)


def summary(parsed: object) -> str:
    match parsed:
        case Activity(type=kind, object=None):
            return f"{kind}(nothing)"
        case Activity(type=kind, object=inner):
            return f"{kind}({summary(inner)})"
        case PostDocument(type=kind, is_vote=True):
            return f"{kind}, a vote"
        case PostDocument(type=kind):
            return kind
        case ActorDocument(type=kind):
            return f"actor {kind}"
        case TombstoneDocument():
            return "Tombstone"
        case Reference(type=kind):
            return f"ref {kind}" if kind else "ref"
    raise AssertionError(parsed)


@pytest.mark.parametrize(("name", "expected"), table("captures.tsv").items())
def test_each_capture_becomes_what_the_table_says(name, expected):
    assert outcome(name, payload(CAPTURES / name)) == expected


def test_the_table_of_captures_is_complete():
    assert {str(path.relative_to(CAPTURES)) for path in CAPTURES.glob("*/*.json")} == set(table("captures.tsv"))


@pytest.mark.skipif(
    not INTEROP.is_dir(), reason="../shared/interop (payloads collected from other projects) is missing"
)
@pytest.mark.parametrize(("name", "expected"), table("interop.tsv").items())
def test_each_collected_payload_becomes_what_the_table_says(name, expected):
    assert outcome(name, payload(INTEROP / name)) == expected


@pytest.mark.skipif(
    not INTEROP.is_dir(), reason="../shared/interop (payloads collected from other projects) is missing"
)
def test_the_table_of_collected_payloads_is_complete():
    found = {str(path.relative_to(INTEROP)) for path in INTEROP.rglob("*.json")}
    vectors = {name for name in found if name.startswith("vectors/")}
    assert found - vectors == set(table("interop.tsv"))


def test_what_is_named_invalid_or_spoofed_is_never_taken():
    outcomes = table("captures.tsv") | table("interop.tsv")
    suspect = {name: result for name, result in outcomes.items() if any(word in name for word in SUSPECT)}
    assert len(suspect) >= 6
    del suspect[REFUSED_WHERE_SERVED]
    assert all(result.startswith(("refused: ", "ignored: ")) for result in suspect.values())
