"""What somebody decides about apps: whether one that asks is let in, and which of those that are in has to go.

Anybody may register an app, so what is wrong with its question is told to the person and sent nowhere: a node that
redirected by itself would lend its name to any address (RFC 9700, section 4.11.2).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from node.database import Transaction
from node.database.tables import OAuthApp, User
from node.errors import Invalid
from node.queries import apps as app_rows
from node.services import oauth, scopes as scope_rules

_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}=?\Z")
"""SHA-256 in base64url (RFC 7636, section 4.2)."""


@dataclass(frozen=True, slots=True)
class Question:
    """What an app asks for (RFC 6749, section 4.1.1), after all of it was checked."""

    app: OAuthApp
    redirect_uri: str
    scopes: str
    state: str | None
    challenge: str | None

    @property
    def out_of_band(self) -> bool:
        """The person types the code into the app herself."""
        return self.redirect_uri == oauth.OUT_OF_BAND

    def address(self, **values: str) -> str:
        """Where she goes with the answer. The redirect address stays as it was registered, letter by letter."""
        given = values if self.state is None else values | {"state": self.state}
        sign = "&" if "?" in self.redirect_uri else "?"
        return self.redirect_uri + sign + "&".join(f"{name}={quote(text, safe='')}" for name, text in given.items())


async def question(tx: Transaction, asked: Mapping[str, str]) -> Question:
    """Raises `Invalid`, with a text for the person."""
    app = await app_rows.by_client_id(tx, asked.get("client_id", ""))
    if app is None:
        raise Invalid("This app is not known here. Go back to it and start again.", "oauth.client")
    if asked.get("redirect_uri", "") not in app.redirect_uris:
        raise Invalid("This app wants to be answered at an address that it has not registered.", "oauth.redirect")
    if asked.get("response_type") != "code":
        raise Invalid("This app asks in a way that is not offered here.", "oauth.response_type")
    scopes = scope_rules.wanted(asked.get("scope"))
    if not scopes or not scope_rules.within(scopes, app.scopes):
        raise Invalid("This app asks for more than it has registered for.", "oauth.scope")
    return Question(app, asked["redirect_uri"], scopes, asked.get("state"), _challenge(asked))


def _challenge(asked: Mapping[str, str]) -> str | None:
    """S256 alone: a plain one would protect nothing. Raises `Invalid`."""
    challenge = asked.get("code_challenge")
    if not challenge:
        return None
    if asked.get("code_challenge_method") != "S256" or not _CHALLENGE.match(challenge):
        raise Invalid("This app protects its question in a way that is not offered here.", "oauth.challenge")
    return challenge


async def allow(tx: Transaction, asked: Question, user: User) -> str:
    """The code that lets the app in."""
    return await oauth.grant(
        tx, asked.app, user, redirect_uri=asked.redirect_uri, scopes=asked.scopes, challenge=asked.challenge
    )


@dataclass(frozen=True, slots=True)
class LetIn:
    """An app that somebody has let in, once or several times. Without one it is a token that was made for a program on
    the command line."""

    app: OAuthApp | None
    scopes: str
    since: datetime
    tokens: int


async def let_in(tx: Transaction, user: User) -> list[LetIn]:
    """The newest first."""
    found: dict[int | None, LetIn] = {}
    for token, app in await app_rows.tokens_of(tx, user.id):
        known = found.get(token.app_id)
        scopes = scope_rules.known(f"{known.scopes} {token.scopes}" if known else token.scopes)
        found[token.app_id] = LetIn(app, scopes, token.created_at, known.tokens + 1 if known else 1)
    return list(found.values())


async def withdraw(tx: Transaction, user: User, app_id: int | None) -> None:
    """All tokens that one app holds for her, and codes that would make another; it is out at once."""
    await app_rows.remove_tokens(tx, user.id, app_id)
