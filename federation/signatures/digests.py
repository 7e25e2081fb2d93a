"""Digests of a body: `Digest` as draft-cavage senders have it, and `Content-Digest` (RFC 9530)."""

import binascii
import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import http_sf

from federation.errors import Malformed, Unverified
from federation.signatures.message import SignedMessage
from federation.signatures.structured_fields import parse_dictionary

_STRONG: Final = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}


def check_digest(message: SignedMessage) -> None:
    """All SHA-256 and SHA-512 digests given are that of the raw body, and there is one; other kinds count for nothing.

    Raises `Malformed` for a header that cannot be read, else `Unverified`. Whether the signature covers the digest
    is for `read` to say.
    """
    if not message.has_body:
        return
    digests = [*_digest(message), *_content_digest(message)]
    strong = [(algorithm, value) for algorithm, value in digests if algorithm in _STRONG]
    if not strong:
        raise Unverified("sig.digest_absent", "a body needs a digest with SHA-256 or SHA-512")
    body = message.body or b""
    if not all(hmac.compare_digest(value, _STRONG[algorithm](body).digest()) for algorithm, value in strong):
        raise Unverified("sig.digest", "the digest is not that of the body")


def is_strong(message: SignedMessage, name: str) -> bool:
    """Whether the header of this name holds a SHA-256 or SHA-512 digest: a signature over one that holds none covers no
    body, whatever stands in the other header."""
    if name == "digest":
        return any(algorithm in _STRONG for algorithm, _ in _entries(message))
    return any(algorithm in _STRONG for algorithm, _ in _content_digest(message))


def digest_header(body: bytes) -> str:
    """The value of `Digest`."""
    return f"SHA-256={b64encode(hashlib.sha256(body).digest()).decode()}"


def content_digest_header(body: bytes) -> str:
    """The value of `Content-Digest`."""
    return http_sf.ser({"sha-256": hashlib.sha256(body).digest()})


def _digest(message: SignedMessage) -> Iterator[tuple[str, bytes]]:
    for algorithm, value in _entries(message):
        if algorithm in _STRONG:
            yield algorithm, _from_base64(value)


def _entries(message: SignedMessage) -> Sequence[tuple[str, str]]:
    return _read(",".join(message.values("digest")))


@lru_cache(maxsize=64)
def _read(header: str) -> Sequence[tuple[str, str]]:
    """Algorithm names compare without case (RFC 3230; Mastodon writes SHA-256, others sha-256)."""
    found: list[tuple[str, str]] = []
    for entry in header.split(","):
        algorithm, equals, value = entry.strip(" \t").partition("=")
        if equals:
            found.append((algorithm.lower(), value))
        elif algorithm:
            raise Malformed("sig.digest_form", "Digest reads algorithm=value")
    return found


def _from_base64(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise Malformed("sig.digest_form", "a digest is not base64") from error


def _content_digest(message: SignedMessage) -> Iterator[tuple[str, bytes]]:
    values = message.values("content-digest")
    if not values:
        return
    for algorithm, (value, _) in parse_dictionary("content-digest", ", ".join(values)).items():
        if not isinstance(value, bytes):
            raise Malformed("sig.digest_form", "Content-Digest holds something that is no byte sequence")
        yield algorithm, value
