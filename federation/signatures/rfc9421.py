"""HTTP Message Signatures (RFC 9421) with rsa-v1_5-sha256 and ed25519: what Fedify sends first, and Mastodon from 4.7.

`read` parses `Signature-Input` under our rules; `verify` has the library build what was signed, and takes its word
only if it verified the same key id over the same components. Times are judged in `read`, by the caller's clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import http_sf
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureAlgorithm,
    HTTPSignatureKeyResolver,
    InvalidSignature,
)
from http_message_signatures.algorithms import ED25519, RSA_V1_5_SHA256

from federation.errors import Malformed, Unverified
from federation.identifiers import KeyId, host_of
from federation.keys import PrivateKey, PublicKeyMaterial
from federation.signatures.digests import content_digest_header, is_strong
from federation.signatures.freshness import check_expires, check_made, format_http_date
from federation.signatures.message import Claim, Scheme, SignedMessage
from federation.signatures.senders import CONTENT_TYPE, sender_of
from federation.signatures.structured_fields import parse_dictionary

_LABEL: Final = "sig1"
_PARAMETERS: Final[Mapping[str, type]] = {
    "created": int,
    "expires": int,
    "keyid": str,
    "alg": str,
    "nonce": str,
    "tag": str,
}
_ALGORITHMS: Final = frozenset({None, "rsa-v1_5-sha256", "ed25519"})
_TARGETS: Final = ({"@target-uri"}, {"@authority", "@path", "@query"})
_DERIVED: Final = frozenset({"@method", "@target-uri", "@authority", "@scheme", "@path", "@query", "@request-target"})


def read(message: SignedMessage, *, now: datetime, window: timedelta) -> Claim:
    """The claim in `Signature-Input` and `Signature`. Raises `Malformed` or `Unverified`."""
    inputs = parse_dictionary("Signature-Input", message.single("signature-input") or "")
    signatures = parse_dictionary("Signature", message.single("signature") or "")
    if len(inputs) != 1 or inputs.keys() != signatures.keys():
        raise Malformed("sig.labels", "there is not exactly one signature with one input")
    (components, parameters), (signature, extra) = *inputs.values(), *signatures.values()
    if not isinstance(components, list) or not isinstance(signature, bytes) or extra:
        raise Malformed("sig.form", "Signature-Input is no list, or Signature no byte sequence")
    _check_parameters(parameters)
    claim = Claim(
        scheme=Scheme.RFC9421,
        key_id=sender_of(parameters["keyid"]),
        algorithm=parameters.get("alg"),
        covered=tuple(_component(*component) for component in components),
        created=parameters.get("created"),
        expires=parameters.get("expires"),
        sent_key_id=parameters["keyid"],
        signature=signature,
        message=message,
    )
    _check_claim(claim, now, window)
    return claim


def verify(claim: Claim, key: PublicKeyMaterial) -> None:
    """Raises `Unverified`."""
    verifier = _Verifier(signature_algorithm=_algorithm(rsa=key.is_rsa), key_resolver=_OneKey(key.key))
    needed = _needed(claim)
    lines = _Lines(tuple((name, value) for name, value in claim.message.headers if name in needed))
    try:
        (result,) = verifier.verify(_Request(claim.message.method, claim.message.url, lines), max_age=None)
    except InvalidSignature as error:
        raise Unverified("sig.wrong", "the signature does not fit the key") from error
    covered = [name for name in result.covered_components if name != '"@signature-params"']
    if result.parameters["keyid"] != claim.sent_key_id or covered != [_identifier(name) for name in claim.covered]:
        raise Unverified("sig.readers", "two readers of the signature disagree")


def sign(
    *, method: str, url: str, body: bytes | None, key: PrivateKey, key_id: KeyId, now: datetime, accept: str | None
) -> dict[str, str]:
    """The headers to send. Covered is what Mastodon covers and demands, and what a challenge asks besides."""
    headers = {"Host": host_of(url), "Date": format_http_date(now)}
    covered = ["@method", "@target-uri"]
    if body is not None:
        headers |= {"Content-Digest": content_digest_header(body), "Content-Type": CONTENT_TYPE}
        covered.append("content-digest")
    challenge = _challenge(accept, key)
    offered = _DERIVED | {name.lower() for name in headers}
    covered += [name for name in challenge.components if name in offered and name not in covered]
    signer = HTTPMessageSigner(signature_algorithm=_algorithm(rsa=key.is_rsa), key_resolver=_OneKey(key.key))
    signer.sign(
        _Request(method, url, headers),
        key_id=key_id,
        created=now,
        nonce=challenge.nonce,
        tag=challenge.tag,
        label=challenge.label,
        covered_component_ids=covered,
        use_existing_digest=body is not None,
    )
    return headers


@dataclass(frozen=True, slots=True)
class _Challenge:
    """One member of `Accept-Signature` (RFC 9421, section 5)."""

    label: str = _LABEL
    components: tuple[str, ...] = ()
    nonce: str | None = None
    tag: str | None = None


def _challenge(accept: str | None, key: PrivateKey) -> _Challenge:
    """The first that our key can meet; one that cannot be read, or met, is as none: the answer is signed as ever."""
    try:
        members = parse_dictionary("Accept-Signature", accept or "")
    except Malformed:
        return _Challenge()
    ours = _algorithm(rsa=key.is_rsa).algorithm_id
    for label, (components, parameters) in members.items():
        nonce, tag = parameters.get("nonce"), parameters.get("tag")
        if not isinstance(components, list) or parameters.get("alg", ours) != ours:
            continue
        if all(isinstance(text, str | None) for text in (nonce, tag)):
            plain = dict.fromkeys(name for name, options in components if isinstance(name, str) and not options)
            return _Challenge(label, tuple(plain), nonce, tag)
    return _Challenge()


def _check_parameters(parameters: dict[str, Any]) -> None:
    for name, value in parameters.items():
        if name not in _PARAMETERS:
            raise Malformed("sig.parameters", f"the signature has an unknown parameter {name}")
        if type(value) is not _PARAMETERS[name]:
            raise Malformed("sig.parameters", f"the signature's {name} has the wrong type")
    if "keyid" not in parameters:
        raise Malformed("sig.parameters", "the signature lacks keyid")
    if parameters.get("alg") not in _ALGORITHMS:
        raise Unverified("sig.algorithm", "the algorithm is not one of ours")


def _component(name: object, parameters: dict[str, Any]) -> str:
    """A plain name, or the whole identifier of a component with parameters: `"@query-param";name="page"`."""
    if not isinstance(name, str) or not name or name != name.lower():
        raise Malformed("sig.components", "a covered component is no name in lower case")
    return http_sf.ser((name, parameters)) if parameters else name


def _identifier(component: str) -> str:
    return component if component.startswith('"') else f'"{component}"'


def _check_claim(claim: Claim, now: datetime, window: timedelta) -> None:
    covered = set(claim.covered)
    if not covered or len(covered) != len(claim.covered):
        raise Malformed("sig.components", "the list of covered components is empty, or names one twice")
    required = {"@method", "content-digest"} if claim.message.has_body else {"@method"}
    if not required <= covered or not any(target <= covered for target in _TARGETS):
        raise Unverified("sig.covered", "the signature does not cover method, target and digest")
    if claim.message.has_body and not is_strong(claim.message, "content-digest"):
        raise Unverified("sig.digest_weak", "the digest that the signature covers is not SHA-256 or SHA-512")
    if claim.created is None:
        raise Unverified("sig.time", "the signature does not say when it was made")
    check_made(claim.created, now, window)
    check_expires(claim.expires, now)


def _needed(claim: Claim) -> set[str]:
    """Names of the headers that the library needs: the signature's own, and those it covers."""
    names = {name.partition('"')[0] or name.split('"')[1] for name in claim.covered}
    return names | {"signature", "signature-input"}


def _algorithm(*, rsa: bool) -> type[HTTPSignatureAlgorithm]:
    return RSA_V1_5_SHA256 if rsa else ED25519


class _Verifier(HTTPMessageVerifier):
    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        """Nothing: `read` has judged both by the caller's clock, where the library would ask the machine's."""


class _OneKey(HTTPSignatureKeyResolver):
    """The one key of a claim, whatever it is called: `verify` compares the key id itself."""

    def __init__(self, key: object) -> None:
        self._key = key

    def resolve_public_key(self, key_id: str) -> object:  # noqa: ARG002 - the library's signature
        return self._key

    def resolve_private_key(self, key_id: str) -> object:  # noqa: ARG002 - the library's signature
        return self._key


@dataclass(frozen=True, slots=True)
class _Lines:
    """Header lines as the library reads them, duplicates kept."""

    lines: tuple[tuple[str, str], ...]

    def items(self) -> tuple[tuple[str, str], ...]:
        return self.lines


@dataclass(frozen=True, slots=True)
class _Request:
    """A request as the library reads it."""

    method: str
    url: str
    headers: _Lines | dict[str, str]
