"""Accounts that people make for themselves, where the node lets them: at once, or once somebody has said yes.

Until then the account is there and does nothing: its actor is suspended, so that no page and no server sees it, and
its log-in is refused with a text of its own. The node writes no e-mail, so that an address proves nothing about her.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from federation.identifiers import valid_name
from node.database import Transaction
from node.database.tables import Actor, OAuthApp, User
from node.errors import Conflict, Forbidden, Invalid
from node.queries import actors as actor_rows, users as user_rows
from node.services import oauth, passwords, users
from node.services.newcomers import KeyPair
from node.services.users import NewPerson
from node.settings import Settings

LONGEST_NAME: Final = 30
LONGEST_REASON: Final = 1000
_NAME: Final = re.compile(r"[A-Za-z0-9_]+\Z")
"""As Mastodon has them: its apps check names so."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`code` is one of Mastodon's, without `ERR_`; `text` goes on from the name of the part."""

    code: str
    text: str


class Refused(Invalid):
    """With what is wrong with each part."""

    def __init__(self, faults: Mapping[str, Fault]) -> None:
        listed = ", ".join(f"{part.capitalize()} {fault.text}" for part, fault in faults.items())
        super().__init__(f"Validation failed: {listed}", "sign_up")
        self.faults = faults


@dataclass(frozen=True, slots=True)
class SignUp:
    """What somebody fills in."""

    name: str
    email: str
    password: str = field(repr=False)
    agrees: bool
    reason: str

    def check(self, settings: Settings) -> None:
        """All that can be said without looking. Raises `Forbidden` where nobody may sign up, `Refused`."""
        if settings.sign_up == "closed":
            raise Forbidden("This action is not allowed", "sign_up.closed")
        checked = {
            "username": self._name(),
            "email": None if users.valid_email(self.email) else Fault("INVALID", "is invalid"),
            "password": self._password(),
            "agreement": None if self.agrees else Fault("ACCEPTED", "must be accepted"),
            "reason": self._reason() if settings.sign_up == "approval" else None,
        }
        faults = {part: fault for part, fault in checked.items() if fault is not None}
        if faults:
            raise Refused(faults)

    def _name(self) -> Fault | None:
        if not self.name:
            return Fault("BLANK", "can't be blank")
        if len(self.name) > LONGEST_NAME:
            return Fault("TOO_LONG", f"is too long (maximum is {LONGEST_NAME} characters)")
        well_made = _NAME.match(self.name) and valid_name(self.name)
        return None if well_made else Fault("INVALID", "must contain only letters, numbers and underscores")

    def _password(self) -> Fault | None:
        if len(self.password) < passwords.SHORTEST:
            return Fault("TOO_SHORT", f"is too short (minimum is {passwords.SHORTEST} characters)")
        if len(self.password) > passwords.LONGEST:
            return Fault("TOO_LONG", f"is too long (maximum is {passwords.LONGEST} characters)")
        return None

    def _reason(self) -> Fault | None:
        if not self.reason.strip():
            return Fault("BLANK", "can't be blank")
        too_long = len(self.reason) > LONGEST_REASON
        return Fault("TOO_LONG", f"is too long (maximum is {LONGEST_REASON} characters)") if too_long else None


async def sign_up(tx: Transaction, app: OAuthApp, new: SignUp, keys: KeyPair, password_hash: str) -> str:
    """A token for the app that she did it in. Raises `Refused` for a name that somebody has.

    An e-mail address that another account has is not kept with this one, and that is all: whoever was told could find
    out who is here by trying addresses.
    """
    email = new.email if await user_rows.by_email(tx, new.email.lower()) is None else None
    try:
        user, actor = await users.add(tx, NewPerson(new.name, email), keys, password_hash)
    except Conflict as error:
        if error.code != "name":
            raise
        raise Refused({"username": Fault("TAKEN", "has already been taken")}) from error
    if tx.settings.sign_up == "approval":
        await user_rows.change(tx, user, pending_since=tx.now, request=new.reason.strip())
        await actor_rows.change(tx, actor, suspended_at=tx.now)
    return await oauth.issue(tx, app, user, app.scopes)


async def let_in(tx: Transaction, user: User, actor: Actor) -> None:
    """Raises `Invalid` for one who does not wait."""
    if user.pending_since is None:
        raise Invalid("This account does not wait to be let in.", "sign_up.let_in")
    await user_rows.change(tx, user, pending_since=None)
    await actor_rows.change(tx, actor, suspended_at=None)


async def correct_email(tx: Transaction, user: User, email: str | None) -> None:
    """While she waits to be let in she may correct the address that she gave. Raises `Forbidden`, `Refused`."""
    if user.pending_since is None or not email:
        text = "This method is only available while the e-mail is awaiting confirmation"
        raise Forbidden(text, "sign_up.confirmed")
    if not users.valid_email(email):
        raise Refused({"email": Fault("INVALID", "is invalid")})
    if await user_rows.by_email(tx, email.lower()) is None:
        await user_rows.change(tx, user, email=email.lower())
