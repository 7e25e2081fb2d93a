"""The vectors that RFC 9421 publishes for the two algorithms we take: appendix B.2.6, and the proxy of section 4.3."""

from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from federation.errors import Malformed, Unverified
from federation.keys import parse_public_key
from federation.signatures import Claim, Scheme, SignedMessage, check_digest, read, verify
from tests.unit.signed_requests import KEY_ID

# Appendix B.1.1 (PKCS#1), B.1.4 and B.2; section 4.3 for the proxy's signature.
RFC_RSA_KEY = """-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEAhAKYdtoeoy8zcAcR874L8cnZxKzAGwd7v36APp7Pv6Q2jdsPBRrw
WEBnez6d0UDKDwGbc6nxfEXAy5mbhgajzrw3MOEt8uA5txSKobBpKDeBLOsdJKFq
MGmXCQvEG7YemcxDTRPxAleIAgYYRjTSd/QBwVW9OwNFhekro3RtlinV0a75jfZg
kne/YiktSvLG34lw2zqXBDTC5NHROUqGTlML4PlNZS5Ri2U4aCNx2rUPRcKIlE0P
uKxI4T+HIaFpv8+rdV6eUgOrB2xeI1dSFFn/nnv5OoZJEIB+VmuKn3DCUcCZSFlQ
PSXSfBDiUGhwOw76WuSSsf1D4b/vLoJ10wIDAQAB
-----END RSA PUBLIC KEY-----
"""
RFC_ED25519_KEY = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----
"""
RFC_REQUEST = SignedMessage(
    method="POST",
    target="/foo?param=Value&Pet=dog",
    headers=(
        ("host", "example.com"),
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("content-type", "application/json"),
        (
            "content-digest",
            "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
        ),
        ("content-length", "18"),
    ),
    body=b'{"hello": "world"}',
    origin="https://example.com",
)
RFC_ED25519_INPUT = (
    'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")'
    ';created=1618884473;keyid="test-key-ed25519"'
)
RFC_ED25519_SIGNATURE = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
RFC_PROXY_INPUT = (
    'proxy_sig=("@method" "@authority" "@path" "content-digest" "content-type" "content-length" "forwarded")'
    ';created=1618884480;keyid="test-key-rsa";alg="rsa-v1_5-sha256";expires=1618884540'
)
RFC_PROXY_SIGNATURE = (
    "S6ZzPXSdAMOPjN/6KXfXWNO/f7V6cHm7BXYUh3YD/fRad4BCaRZxP+JH+8XY1I6+8Cy+CM5g92iHgxtRPz+MjniOaYmdkDcnL9cCpXJleXsO"
    "ckpURl49GwiyUpZ10KHgOEe11sx3G2gxI8S0jnxQB+Pu68U9vVcasqOWAEObtNKKZd8tSFu7LB5YAv0RAGhB8tmpv7sFnIm9y+7X5kXQfi8N"
    "MaZaA8i2ZHwpBdg7a6CMfwnnrtflzvZdXAsD3LH2TwevU+/PBPv0B6NMNk93wUs/vfJvye+YuI87HU38lZHowtznbLVdp770I6VHR6WfgS9d"
    "dzirrswsE1w5o0LV/g=="
)


def published_claim(message: SignedMessage, sent_input: str, signature: str) -> Claim:
    """The claim of a vector whose key id is no URL and which covers less than we ask: `read` takes neither."""
    label, _, rest = sent_input.partition("=")
    covered, _, _ = rest.removeprefix("(").partition(")")
    lines = (("signature-input", sent_input), ("signature", f"{label}=:{signature}:"))
    return Claim(
        scheme=Scheme.RFC9421,
        key_id=KEY_ID,
        algorithm=None,
        covered=tuple(covered.replace('"', "").split()),
        created=None,
        expires=None,
        sent_key_id=sent_input.split('keyid="')[1].partition('"')[0],
        signature=b64decode(signature),
        message=replace(message, headers=message.headers + lines),
    )


def test_vector_b26_ed25519() -> None:
    claim = published_claim(RFC_REQUEST, RFC_ED25519_INPUT, RFC_ED25519_SIGNATURE)
    verify(claim, parse_public_key(RFC_ED25519_KEY))
    with pytest.raises(Unverified):
        verify(replace(claim, message=replace(claim.message, method="PUT")), parse_public_key(RFC_ED25519_KEY))


def test_vector_of_section_43_rsa() -> None:
    forwarded = ("forwarded", "for=192.0.2.123;host=example.com;proto=https")
    message = replace(
        RFC_REQUEST, headers=(*RFC_REQUEST.headers, forwarded), origin="https://origin.host.internal.example"
    )
    claim = published_claim(message, RFC_PROXY_INPUT, RFC_PROXY_SIGNATURE)
    verify(claim, parse_public_key(RFC_RSA_KEY))
    with pytest.raises(Unverified):
        verify(replace(claim, message=replace(claim.message, target="/bar")), parse_public_key(RFC_RSA_KEY))


def test_the_vectors_digest() -> None:
    check_digest(RFC_REQUEST)
    with pytest.raises(Unverified):
        check_digest(replace(RFC_REQUEST, body=b'{"hello": "World"}'))


@pytest.mark.parametrize("sent_input", [RFC_ED25519_INPUT, RFC_ED25519_INPUT.replace("test-key-ed25519", KEY_ID)])
def test_the_vectors_cover_less_than_we_ask(sent_input: str) -> None:
    message = published_claim(RFC_REQUEST, sent_input, RFC_ED25519_SIGNATURE).message
    with pytest.raises((Malformed, Unverified)):
        read(message, now=datetime.fromtimestamp(1618884473, UTC), hosts=frozenset({"example.com"}))
