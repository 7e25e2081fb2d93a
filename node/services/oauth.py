"""OAuth 2 for apps: registering one, letting it in, exchanging the code for a token, and taking that away (RFC 6749,
7009, 7636).

Codes and tokens are random and kept as their hash. Redirect addresses are compared letter by letter, never parsed:
real ones are `icecubesapp://` and `com.tapbots.Ivory.10217:/request_token`.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from node.database import Transaction
from node.database.tables import Actor, OAuthApp, User
from node.errors import Invalid, NodeError
from node.queries import apps as app_rows, users as user_rows
from node.services.tokens import new_secret, token_hash

OUT_OF_BAND: Final = "urn:ietf:wg:oauth:2.0:oob"
CODE_LASTS: Final = timedelta(minutes=10)
LONGEST_NAME: Final = 100
LONGEST_URI: Final = 2000
MOST_URIS: Final = 20
_DANGEROUS: Final = ("javascript:", "data:", "vbscript:")


class GrantError(NodeError):
    """An error of the token endpoint; `code` is one of RFC 6749, section 5.2."""


class ClientError(GrantError):
    """401, and the text is matched: Elk registers anew on exactly this beginning."""

    def __init__(self) -> None:
        super().__init__(
            "Client authentication failed due to unknown client, no client authentication included, or unsupported "
            "authentication method.",
            "invalid_client",
        )


class CodeError(GrantError):
    """Of a code that lets nobody in, whatever the reason."""

    def __init__(self) -> None:
        super().__init__(
            "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in "
            "the authorization request, or was issued to another client.",
            "invalid_grant",
        )


@dataclass(frozen=True, slots=True)
class NewApp:
    name: str
    redirect_uris: tuple[str, ...]
    scopes: str
    website: str | None = None

    def check(self) -> None:
        """Raises `Invalid`."""
        if not self.name.strip() or len(self.name) > LONGEST_NAME:
            raise Invalid("Validation failed: Name can't be blank, and has at most 100 characters", "app.name")
        if not self.redirect_uris or len(self.redirect_uris) > MOST_URIS:
            raise Invalid("Validation failed: Redirect URI can't be blank", "app.redirect")
        for uri in self.redirect_uris:
            if not _absolute(uri):
                raise Invalid("Validation failed: Redirect URI must be an absolute URI.", "app.redirect")
        if self.website and not self.website.startswith(("https://", "http://")):
            raise Invalid("Validation failed: Website must be a valid URL", "app.website")


def _absolute(uri: str) -> bool:
    scheme, colon, _ = uri.partition(":")
    plain = scheme.replace("+", "").replace("-", "").replace(".", "")
    well_made = bool(colon) and plain.isascii() and plain.isalnum() and plain[0].isalpha()
    printable = uri.isprintable() and " " not in uri and len(uri) <= LONGEST_URI
    return well_made and printable and not uri.lower().startswith(_DANGEROUS)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a token speaks for."""

    token_id: int
    scopes: str
    app: OAuthApp | None
    user: User | None
    actor: Actor | None

    def wants_noting(self, now: datetime, every: timedelta) -> bool:
        return self.user is not None and (self.user.active_at is None or now - self.user.active_at > every)


async def register(tx: Transaction, new: NewApp) -> tuple[OAuthApp, str]:
    """The app and its secret, which can be read this once."""
    new.check()
    secret = new_secret()
    values = {
        "client_id": new_secret(),
        "secret_hash": token_hash(secret),
        "name": new.name.strip(),
        "website": new.website or None,
        "redirect_uris": list(new.redirect_uris),
        "scopes": new.scopes,
    }
    return await app_rows.add(tx, values), secret


async def authenticated(tx: Transaction, client_id: str, secret: str) -> OAuthApp:
    """Raises `ClientError`."""
    app = await app_rows.by_client_id(tx, client_id)
    if app is None or not hmac.compare_digest(app.secret_hash, token_hash(secret)):
        raise ClientError
    return app


