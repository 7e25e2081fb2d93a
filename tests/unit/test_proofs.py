"""Object integrity proofs: FEP-8b32's vectors, Fedify's documents, our own, and what is refused."""

import copy
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import base58
import pytest
from hypothesis import given, settings, strategies as st

from federation.errors import Unverified
from federation.identifiers import key_id
from federation.keys import generate_ed25519_key, parse_public_key
from federation.proofs import _signed_bytes, add_proof, verification_method_of, verify_proof
from tests.unit.signed_requests import ED25519, NOW, RSA

INTEROP = Path(__file__).parents[3] / "shared" / "interop"
VECTORS = INTEROP / "vectors" / "fep-8b32-proofs.json"
FEDIFY = sorted((INTEROP / "live" / "fedify").glob("sent-*.json"))
METHOD = key_id("https://node.test/users/zoe#ed25519-key")
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"]
KEY = ED25519.public

# The vector of fep-8b32.feature.
FEP_KEY = parse_public_key("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2")
FEP_DOCUMENT: dict[str, Any] = {
    "@context": CONTEXT,
    "id": "https://server.example/activities/1",
    "type": "Create",
    "actor": "https://server.example/users/alice",
    "object": {
        "id": "https://server.example/objects/1",
        "type": "Note",
        "attributedTo": "https://server.example/users/alice",
        "content": "Hello world",
        "location": {"type": "Place", "longitude": -71.184902, "latitude": 25.273962},
    },
    "proof": {
        "@context": CONTEXT,
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": "https://server.example/users/alice#ed25519-key",
        "proofPurpose": "assertionMethod",
        "proofValue": "z42ffGu6AUKPCFcFPiabmUvnGLPJzC7e4DGWC52NUasSSH37UMa9c58tdgVszUcZfytxa4fQ5TYHaJENCxUDe9SdL",
        "created": "2023-02-24T23:36:38Z",
    },
}


def note(**properties: Any) -> dict[str, Any]:
    return {"@context": CONTEXT, "id": "https://node.test/notes/1", "type": "Note", "content": "hello"} | properties


def proved(document: dict[str, Any] | None = None, created: datetime = NOW) -> dict[str, Any]:
    return add_proof(document or note(), key=ED25519, verification_method=METHOD, created=created)


def with_proof(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return document | {"proof": {k: v for k, v in (document["proof"] | changes).items() if v is not None}}


def signed_by_hand(document: dict[str, Any], **options: Any) -> dict[str, Any]:
    """A proof with any options, truly signed: `add_proof` makes none of these."""
    defaults = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod"}
    proof = {k: v for k, v in (defaults | {"verificationMethod": METHOD} | options).items() if v is not None}
    value = base58.b58encode(ED25519.sign(_signed_bytes(document, proof))).decode()
    return document | {"proof": proof | {"proofValue": f"z{value}"}}


def test_the_vector_of_the_fep() -> None:
    verify_proof(FEP_DOCUMENT, FEP_KEY, now=NOW)
    assert verification_method_of(FEP_DOCUMENT) == "https://server.example/users/alice#ed25519-key"
    changed = copy.deepcopy(FEP_DOCUMENT)
    changed["object"]["content"] = "Hello World"
    with pytest.raises(Unverified):
        verify_proof(changed, FEP_KEY, now=NOW)


@pytest.mark.skipif(not VECTORS.exists(), reason="shared/interop/vectors/fep-8b32-proofs.json is missing")
def test_collected_vectors() -> None:
    collected = json.loads(VECTORS.read_text())
    key = parse_public_key(collected["publicKeyMultibase"])
    for vector in collected["vectors"]:
        if vector["expect"] == "valid":
            verify_proof(vector["document"], key, now=NOW)
        else:
            with pytest.raises(Unverified):
                verify_proof(vector["document"], key, now=NOW)
    assert {vector["expect"] for vector in collected["vectors"]} == {"valid", "invalid"}


def fedify_keys() -> dict[str, str]:
    keys = {}
    for path in (INTEROP / "live" / "fedify").glob("doc-actor-*.json"):
        for entry in json.loads(path.read_text())["body"]["assertionMethod"]:
            keys[entry["id"]] = entry["publicKeyMultibase"]
    return keys


@pytest.mark.skipif(not FEDIFY, reason="shared/interop/live/fedify is missing")
def test_proofs_as_fedify_sent_them() -> None:
    documents = [json.loads(path.read_text())["body"] for path in FEDIFY]
    keys = fedify_keys()
    verifiable = [document for document in documents if verification_method_of(document) in keys]
    assert len(verifiable) == 5
    for document in verifiable:
        assert "signature" in document
        key = parse_public_key(keys[verification_method_of(document) or ""])
        verify_proof(document, key, now=NOW)
        with pytest.raises(Unverified):
            verify_proof(document | {"id": "https://fedify.test/other"}, key, now=NOW)


def test_our_proof_verifies_and_leaves_the_document_alone() -> None:
    document = note()
    before = copy.deepcopy(document)
    result = proved(document)
    assert document == before
    assert list(result) == [*document, "proof"]
    verify_proof(result, KEY, now=NOW)
    assert verification_method_of(result) == METHOD


def test_our_proof_has_the_form_of_the_fep() -> None:
    proof = proved(created=NOW.replace(microsecond=250_000))["proof"]
    assert proof.keys() == FEP_DOCUMENT["proof"].keys()
    assert (proof["@context"], proof["created"]) == (CONTEXT, "2026-11-22T14:07:15Z")
    assert proof["proofValue"].startswith("z")
    assert "@context" not in proved({"type": "Note"})["proof"]


def test_a_time_in_another_zone_is_written_in_utc() -> None:
    local = NOW.astimezone(datetime.fromisoformat("2026-11-22T16:07:15+02:00").tzinfo)
    assert proved(created=local)["proof"]["created"] == "2026-11-22T14:07:15Z"


def test_a_proof_is_made_once_and_with_ed25519() -> None:
    with pytest.raises(ValueError):
        proved(proved())
    with pytest.raises(ValueError):
        add_proof(note(), key=RSA, verification_method=METHOD, created=NOW)


def test_a_document_survives_being_written_and_read_in_any_order() -> None:
    text = json.dumps(proved(note(content="ünïcödé \u2028", n=[1, 2.5, True, None])), sort_keys=True)
    verify_proof(json.loads(text), KEY, now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"content": "goodbye"},
        {"sensitive": True},
        {"id": "https://node.test/notes/2"},
        {"@context": [*CONTEXT, {"content": "https://evil.test/ns#content"}]},
    ],
)
def test_a_changed_document_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Unverified) as refused:
        verify_proof(proved() | changes, KEY, now=NOW)
    assert refused.value.reason == "sig.wrong"


