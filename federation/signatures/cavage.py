"""Signatures as in draft-cavage-http-signatures-12, the way the Fediverse uses them: what every peer takes.

The signed text has one line per name listed in `headers`, `name: value`, in that order. `(request-target)` stands for
the method in lower case and the path with query. Read strictly, since the draft leaves open what two readers would
read differently: no parameter twice, none unknown, no list left to its default.
"""

import binascii
import re
from base64 import b64encode
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from federation.errors import Malformed, Unverified
from federation.identifiers import KeyId, host_of, origin
from federation.keys import PrivateKey, PublicKeyMaterial
from federation.signatures.digests import digest_header, is_strong
from federation.signatures.freshness import check_expires, check_made, format_http_date, parse_http_date
from federation.signatures.message import Claim, Scheme, SignedMessage
from federation.signatures.senders import CONTENT_TYPE, sender_of
from federation.signatures.structured_fields import LONGEST

TARGET: Final = "(request-target)"

_PARAMETER: Final = re.compile(
    r"[ \t]*(?:(?P<name>keyId|algorithm|headers|signature|created|expires)="
    r'(?:"(?P<text>[^"\\\x00-\x1f\x7f]*)"|(?P<number>0|[1-9][0-9]{0,14})))[ \t]*(?:,(?=.)|\Z)',
    re.ASCII,
)
_NUMBERS: Final = frozenset({"created", "expires"})
_DIGITS: Final = re.compile(r"(?:0|[1-9][0-9]{0,14})\Z", re.ASCII)
_ALGORITHMS: Final = frozenset({None, "rsa-sha256", "hs2019"})
_PSEUDO: Final = frozenset({TARGET, "(created)", "(expires)"})


def read(message: SignedMessage, *, now: datetime, window: timedelta) -> Claim:
    """The claim in the `Signature` header. Raises `Malformed` or `Unverified`."""
    parameters = _parameters(message.single("signature") or "")
    algorithm = parameters.get("algorithm")
    if algorithm not in _ALGORITHMS:
        raise Unverified("sig.algorithm", "the algorithm is not one of ours")
    sent = parameters["keyId"]
    claim = Claim(
        scheme=Scheme.CAVAGE,
        key_id=sender_of(sent),
        algorithm=algorithm,
        covered=_covered(parameters["headers"]),
        created=_number(parameters, "created"),
        expires=_number(parameters, "expires"),
        sent_key_id=sent,
        signature=_from_base64(parameters["signature"]),
        message=message,
    )
    _check_covered(claim)
    _check_time(claim, now, window)
    return claim


def verify(claim: Claim, key: PublicKeyMaterial) -> None:
    """Raises `Unverified`. A POST is tried without its query too, which Takahe and old Mastodon leave out.

    Never a GET: a captured one would open the same path with another query.
    """
    if claim.algorithm == "rsa-sha256" and not key.is_rsa:
        raise Unverified("sig.key_type", "the algorithm is RSA and the key is not")
    target = claim.message.target
    try:
        key.verify(claim.signature, _signed_text(claim, target))
    except Unverified:
        path, query, _ = target.partition("?")
        if not query or claim.message.method != "POST":
            raise
        key.verify(claim.signature, _signed_text(claim, path))


def sign(*, method: str, url: str, body: bytes | None, key: PrivateKey, key_id: KeyId, now: datetime) -> dict[str, str]:
    """The headers to send. Covered are what Takahe and PieFed cover too, so that every peer finds its minimum."""
    headers = {"Host": host_of(url), "Date": format_http_date(now)}
    if body is not None:
        headers |= {"Digest": digest_header(body), "Content-Type": CONTENT_TYPE}
    target = f"{method.lower()} {url.removeprefix(origin(url))}"
    lines = {TARGET: target} | {name.lower(): value for name, value in headers.items()}
    text = "\n".join(f"{name}: {value}" for name, value in lines.items())
    signature = b64encode(key.sign(text.encode())).decode()
    algorithm = "rsa-sha256" if key.is_rsa else "hs2019"
    covered = " ".join(lines)
    value = f'keyId="{key_id}",algorithm="{algorithm}",headers="{covered}",signature="{signature}"'
    return headers | {"Signature": value}


