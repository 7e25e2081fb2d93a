"""Digests of a body: at least one strong, and none wrong."""

from base64 import b64encode
from hashlib import md5, sha1, sha512

import pytest

from federation.errors import Malformed, Unverified
from federation.signatures import check_digest, content_digest_header, digest_header
from tests.unit.signed_requests import BODY, request, sha256_digest

SHA256 = f"SHA-256={sha256_digest(BODY)}"
SHA512 = f"SHA-512={b64encode(sha512(BODY).digest()).decode()}"
MD5 = f"MD5={b64encode(md5(BODY, usedforsecurity=False).digest()).decode()}"
SHA1 = f"SHA={b64encode(sha1(BODY, usedforsecurity=False).digest()).decode()}"
FALSE = f"SHA-256={sha256_digest(b'other')}"
CONTENT = f"sha-256=:{sha256_digest(BODY)}:"
FALSE_CONTENT = f"sha-256=:{sha256_digest(b'other')}:"


@pytest.mark.parametrize(
    "headers",
    [
        [("digest", SHA256)],
        [("digest", SHA256.replace("SHA", "sha"))],
        [("digest", SHA512)],
        [("digest", f"{MD5}, {SHA256}")],
        [("digest", f"{SHA512},{SHA256}")],
        [("digest", SHA1), ("digest", SHA256)],
        [("content-digest", CONTENT)],
        [("content-digest", f"sha-512=:{b64encode(sha512(BODY).digest()).decode()}:")],
        [("content-digest", f"md5=:AAAA:, {CONTENT}")],
        [("digest", SHA256), ("content-digest", CONTENT)],
    ],
)
def test_right_digests_pass(headers: list[tuple[str, str]]) -> None:
    check_digest(request(headers))


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("digest", "")],
        [("digest", MD5)],
        [("digest", SHA1)],
        [("digest", "UNIXSUM=30637")],
        [("digest", "SHA-3=AAAA")],
        [("digest", "SHA-256=")],
        [("digest", FALSE)],
        [("digest", f"{SHA256},{FALSE}")],
        [("digest", SHA256), ("digest", FALSE)],
        [("digest", FALSE), ("digest", SHA256)],
        [("digest", SHA512), ("digest", FALSE)],
        [("digest", SHA256), ("content-digest", FALSE_CONTENT)],
        [("digest", FALSE), ("content-digest", CONTENT)],
        [("content-digest", "")],
        [("content-digest", "md5=:AAAA:")],
        [("content-digest", FALSE_CONTENT)],
        [("content-digest", "sha-256=::")],
    ],
)
def test_wrong_weak_and_absent_digests_are_unverified(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(Unverified):
        check_digest(request(headers))


@pytest.mark.parametrize(
    "headers",
    [
        [("digest", "SHA-256")],
        [("digest", "SHA-256=*")],
        [("digest", f"SHA-256=:{sha256_digest(BODY)}:")],
        [("digest", f"SHA-256={sha256_digest(BODY)[:-1]}")],
        [("content-digest", CONTENT.replace("sha", "SHA"))],
        [("content-digest", SHA256)],
        [("content-digest", f'sha-256="{sha256_digest(BODY)}"')],
        [("content-digest", f"{CONTENT}, {CONTENT}")],
        [("content-digest", CONTENT), ("content-digest", CONTENT)],
        [("content-digest", "sha-256=(:AAAA:)")],
    ],
)
def test_unreadable_digests_are_malformed(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(Malformed):
        check_digest(request(headers))


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("GET", b""), ("POST", None)])
def test_no_body_needs_no_digest(method: str, body: bytes | None) -> None:
    check_digest(request([("digest", FALSE)], method=method, body=body))


def test_the_empty_body_of_a_post_needs_its_digest() -> None:
    check_digest(request([("digest", digest_header(b""))], body=b""))
    with pytest.raises(Unverified):
        check_digest(request([], body=b""))


def test_our_own_headers() -> None:
    assert digest_header(BODY) == SHA256
    assert content_digest_header(BODY) == CONTENT
