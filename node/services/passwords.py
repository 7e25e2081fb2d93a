"""Passwords as argon2id hashes. Hashing takes tens of milliseconds and runs outside of any transaction."""

import asyncio
from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from node.errors import Invalid

SHORTEST: Final = 8
LONGEST: Final = 1024
"""Characters. More says nothing about strength and costs time to hash."""


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    """19 MiB, two passes, one lane (OWASP's choice for small machines): some 40 ms on one core."""
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def check(password: str) -> None:
    """Raises `Invalid`."""
    if len(password) < SHORTEST:
        raise Invalid(f"A password has at least {SHORTEST} characters.", "password.short")
    if len(password) > LONGEST:
        raise Invalid(f"A password has at most {LONGEST} characters.", "password.long")


async def hashed(password: str) -> str:
    """Raises `Invalid` for what no password may be."""
    check(password)
    return await asyncio.to_thread(_hasher().hash, password)


async def matches(password: str, password_hash: str | None) -> bool:
    """Takes as long without a hash: the time of the answer does not tell whether an account exists."""
    return await asyncio.to_thread(_matches, password[: LONGEST + 1], password_hash)


def _matches(password: str, password_hash: str | None) -> bool:
    try:
        return _hasher().verify(password_hash or _of_nobody(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _of_nobody() -> str:
    return _hasher().hash("nobody's password")