def test_a_removed_property_is_refused() -> None:
    document = proved()
    del document["content"]
    with pytest.raises(Unverified):
        verify_proof(document, KEY, now=NOW)


@pytest.mark.parametrize("context", [None, "https://www.w3.org/ns/activitystreams", [], CONTEXT[::-1]])
def test_the_documents_context_begins_with_the_proofs(context: Any) -> None:
    document = proved()
    changed = {name: value for name, value in document.items() if name != "@context"}
    with pytest.raises(Unverified) as refused:
        verify_proof(changed if context is None else changed | {"@context": context}, KEY, now=NOW)
    assert refused.value.reason == "proof.context"


def test_a_proof_without_a_context_of_its_own_is_taken() -> None:
    verify_proof(signed_by_hand(note(), created="2023-02-24T23:36:38Z"), KEY, now=NOW)
    verify_proof(signed_by_hand(note(), **{"@context": CONTEXT[0]}), KEY, now=NOW)


def test_a_linked_data_signature_beside_the_proof_is_not_looked_at() -> None:
    verify_proof(proved() | {"signature": {"type": "RsaSignature2017", "signatureValue": "AAAA"}}, KEY, now=NOW)


def test_a_linked_data_signature_is_no_proof() -> None:
    document = note(signature={"type": "RsaSignature2017", "signatureValue": "AAAA"})
    assert verification_method_of(document) is None
    with pytest.raises(Unverified):
        verify_proof(document, KEY, now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "Ed25519Signature2020"},
        {"type": None},
        {"cryptosuite": "eddsa-rdfc-2022"},
        {"cryptosuite": None},
        {"proofPurpose": "authentication"},
        {"proofPurpose": None},
    ],
)
def test_proofs_of_another_kind_count_as_none(changes: dict[str, Any]) -> None:
    document = signed_by_hand(note(), **changes)
    assert verification_method_of(document) is None
    with pytest.raises(Unverified) as refused:
        verify_proof(document, KEY, now=NOW)
    assert refused.value.reason == "proof.absent"


@pytest.mark.parametrize("proof", [None, "proof", 7, [], {}, [None], [[]]])
def test_a_document_without_a_proof(proof: Any) -> None:
    document = note(proof=proof)
    assert verification_method_of(document) is None
    with pytest.raises(Unverified):
        verify_proof(document, KEY, now=NOW)


def test_of_several_proofs_one_is_ours() -> None:
    document = proved()
    other = document["proof"] | {"cryptosuite": "mldsa44-jcs-2024"}
    verify_proof(document | {"proof": [other, document["proof"]]}, KEY, now=NOW)
    doubled = document | {"proof": [document["proof"], document["proof"]]}
    assert verification_method_of(doubled) is None
    with pytest.raises(Unverified):
        verify_proof(doubled, KEY, now=NOW)


@pytest.mark.parametrize("method", [None, 7, "", "#key", "did:key:z6Mk", "acct:zoe@node.test", ["https://node.test/"]])
def test_methods_that_are_no_url(method: Any) -> None:
    assert verification_method_of(signed_by_hand(note(), verificationMethod=method)) is None


