"""Whatever is signed verifies, and verifies no more when any covered byte has changed; nothing read ever crashes."""

from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from federation.errors import FederationError, Unverified
from federation.signatures import Scheme, SignedMessage, read, sign, verify
from tests.unit.signed_requests import BODY, ED25519, HOSTS, KEY_ID, NOW, RSA, changed, draft, rfc9421

KEYS = st.sampled_from([RSA, ED25519])
SCHEMES = st.sampled_from(list(Scheme))
PATHS = st.lists(st.text("abcZ09-._~@:%2F", max_size=8).map(lambda text: text.replace("%", "%20")), max_size=4).map(
    lambda parts: "/" + "/".join(parts)
)
QUERIES = st.sampled_from(["", "?a=1", "?page=true&min_id=0", "?q=%C3%A9"])


def send(scheme: Scheme, key, target: str, body: bytes) -> SignedMessage:
    url = f"https://node.test{target}"
    headers = sign(scheme, method="POST", url=url, body=body, key=key, key_id=KEY_ID, now=NOW)
    lines = tuple((name.lower(), value) for name, value in headers.items())
    return SignedMessage("POST", target, lines, body, "https://node.test")


def accept(message: SignedMessage, key) -> None:
    """The draft does not sign the key id: under another one, another key would be found."""
    claim = read(message, now=NOW, hosts=HOSTS)
    if claim.key_id != KEY_ID:
        raise Unverified("key.unknown")
    verify(claim, key.public)


@given(scheme=SCHEMES, key=KEYS, path=PATHS, query=QUERIES, body=st.binary(max_size=200))
@settings(deadline=None)
def test_round_trip(scheme: Scheme, key, path: str, query: str, body: bytes) -> None:
    accept(send(scheme, key, path + query, body), key)


@given(scheme=SCHEMES, key=KEYS, data=st.data())
@settings(deadline=None)
def test_a_changed_byte_of_the_body_is_refused(scheme: Scheme, key, data: st.DataObject) -> None:
    message = send(scheme, key, "/inbox", BODY)
    position = data.draw(st.integers(0, len(BODY) - 1))
    flipped = bytearray(BODY)
    flipped[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Unverified):
        accept(replace(message, body=bytes(flipped)), key)


@given(scheme=SCHEMES, key=KEYS, data=st.data())
@settings(deadline=None)
def test_a_changed_character_of_the_path_is_refused(scheme: Scheme, key, data: st.DataObject) -> None:
    target = "/users/zoe/inbox"
    position = data.draw(st.integers(1, len(target) - 1))
    character = data.draw(st.sampled_from("abcdefXYZ019-_~"))
    other = target[:position] + character + target[position + 1 :]
    if other != target:
        with pytest.raises(Unverified):
            accept(replace(send(scheme, key, target, BODY), target=other), key)


@given(scheme=SCHEMES, key=KEYS, data=st.data())
@settings(deadline=None, max_examples=200)
def test_a_changed_character_of_a_header_is_refused(scheme: Scheme, key, data: st.DataObject) -> None:
    """Of any header that is signed or carries the signature; RFC 9421 covers neither Host, Date nor the type."""
    message = send(scheme, key, "/inbox", BODY)
    names = [name for name, _ in message.headers if scheme is Scheme.CAVAGE or "digest" in name or "signature" in name]
    name = data.draw(st.sampled_from(names))
    value = message.single(name) or ""
    position = data.draw(st.integers(0, len(value) - 1))
    character = data.draw(st.characters(min_codepoint=33, max_codepoint=126))
    other = value[:position] + character + value[position + 1 :]
    if not _reads_the_same(name, value, other):
        with pytest.raises(FederationError):
            accept(changed(message, **{name.replace("-", "_"): other}), key)


def _reads_the_same(name: str, value: str, other: str) -> bool:
    """Changes that keep the meaning: case of names in the draft's list, of Host, and the bits base64 does not use."""
    if name in {"signature", "host"}:
        return value.lower() == other.lower() or _unused_bits(value) == _unused_bits(other)
    return value == other


def _unused_bits(value: str) -> tuple[str, str]:
    start, _, _ = value.rpartition("=")
    return start.rstrip("=")[:-1], value[-1]


@given(header=st.text(max_size=60), other=st.text(max_size=60))
@settings(deadline=None)
def test_no_signature_header_crashes(header: str, other: str) -> None:
    for message in (draft(), rfc9421()):
        for changes in ({"signature": header}, {"signature": header, "signature_input": other}, {"digest": header}):
            with pytest.raises(FederationError):
                accept(changed(message, content_digest=other, **changes), RSA)


PIECES = st.lists(
    st.sampled_from(
        [
            *('keyId="', 'headers="', 'signature="', "(request-target)", "host date digest", "created=", "1", '"', ","),
            *(
                "sig1=",
                "keyid=",
                '"@method"',
                '"@target-uri"',
                '"content-digest"',
                "AAAA",
                "(",
                ")",
                ";",
                ":",
                " ",
                "\\",
            ),
        ]
    ),
    max_size=30,
).map("".join)


@given(signature=PIECES, signature_input=st.none() | PIECES)
@settings(deadline=None, max_examples=300)
def test_no_arrangement_of_known_pieces_crashes(signature: str, signature_input: str | None) -> None:
    with pytest.raises(FederationError):
        accept(changed(draft(), signature=signature, signature_input=signature_input), RSA)
