"""Secrets that are handed out once and kept as a hash: bearer tokens, sessions, one-time links."""

import hashlib
import secrets
from typing import Final

TOKEN_BYTES: Final = 32


def new_secret() -> str:
    """256 random bits, for an address or a header."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(secret: str) -> str:
    """What is stored. The secret is random and long: a plain SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()
