"""What we send: headers that our own reading takes, in the form that peers expect."""

import re
from datetime import timedelta

import pytest

from federation.errors import Malformed
from federation.keys import PrivateKey
from federation.signatures import Scheme, SignedMessage, read, sign, verify
from tests.unit.signed_requests import BODY, DATE, ED25519, KEY_ID, NOW, RSA, sha256_digest

URL = "https://node.test/users/zoe/inbox?a=1"
KEYS = [pytest.param(RSA, id="rsa"), pytest.param(ED25519, id="ed25519")]


def send(scheme: Scheme, *, method="POST", body: bytes | None = BODY, key=RSA, url=URL, accept=None) -> dict[str, str]:
    return sign(scheme, method=method, url=url, body=body, key=key, key_id=KEY_ID, now=NOW, accept=accept)


def received(headers: dict[str, str], *, method="POST", body: bytes | None = BODY) -> SignedMessage:
    lines = tuple((name.lower(), value) for name, value in headers.items())
    return SignedMessage(method, "/users/zoe/inbox?a=1", lines, body, "https://node.test")


@pytest.mark.parametrize("scheme", Scheme)
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(("method", "body"), [("POST", BODY), ("POST", b""), ("GET", None), ("GET", b"")])
def test_what_is_signed_verifies(scheme: Scheme, key: PrivateKey, method: str, body: bytes | None) -> None:
    message = received(send(scheme, method=method, body=body, key=key), method=method, body=body)
    claim = read(message, now=NOW + timedelta(minutes=5), hosts=frozenset({"node.test"}))
    verify(claim, key.public)
    assert (claim.scheme, claim.key_id) == (scheme, KEY_ID)


def test_the_draft_is_in_the_form_of_takahe_and_piefed() -> None:
    headers = send(Scheme.CAVAGE)
    assert list(headers) == ["Host", "Date", "Digest", "Content-Type", "Signature"]
    assert (headers["Host"], headers["Date"]) == ("node.test", DATE)
    assert headers["Digest"] == f"SHA-256={sha256_digest(BODY)}"
    start = f'keyId="{KEY_ID}",algorithm="rsa-sha256",headers="(request-target) host date digest content-type",'
    assert headers["Signature"].startswith(start)


def test_a_draft_get_covers_neither_digest_nor_type() -> None:
    headers = send(Scheme.CAVAGE, method="GET", body=None)
    assert list(headers) == ["Host", "Date", "Signature"]
    assert 'headers="(request-target) host date",' in headers["Signature"]


def test_ed25519_is_called_hs2019_in_the_draft() -> None:
    assert 'algorithm="hs2019"' in send(Scheme.CAVAGE, key=ED25519)["Signature"]


def test_rfc9421_covers_what_mastodon_covers() -> None:
    headers = send(Scheme.RFC9421)
    created = int(NOW.timestamp())
    expected = f'sig1=("@method" "@target-uri" "content-digest");created={created};keyid="{KEY_ID}";alg='
    assert headers["Signature-Input"] == f'{expected}"rsa-v1_5-sha256"'
    assert headers["Content-Digest"] == f"sha-256=:{sha256_digest(BODY)}:"
    assert "Digest" not in headers
    assert re.fullmatch(r"sig1=:[A-Za-z0-9+/=]+:", headers["Signature"])


def test_a_port_is_part_of_the_host() -> None:
    assert send(Scheme.CAVAGE, url="https://node.test:8443/inbox")["Host"] == "node.test:8443"
    with pytest.raises(Malformed):
        send(Scheme.CAVAGE, url="https://user@node.test/inbox")


CHALLENGE = 'fedify=("@method" "@target-uri" "@authority" "content-digest" "x-other" "@status");created;nonce="n-1"'


def test_a_challenge_is_heeded() -> None:
    headers = send(Scheme.RFC9421, accept=CHALLENGE)
    covered = '("@method" "@target-uri" "content-digest" "@authority")'
    assert headers["Signature-Input"].startswith(f"fedify={covered};created=")
    assert ';nonce="n-1"' in headers["Signature-Input"]
    verify(read(received(headers), now=NOW, hosts=frozenset({"node.test"})), RSA.public)


@pytest.mark.parametrize(
    "accept",
    [
        'fedify=("@method");alg="ed25519";nonce="n-1"',
        'fedify=("@method");nonce=7',
        "fedify",
        'fedify=("@method"',
        "",
        f'fedify=("@method");nonce="{"n" * 9000}"',
    ],
)
def test_a_challenge_that_we_cannot_meet_changes_nothing(accept: str) -> None:
    assert send(Scheme.RFC9421, accept=accept) == send(Scheme.RFC9421)


def test_the_first_challenge_that_fits_the_key_is_taken() -> None:
    accept = f'other=("@method");alg="ed25519", {CHALLENGE};tag="t"'
    sent = send(Scheme.RFC9421, accept=accept)["Signature-Input"]
    assert sent.startswith("fedify=")
    assert ';tag="t"' in sent
    assert send(Scheme.RFC9421, accept=accept, key=ED25519)["Signature-Input"].startswith("other=")