async def grant(
    tx: Transaction, app: OAuthApp, user: User, *, redirect_uri: str, scopes: str, challenge: str | None
) -> str:
    """The code that lets the app in, once, within ten minutes."""
    code = new_secret()
    values = {"app_id": app.id, "user_id": user.id, "redirect_uri": redirect_uri, "scopes": scopes}
    kept = {"hash": token_hash(code), "challenge": challenge, "expires_at": tx.now + CODE_LASTS}
    await app_rows.add_code(tx, values | kept)
    return code


async def exchange(
    tx: Transaction, app: OAuthApp, *, code: str, redirect_uri: str, verifier: str | None
) -> tuple[str, str] | None:
    """The token and its scopes. None for a code that was used before: the token that it was exchanged for is taken
    away with it (RFC 6749, section 4.1.2), which has to be committed. Raises `CodeError`."""
    found = await app_rows.code(tx, token_hash(code))
    if found is None or found.app_id != app.id or found.expires_at <= tx.now:
        raise CodeError
    if found.redirect_uri != redirect_uri or not _proves(found.challenge, verifier):
        raise CodeError
    if found.used_at is not None:
        if found.token_id is not None:
            await app_rows.remove_token(tx, found.token_id)
        return None
    token_id = tx.new_id()
    if not await app_rows.use_code(tx, found, token_id) or not await user_rows.stands(tx, found.user_id):
        raise CodeError
    token = await _issue(tx, token_id, app, found.user_id, found.scopes)
    await app_rows.note_use(tx, app)
    return token, found.scopes


def _proves(challenge: str | None, verifier: str | None) -> bool:
    """PKCE, S256 (RFC 7636). A verifier that nobody asked for proves nothing and harms nothing."""
    if challenge is None:
        return True
    if not verifier:
        return False
    made = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(made.encode(), challenge.rstrip("=").encode())


async def issue_to_app(tx: Transaction, app: OAuthApp, scopes: str) -> str:
    """A token of the app's own, with which it reads what anybody may, and registers people."""
    return await _issue(tx, tx.new_id(), app, None, scopes)


async def issue(tx: Transaction, app: OAuthApp | None, user: User, scopes: str) -> str:
    """A token for somebody, without a code: she has just signed up in the app, or it is for a program of her own."""
    return await _issue(tx, tx.new_id(), app, user.id, scopes)


async def _issue(tx: Transaction, token_id: int, app: OAuthApp | None, user_id: int | None, scopes: str) -> str:
    secret = new_secret()
    whose = {"user_id": user_id, "app_id": app.id if app is not None else None}
    values = {"id": token_id, "hash": token_hash(secret), "kind": "api", "scopes": scopes, "expires_at": None}
    await user_rows.add_token(tx, whose | values)
    return secret


async def revoke(tx: Transaction, app: OAuthApp, secret: str) -> bool:
    """Whether it was this app's to revoke. One that is not known is as good as revoked (RFC 7009, section 2.2)."""
    token = await app_rows.token(tx, token_hash(secret))
    if token is None:
        return True
    if token.app_id != app.id:
        return False
    await app_rows.remove_token(tx, token.id)
    return True


async def bearer(tx: Transaction, hashed: str) -> Bearer | None:
    """Whom a token speaks for; nobody, once her account is gone or suspended. Who waits to be let in is told so."""
    found = await app_rows.bearer(tx, hashed)
    if found is None:
        return None
    token, app, user, actor = found
    if user is not None and (actor is None or actor.deleted_at is not None):
        return None
    if user is not None and actor is not None and actor.suspended_at is not None and user.pending_since is None:
        return None
    return Bearer(token.id, token.scopes, app, user, actor)


async def note_use(tx: Transaction, found: Bearer) -> None:
    """That she is here, for figures of use."""
    if found.user is not None:
        await user_rows.change(tx, found.user, active_at=tx.now)
