"""Keys of actors: RSA for HTTP signatures, Ed25519 for proofs; read from PEM and multikeys, and written as these.

The type of the key decides the algorithm, never a word in a header: RSA means PKCS#1 v1.5 with SHA-256 (what
`rsa-sha256`, `hs2019` and `rsa-v1_5-sha256` all mean in the field), Ed25519 means Ed25519. Nothing else is a key here.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import base58
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key as _generate_rsa_key,
)

from federation.errors import Unverified

SMALLEST_RSA: Final = 2048
LARGEST_RSA: Final = 8192
RSA_EXPONENT: Final = 65537

_LONGEST_TEXT: Final = 8192
"""Characters of a published key. RSA-8192 has 1,500 as PEM; the time base58 takes grows with the square."""
_ED25519_PREFIX: Final = b"\xed\x01"
_RSA_PREFIX: Final = b"\x85\x24"
"""Multicodec 0xed and 0x1205 as varints (FEP-521a; Fedify 2.3 publishes RSA as a multikey too)."""
_PADDING: Final = padding.PKCS1v15()
_SHA256: Final = hashes.SHA256()

_PublicKeyTypes: TypeAlias = RSAPublicKey | Ed25519PublicKey
_PrivateKeyTypes: TypeAlias = RSAPrivateKey | Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class PublicKeyMaterial:
    """A public key that has passed our limits; only `parse_public_key` and `PrivateKey` make one."""

    key: _PublicKeyTypes

    @property
    def is_rsa(self) -> bool:
        return isinstance(self.key, RSAPublicKey)

    def verify(self, signature: bytes, signed: bytes) -> None:
        """Raises `Unverified` unless this key made the signature over exactly these bytes."""
        try:
            if isinstance(self.key, RSAPublicKey):
                self.key.verify(signature, signed, _PADDING, _SHA256)
            else:
                self.key.verify(signature, signed)
        except InvalidSignature:
            raise Unverified("sig.wrong", "the signature does not fit the key") from None

    def pem(self) -> str:
        """SPKI, as `publicKeyPem` has it."""
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_bytes(serialization.Encoding.PEM, spki).decode()

    def multibase(self) -> str:
        """A multikey in base58btc, as `publicKeyMultibase` has it (`z6Mk...` for Ed25519)."""
        if isinstance(self.key, Ed25519PublicKey):
            return _multibase(_ED25519_PREFIX + self.key.public_bytes_raw())
        pkcs1 = self.key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
        return _multibase(_RSA_PREFIX + pkcs1)


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key of our own. Its text form is unencrypted PEM (PKCS#8); who stores it protects it."""

    key: _PrivateKeyTypes

    def __repr__(self) -> str:
        return f"PrivateKey({type(self.key).__name__})"

    @property
    def is_rsa(self) -> bool:
        return isinstance(self.key, RSAPrivateKey)

    @property
    def public(self) -> PublicKeyMaterial:
        return PublicKeyMaterial(self.key.public_key())

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(data, _PADDING, _SHA256)
        return self.key.sign(data)

    def pem(self) -> str:
        pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        return self.key.private_bytes(serialization.Encoding.PEM, pkcs8, plain).decode()


def generate_rsa_key() -> PrivateKey:
    """RSA-2048 with exponent 65537: NodeBB 4.11 takes no other size."""
    return PrivateKey(_generate_rsa_key(public_exponent=RSA_EXPONENT, key_size=SMALLEST_RSA))


def generate_ed25519_key() -> PrivateKey:
    """For proofs."""
    return PrivateKey(Ed25519PrivateKey.generate())


@lru_cache(maxsize=1024)
def load_private_key(pem: str) -> PrivateKey:
    """Reads a key that we wrote ourselves; its arithmetic is not checked again (35 ms for RSA-2048).

    Raises `ValueError` for text that is no such key.
    """
    key = serialization.load_pem_private_key(pem.encode(), password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise ValueError("a private key is neither RSA nor Ed25519")  # noqa: TRY004 - the text is wrong, not its type
    return PrivateKey(key)


@lru_cache(maxsize=2048)
def parse_public_key(text: str) -> PublicKeyMaterial:
    """Reads a PEM (SPKI, or PKCS#1 as old servers have it) or a multikey. Raises `Unverified` for anything else.

    RSA keys have 2048 to 8192 bits and exponent 65537. Parsed keys are kept and used again.
    """
    if len(text) > _LONGEST_TEXT:
        raise Unverified("key.large", "a key is too long")
    try:
        key = _from_multibase(text) if text.startswith("z") else serialization.load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Unverified("key.unreadable", "a key cannot be read") from error
    return _within_limits(key)


def _within_limits(key: object) -> PublicKeyMaterial:
    if isinstance(key, Ed25519PublicKey):
        return PublicKeyMaterial(key)
    if not isinstance(key, RSAPublicKey):
        raise Unverified("key.type", "a key is neither RSA nor Ed25519")
    if not SMALLEST_RSA <= key.key_size <= LARGEST_RSA:
        raise Unverified("key.size", "an RSA key has fewer than 2048 or more than 8192 bits")
    if key.public_numbers().e != RSA_EXPONENT:
        raise Unverified("key.exponent", "the exponent of an RSA key is not 65537")
    return PublicKeyMaterial(key)


def _from_multibase(text: str) -> object:
    """Raises `ValueError`."""
    content = base58.b58decode(text.removeprefix("z"))
    if content.startswith(_ED25519_PREFIX):
        return Ed25519PublicKey.from_public_bytes(content.removeprefix(_ED25519_PREFIX))
    if content.startswith(_RSA_PREFIX):
        return serialization.load_der_public_key(content.removeprefix(_RSA_PREFIX))
    raise ValueError("a multikey of an unknown kind")


def _multibase(content: bytes) -> str:
    return "z" + base58.b58encode(content).decode()
