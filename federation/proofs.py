"""Object integrity proofs (FEP-8b32, cryptosuite eddsa-jcs-2022): who made a document, whoever handed it on.

Signed are SHA-256(JCS(proof without proofValue)) and SHA-256(JCS(document without proof)), one after the other. A proof
tells that the key made this document and nothing about whose key it is: that the actor lists the verification method
under `assertionMethod`, and that this actor is the document's author on the same origin, is the caller's to check.
A linked-data signature beside the proof is made after it and never looked at, so it is left out of the hash (FEP-8b32,
"Backward compatibility").
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import base58
import rfc8785

from federation.errors import Malformed, Unverified
from federation.identifiers import KeyId, key_id
from federation.keys import PrivateKey, PublicKeyMaterial
from federation.vocabulary.values import Document

CRYPTOSUITE: Final = "eddsa-jcs-2022"
SKEW: Final = timedelta(hours=1)

_EXPECTED: Final = {"type": "DataIntegrityProof", "cryptosuite": CRYPTOSUITE, "proofPurpose": "assertionMethod"}
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)\Z", re.ASCII)
_LONGEST_PROOF_VALUE: Final = 90
"""64 bytes in base58 take 88 characters at most."""


def add_proof(document: Document, *, key: PrivateKey, verification_method: KeyId, created: datetime) -> Document:
    """A new dictionary with a `proof` at its end; the document itself stays as it is.

    The proof repeats the document's `@context`, as the cryptosuite demands and as Fedify 2.3 and Mitra verify it.
    For readers of JSON-LD that context should name https://w3id.org/security/data-integrity/v1 (or v2). `created` has
    whole seconds: Fedify writes the time anew before it hashes, which a fraction ending in 0 does not survive.

    Raises `Malformed` for a document that JCS has no form for: a relay puts what others wrote into its own.
    """
    if key.is_rsa or "proof" in document:
        raise ValueError("a proof needs an Ed25519 key and a document without one")
    moment = created.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()
    context = {"@context": document["@context"]} if "@context" in document else {}
    proof = context | _EXPECTED | {"verificationMethod": verification_method, "created": f"{moment}Z"}
    try:
        signed = _signed_bytes(document, proof)
    except rfc8785.CanonicalizationError as error:
        raise Malformed("proof.canonical", "a document has a number that no proof can cover") from error
    value = base58.b58encode(key.sign(signed)).decode()
    return document | {"proof": proof | {"proofValue": f"z{value}"}}


def verification_method_of(document: Document) -> KeyId | None:
    """The key that the document's proof names, or None without a proof of our cryptosuite whose method is a URL."""
    try:
        return key_id(str(_proof_of(document).get("verificationMethod")))
    except (Unverified, Malformed):
        return None


def verify_proof(document: Document, key: PublicKeyMaterial, *, now: datetime, within: timedelta | None = None) -> None:
    """Raises `Unverified` unless `key` made the one proof of this whole document, and it holds now.

    `key` is that of `verification_method_of(document)`; whether the author lists it is not decided here. `within`: it
    says that it was made no longer ago than that, since what was said once may have been edited or deleted after it.
    """
    proof = _proof_of(document)
    if key.is_rsa:
        raise Unverified("proof.key", "a proof needs an Ed25519 key")
    _check_context(document, proof)
    _check_time(proof, now, within)
    value = proof.get("proofValue")
    if not isinstance(value, str) or not value.startswith("z") or len(value) > _LONGEST_PROOF_VALUE:
        raise Unverified("proof.value", "a proof value is not base58btc")
    try:
        signature, signed = base58.b58decode(value.removeprefix("z")), _signed_bytes(document, proof)
    except (ValueError, RecursionError) as error:
        raise Unverified("proof.canonical", "a proof or its document cannot be read") from error
    key.verify(signature, signed)


def _proof_of(document: Document) -> Mapping[str, Any]:
    """The only proof of our cryptosuite. Others beside it (a list is allowed) are each over the document alone."""
    proofs = document.get("proof")
    listed = proofs if isinstance(proofs, list) else [proofs]
    ours = [proof for proof in listed if isinstance(proof, dict) and _EXPECTED.items() <= proof.items()]
    if len(ours) != 1:
        raise Unverified("proof.absent", f"a document has {len(ours)} proofs of {CRYPTOSUITE}")
    return ours[0]


def _check_context(document: Document, proof: Mapping[str, Any]) -> None:
    """The document's contexts begin with those of the proof (Data Integrity EdDSA Cryptosuites 1.0, section 3.3.2)."""
    if "@context" not in proof:
        return
    required, present = _as_list(proof["@context"]), _as_list(document.get("@context"))
    if present[: len(required)] != required:
        raise Unverified("proof.context", "a document does not begin with its proof's contexts")


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _check_time(proof: Mapping[str, Any], now: datetime, within: timedelta | None) -> None:
    """`created` may be as old as the caller lets it (a document is kept and passed on for years), but not from the
    future."""
    created = _moment(proof["created"]) if "created" in proof else None
    if created is not None and created > now + SKEW:
        raise Unverified("proof.future", "a proof comes from the future")
    if within is not None and (created is None or created < now - within):
        raise Unverified("proof.old", "a proof is old, or does not say when it was made")
    if "expires" in proof and _moment(proof["expires"]) <= now:
        raise Unverified("proof.expired", "a proof has expired")


def _moment(value: object) -> datetime:
    try:
        if isinstance(value, str) and _TIME.match(value):
            return datetime.fromisoformat(value)
    except ValueError as error:
        raise Unverified("proof.time", "a proof has an impossible time") from error
    raise Unverified("proof.time", "a proof has a time that is none")


def _signed_bytes(document: Document, proof: Mapping[str, Any]) -> bytes:
    """Raises `ValueError` for what JCS has no form for, such as integers past 2^53."""
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    content = {name: value for name, value in document.items() if name not in {"proof", "signature"}}
    return sha256(rfc8785.dumps(options)).digest() + sha256(rfc8785.dumps(content)).digest()