def _parameters(header: str) -> dict[str, str]:
    if len(header) > LONGEST:
        raise Malformed("sig.long", "Signature is too long")
    parameters: dict[str, str] = {}
    position = 0
    while position < len(header):
        match = _PARAMETER.match(header, position)
        if match is None:
            raise Malformed("sig.parameters", "Signature has something that is no known, quoted parameter")
        name, text, number = match.group("name", "text", "number")
        if name in parameters:
            raise Malformed("sig.duplicate_parameter", f"Signature has {name} twice")
        if text is None and name not in _NUMBERS:
            raise Malformed("sig.parameters", f"{name} is not quoted")
        parameters[name] = number if text is None else text
        position = match.end()
    missing = {"keyId", "headers", "signature"} - parameters.keys()
    if missing:
        raise Malformed("sig.parameters", f"Signature lacks {', '.join(sorted(missing))}")
    return parameters


def _number(parameters: dict[str, str], name: str) -> int | None:
    text = parameters.get(name)
    if text is None:
        return None
    if not _DIGITS.match(text):
        raise Malformed("sig.parameters", f"{name} is not a number of seconds")
    return int(text)


def _from_base64(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise Malformed("sig.base64", "the signature is not base64") from error


@lru_cache(maxsize=256)
def _covered(names: str) -> tuple[str, ...]:
    covered = tuple(names.lower().split(" "))
    if "" in covered:
        raise Malformed("sig.headers", "the list of headers is empty or has empty names")
    if len(set(covered)) != len(covered):
        raise Malformed("sig.headers", "the list of headers names one twice")
    if any(name.startswith("(") and name not in _PSEUDO for name in covered):
        raise Malformed("sig.headers", "the list of headers has an unknown name in parentheses")
    return covered


def _check_covered(claim: Claim) -> None:
    """Target, host, time, and the digest of a body: less proves nothing of this URL, this server or today."""
    message = claim.message
    if not _covers_enough(claim.covered, has_body=message.has_body):
        raise Unverified("sig.covered", "the signature does not cover target, host, date and digest")
    if not message.names >= _headers_in(claim.covered):
        raise Unverified("sig.header_absent", "the signature covers a header that is not there")
    if message.has_body and not is_strong(message, "digest"):
        raise Unverified("sig.digest_weak", "the digest that the signature covers is not SHA-256 or SHA-512")


@lru_cache(maxsize=256)
def _covers_enough(covered: tuple[str, ...], *, has_body: bool) -> bool:
    required = {TARGET, "host", "digest"} if has_body else {TARGET, "host"}
    return required.issubset(covered) and not {"date", "(created)"}.isdisjoint(covered)


@lru_cache(maxsize=256)
def _headers_in(covered: tuple[str, ...]) -> frozenset[str]:
    return frozenset(covered) - _PSEUDO


def _check_time(claim: Claim, now: datetime, window: timedelta) -> None:
    for name, value in (("(created)", claim.created), ("(expires)", claim.expires)):
        if name in claim.covered and (value is None or claim.algorithm == "rsa-sha256"):
            raise Unverified("sig.pseudo_header", f"{name} needs its parameter, and hs2019")
    if "(created)" in claim.covered and claim.created is not None:
        check_made(claim.created, now, window)
    if "date" in claim.covered:
        check_made(parse_http_date(claim.message.single("date") or "").timestamp(), now, window)
    check_expires(claim.expires, now)


def _signed_text(claim: Claim, target: str) -> bytes:
    message = claim.message
    pseudo = {
        TARGET: f"{message.method.lower()} {target}",
        "(created)": str(claim.created),
        "(expires)": str(claim.expires),
    }
    lines = (f"{name}: {pseudo.get(name) or ', '.join(message.values(name))}" for name in claim.covered)
    return "\n".join(lines).encode(errors="surrogateescape")
