"""Sessions of the pages: a random secret in a cookie, kept here as its hash, that ends so long after its last use."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from node.database import Transaction
from node.database.tables import Actor, User
from node.errors import Unauthenticated
from node.queries import users as user_rows
from node.services.tokens import new_secret, token_hash

LASTS: Final = timedelta(days=14)
"""After the last use."""
RENEWED_AFTER: Final = timedelta(days=1)
"""A use is written down at most so often: reading a page stays reading."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in. `secret` is what her cookie holds."""

    user: User
    actor: Actor
    secret: str
    expires_at: datetime

    def wants_renewal(self, now: datetime) -> bool:
        return self.expires_at - now < LASTS - RENEWED_AFTER


async def begin(tx: Transaction, user: User) -> str:
    """A new session; its secret is told once, to the browser."""
    secret = new_secret()
    row = {"user_id": user.id, "hash": token_hash(secret), "kind": "session", "scopes": ""}
    await user_rows.add_token(tx, row | {"expires_at": tx.now + LASTS})
    await signed_in(tx, user)
    return secret


async def link_works(tx: Transaction, token: str) -> bool:
    """Looking does not use it up."""
    return await user_rows.link_works(tx, token_hash(token))


async def user_of_link(tx: Transaction, token: str) -> User:
    """Whom a one-time link signs in; it works no second time."""
    user = await user_rows.use_link(tx, token_hash(token))
    if user is None:
        raise Unauthenticated("This link has been used, or it is too old: ask for a new one.", "link.used")
    return user


async def find(tx: Transaction, secret: str) -> Session | None:
    """Who is signed in by this secret; None once it has ended, or she may not be here any more."""
    found = await user_rows.by_token(tx, token_hash(secret), "session")
    if found is None:
        return None
    user, actor, token = found
    if token.expires_at is None or actor.deleted_at is not None or actor.suspended_at is not None:
        return None
    return Session(user, actor, secret, token.expires_at)


async def renew(tx: Transaction, session: Session) -> None:
    """From now on as long as a new one lasts."""
    await user_rows.extend_token(tx, token_hash(session.secret), tx.now + LASTS)
    await signed_in(tx, session.user)


async def end(tx: Transaction, secret: str) -> None:
    await user_rows.remove_token(tx, token_hash(secret))


async def signed_in(tx: Transaction, user: User) -> None:
    """Notes that she is here: for figures of use, and an operator who has come in needs no further link."""
    await user_rows.change(tx, user, active_at=tx.now)