@pytest.mark.parametrize(
    "value",
    [None, 7, "", "z", "zz", "mAAAA", "z0OIl", "zé", "z" + "1" * 64, "z" + "1" * 88, "z" + "2" * 5000],
)
def test_proof_values_of_no_meaning_are_refused(value: Any) -> None:
    with pytest.raises(Unverified):
        verify_proof(with_proof(proved(), proofValue=value), KEY, now=NOW)


def test_a_long_proof_value_is_refused_undecoded() -> None:
    with pytest.raises(Unverified) as refused:
        verify_proof(with_proof(proved(), proofValue="z" + "2" * 5000), KEY, now=NOW)
    assert refused.value.reason == "proof.value"


def test_keys_of_others_and_rsa_keys_are_refused() -> None:
    for key in (generate_ed25519_key().public, RSA.public):
        with pytest.raises(Unverified):
            verify_proof(proved(), key, now=NOW)


def test_created_may_be_old_and_an_hour_ahead() -> None:
    verify_proof(proved(created=datetime(2019, 1, 1, tzinfo=UTC)), KEY, now=NOW)
    verify_proof(proved(created=NOW + timedelta(hours=1)), KEY, now=NOW)
    verify_proof(signed_by_hand(note(), created="2026-11-22T14:07:15.783434901Z"), KEY, now=NOW)
    verify_proof(signed_by_hand(note()), KEY, now=NOW)
    with pytest.raises(Unverified) as refused:
        verify_proof(proved(created=NOW + timedelta(hours=1, seconds=1)), KEY, now=NOW)
    assert refused.value.reason == "proof.future"


def test_a_proof_that_has_to_be_fresh_says_that_it_is() -> None:
    day = timedelta(days=1)
    verify_proof(proved(created=NOW - day), KEY, now=NOW, within=day)
    for old in (proved(created=NOW - day - timedelta(seconds=1)), signed_by_hand(note())):
        with pytest.raises(Unverified) as refused:
            verify_proof(old, KEY, now=NOW, within=day)
        assert refused.value.reason == "proof.old"


def test_expires_is_honoured() -> None:
    verify_proof(signed_by_hand(note(), expires="2026-11-22T14:07:16Z"), KEY, now=NOW)
    for expires in ("2026-11-22T14:07:15Z", "0001-01-01T00:00:00+14:00"):
        with pytest.raises(Unverified) as refused:
            verify_proof(signed_by_hand(note(), expires=expires), KEY, now=NOW)
        assert refused.value.reason == "proof.expired"


@pytest.mark.parametrize("name", ["created", "expires"])
@pytest.mark.parametrize(
    "time", [7, "", "now", "2999", "2999-01-01", "2999-01-01T00:00:00", "2999-13-01T00:00:00Z", "2999-01-01T25:00:00Z"]
)
def test_times_that_are_none_are_refused(name: str, time: Any) -> None:
    with pytest.raises(Unverified) as refused:
        verify_proof(signed_by_hand(note(), **{name: time}), KEY, now=NOW)
    assert refused.value.reason == "proof.time"


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    "content",
    [2**53, -(2**60), float("nan"), float("inf"), "\ud800", {"\ud800": 1}, nested(5000)],
    ids=["integer", "negative", "nan", "infinity", "surrogate", "surrogate name", "depth"],
)
def test_what_has_no_canonical_form_is_unverified(content: Any) -> None:
    verify_proof(proved(note(content=2**53 - 1)), KEY, now=NOW)
    for document in (proved() | {"content": content}, with_proof(proved(), extra=content)):
        with pytest.raises(Unverified) as refused:
            verify_proof(document, KEY, now=NOW)
        assert refused.value.reason == "proof.canonical"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(max_size=8)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(content=JSON, other=JSON)
@settings(deadline=None)
def test_round_trip(content: Any, other: Any) -> None:
    document = json.loads(json.dumps(proved(note(content=content))))
    verify_proof(document, KEY, now=NOW)
    if json.dumps(content, sort_keys=True) != json.dumps(other, sort_keys=True) and content != other:
        with pytest.raises(Unverified):
            verify_proof(document | {"content": other}, KEY, now=NOW)


@given(proof=JSON, method=JSON, value=JSON, created=JSON, context=JSON)
@settings(deadline=None)
def test_no_proof_crashes(proof: Any, method: Any, value: Any, created: Any, context: Any) -> None:
    replaced = {"verificationMethod": method, "proofValue": value, "created": created, "@context": context}
    for document in (
        note(proof=proof),
        note(proof=proved()["proof"] | replaced),
        note(proof=proved()["proof"] | {"x": proof}),
    ):
        with pytest.raises(Unverified):
            verify_proof(document, KEY, now=NOW)
        verification_method_of(document)
