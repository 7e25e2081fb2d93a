"""Keys: what is read, what is refused, and that what we write others can read."""

from pathlib import Path

import base58
import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa, x25519

from federation.errors import Unverified
from federation.keys import (
    PrivateKey,
    generate_ed25519_key,
    generate_rsa_key,
    load_private_key,
    parse_public_key,
)
from tests.unit.signed_requests import ED25519, RSA

PEM = serialization.Encoding.PEM
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo
PKCS1 = serialization.PublicFormat.PKCS1
FEDIFY = Path(__file__).parents[3] / "shared" / "interop" / "live" / "fedify" / "doc-actor-person.json"

# The key of FEP-8b32's test vectors.
FEP_MULTIBASE = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
# RFC 9421, appendix B.1.4.
RFC_PEM = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----
"""


def pem_of(
    private: rsa.RSAPrivateKey | dsa.DSAPrivateKey | ec.EllipticCurvePrivateKey | x25519.X25519PrivateKey,
) -> str:
    return private.public_key().public_bytes(PEM, SPKI).decode()


@pytest.mark.parametrize("key", [RSA, ED25519], ids=["rsa", "ed25519"])
def test_pem_and_multibase_are_the_same_key(key: PrivateKey) -> None:
    by_pem, by_multibase = parse_public_key(key.public.pem()), parse_public_key(key.public.multibase())
    assert by_pem == by_multibase == key.public
    for public in (by_pem, by_multibase):
        public.verify(key.sign(b"text"), b"text")
        with pytest.raises(Unverified):
            public.verify(key.sign(b"text"), b"other")


def test_pkcs1_is_read() -> None:
    text = RSA.key.public_key().public_bytes(PEM, PKCS1).decode()
    assert text.startswith("-----BEGIN RSA PUBLIC KEY-----")
    assert parse_public_key(text) == RSA.public


def test_published_forms() -> None:
    assert ED25519.public.multibase().startswith("z6Mk")
    assert parse_public_key(FEP_MULTIBASE).multibase() == FEP_MULTIBASE
    assert parse_public_key(RFC_PEM).pem() == RFC_PEM
    assert RSA.public.pem().startswith("-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA")


@pytest.mark.skipif(not FEDIFY.exists(), reason="shared/interop/live/fedify/doc-actor-person.json is missing")
def test_fedify_publishes_rsa_twice() -> None:
    actor = orjson.loads(FEDIFY.read_bytes())["body"]
    rsa_key, ed25519_key = (parse_public_key(entry["publicKeyMultibase"]) for entry in actor["assertionMethod"])
    assert rsa_key == parse_public_key(actor["publicKey"]["publicKeyPem"])
    assert rsa_key.multibase() == actor["assertionMethod"][0]["publicKeyMultibase"]
    assert (rsa_key.is_rsa, ed25519_key.is_rsa) == (True, False)


def test_parsed_keys_are_used_again() -> None:
    assert parse_public_key(RSA.public.pem()) is parse_public_key(RSA.public.pem())
    assert load_private_key(RSA.pem()) is load_private_key(RSA.pem())


def test_large_rsa_keys_are_read() -> None:
    large = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    assert parse_public_key(pem_of(large)).is_rsa


def rsa_public(bits: int, exponent: int = 65537) -> str:
    modulus = (1 << (bits - 1)) + (1 << 20) + 7
    return rsa.RSAPublicNumbers(exponent, modulus).public_key().public_bytes(PEM, SPKI).decode()


@pytest.mark.parametrize(("bits", "exponent"), [(2047, 65537), (1024, 65537), (8193, 65537), (2048, 3), (2048, 65539)])
def test_rsa_keys_out_of_bounds_are_refused(bits: int, exponent: int) -> None:
    for right in (2048, 8192):
        assert parse_public_key(rsa_public(right)).is_rsa
    with pytest.raises(Unverified) as refused:
        parse_public_key(rsa_public(bits, exponent))
    assert refused.value.reason in {"key.size", "key.exponent"}


@pytest.mark.parametrize(
    "text",
    [
        pem_of(ec.generate_private_key(ec.SECP256R1())),
        pem_of(dsa.generate_private_key(2048)),
        pem_of(x25519.X25519PrivateKey.generate()),
    ],
    ids=["ecdsa", "dsa", "x25519"],
)
def test_other_kinds_of_keys_are_refused(text: str) -> None:
    with pytest.raises(Unverified) as refused:
        parse_public_key(text)
    assert refused.value.reason == "key.type"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z",
        "zzzz",
        "z0OIl",
        "z6Mk",
        FEP_MULTIBASE[:-1],
        FEP_MULTIBASE + "1",
        "m" + FEP_MULTIBASE[1:],
        "z" + base58.b58encode(b"\xec\x01" + bytes(32)).decode(),
        "z" + base58.b58encode(b"\x85\x24" + bytes(32)).decode(),
        "secret",
        RFC_PEM.replace("MCow", "MCo*"),
        RFC_PEM.replace("PUBLIC", "PRIVATE"),
        "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
        "é",
        "\ud800",
        "z" + "1" * 9000,
        RFC_PEM + " " * 9000,
    ],
)
def test_text_that_is_no_key_is_unverified(text: str) -> None:
    with pytest.raises(Unverified):
        parse_public_key(text)


def test_a_private_key_is_no_public_one() -> None:
    with pytest.raises(Unverified):
        parse_public_key(RSA.pem())


@pytest.mark.parametrize("generate", [generate_rsa_key, generate_ed25519_key])
def test_private_keys_survive_storage_and_hide_in_logs(generate) -> None:
    key = generate()
    loaded = load_private_key(key.pem())
    assert loaded.public == key.public
    key.public.verify(loaded.sign(b"text"), b"text")
    assert "PRIVATE KEY" in key.pem()
    assert set(repr(key)) <= set("PrivateKey(RSAEd25519)")


def test_our_rsa_keys_are_what_every_peer_takes() -> None:
    key = generate_rsa_key().key
    assert isinstance(key, rsa.RSAPrivateKey)
    assert (key.key_size, key.public_key().public_numbers().e) == (2048, 65537)
    assert isinstance(generate_ed25519_key().key, ed25519.Ed25519PrivateKey)


def test_a_private_key_of_another_kind_is_no_key_of_ours() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    text = private.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
    for wrong in (text, "no key"):
        with pytest.raises(ValueError):
            load_private_key(wrong)
