"""People of this node: a User with its Actor; their roles, their tokens, and links that sign in once."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from federation.identifiers import valid_name
from node.database import Transaction
from node.database.tables import Actor, User
from node.errors import Conflict, Forbidden, Invalid, NotFound
from node.queries import actors as actor_rows, users as user_rows
from node.services import notifications, oauth, scopes as scope_rules
from node.services.newcomers import KeyPair, add_local, require_free
from node.services.permissions import ROLES
from node.services.tokens import new_secret, token_hash

LINK_LIFETIME: Final = timedelta(hours=24)
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]+\Z")


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What an account starts with. `approves_followers`: nobody follows her before she says yes."""

    name: str
    email: str | None = None
    role: str = "member"
    approves_followers: bool = True

    def check(self) -> None:
        """Raises `Invalid`."""
        if not valid_name(self.name):
            raise Invalid("A name has letters a to z, digits, and - _ . between them; at most 64.", "name")
        if self.role not in ROLES:
            raise Invalid(f"A role is one of {', '.join(ROLES)}.", "role")
        if self.email is not None and not valid_email(self.email):
            raise Invalid("An e-mail address reads name@host.", "email")


def valid_email(text: str) -> bool:
    return _EMAIL.match(text) is not None and text.isprintable()


async def add(
    tx: Transaction, person: NewPerson, keys: KeyPair, password_hash: str | None = None
) -> tuple[User, Actor]:
    """A new account. Without a password she comes in by a `sign_in_link`."""
    person.check()
    await require_free(tx, person.name)
    email = person.email.lower() if person.email else None
    if email is not None and await user_rows.by_email(tx, email) is not None:
        raise Conflict("Another account has this e-mail address.", "email")
    actor = await add_local(tx, "Person", person.name, keys, locked=person.approves_followers)
    values = {"id": tx.new_id(), "actor_id": actor.id, "email": email, "password_hash": password_hash}
    user = await user_rows.add(tx, values | {"role": person.role, "created_at": tx.now})
    await notifications.signed_up(tx, actor)
    return user, actor


async def required(tx: Transaction, name: str) -> tuple[User, Actor]:
    """The person of this node with this name, in any case, disabled or not."""
    actor = await actor_rows.required_local(tx, name)
    user = await user_rows.by_actor(tx, actor.id)
    if user is None or actor.deleted_at is not None:
        raise NotFound(f"{name} is no person who can sign in on this node.")
    return user, actor


async def standing(tx: Transaction, name: str) -> tuple[User, Actor]:
    """The same for one who may act: raises `Forbidden` for a disabled account."""
    user, actor = await required(tx, name)
    _check_standing(user, name)
    return user, actor


def _check_standing(user: User, name: str) -> None:
    if user.disabled_at is not None:
        raise Forbidden(f"The account {name} is disabled.", "user.disabled")
    if user.pending_since is not None:
        raise Forbidden(f"The account {name} waits to be let in.", "user.pending")


async def disable(tx: Transaction, user: User) -> None:
    """Nobody signs in to it any more, and all who are signed in are out. What she wrote stays."""
    await spare_last_operator(tx, user)
    await user_rows.change(tx, user, disabled_at=tx.now)
    await user_rows.remove_tokens(tx, user)


async def spare_last_operator(tx: Transaction, user: User) -> None:
    """Raises `Conflict` for the only one who can run the node."""
    if user.role == "operator" and user.disabled_at is None and len(await user_rows.operators(tx)) == 1:
        raise Conflict("This is the only operator: a node needs one.", "user.last_operator")


async def enable(tx: Transaction, user: User) -> None:
    await user_rows.change(tx, user, disabled_at=None)


def checked_scopes(text: str) -> str:
    """Scopes, each once. Raises `Invalid` for one that the client API does not know."""
    scopes = list(dict.fromkeys(text.split()))
    if not scopes or any(scope not in scope_rules.ALL for scope in scopes):
        whole = ", ".join(sorted(scope for scope in scope_rules.ALL if scope.count(":") == scope.startswith("admin")))
        raise Invalid(f"Scopes are {whole} and parts of them such as read:statuses.", "scopes")
    return " ".join(scopes)


async def issue_token(tx: Transaction, user: User, scopes: str) -> str:
    """A bearer token of the client API: this is the only time it can be read."""
    _check_standing(user, (await actor_rows.known(tx, user.actor_id)).username)
    return await oauth.issue(tx, None, user, checked_scopes(scopes))


async def sign_in_link(tx: Transaction, user: User) -> str:
    """The address that signs her in once, within `LINK_LIFETIME`; only a hash of it is kept."""
    _check_standing(user, (await actor_rows.known(tx, user.actor_id)).username)
    token = new_secret()
    await user_rows.add_link(tx, user, token_hash(token), tx.now + LINK_LIFETIME)
    return f"{tx.settings.base_url}/sign-in/{token}"
