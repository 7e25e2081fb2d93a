"""Bearer tokens: who calls, for which app, with which scopes. Looked up once, and dropped when any account changes."""

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from aiohttp import web

from node.context import Context
from node.database.tables import Actor, OAuthApp, User
from node.errors import Forbidden
from node.mastodon.errors import BadToken, NoUser, NoUserBehind, OutsideScopes
from node.services import oauth, scopes as scope_rules
from node.services.tokens import token_hash

KEPT: Final = 10_000
STREAMS: Final = "/api/v1/streaming"
SEEN_EVERY: Final = timedelta(hours=12)
"""How often a use is written down: reading stays reading."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Nobody, an app, or somebody with her app."""

    token: str | None = None
    """Its hash."""
    token_id: int | None = None
    scopes: tuple[str, ...] = ()
    app: OAuthApp | None = None
    user: User | None = None
    actor: Actor | None = None


NOBODY: Final = Viewer()


class Tokens:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: OrderedDict[str, Viewer] = OrderedDict()
        self._changes = 0
        context.bus.on("actors", self._forget)

    def _forget(self) -> None:
        self._changes += 1
        self._known.clear()

    async def viewer(self, secret: str) -> Viewer:
        """Raises `BadToken`."""
        hashed = token_hash(secret)
        known = self._known.get(hashed)
        if known is None:
            known = await self._looked_up(hashed)
        return known

    async def _looked_up(self, hashed: str) -> Viewer:
        changes = self._changes
        found = await self._bearer(hashed)
        if found.wants_noting(self._context.now(), SEEN_EVERY):
            await self._context.run(lambda tx: oauth.note_use(tx, found))
            changes = self._changes  # that is one of her account, so she is read anew
            found = await self._bearer(hashed)
        known = Viewer(hashed, found.token_id, tuple(found.scopes.split()), found.app, found.user, found.actor)
        if changes == self._changes:  # what was read before a change is not kept after it
            self._known[hashed] = known
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return known

    async def _bearer(self, hashed: str) -> oauth.Bearer:
        async with self._context.database.reading(self._context.now()) as tx:
            found = await oauth.bearer(tx, hashed)
        if found is None:
            raise BadToken
        return found


TOKENS: Final = web.AppKey("api_tokens", Tokens)


def secret_of(request: web.Request) -> str | None:
    """The bearer token in the header. Raises `BadToken` for a header that is none."""
    header = request.headers.get("Authorization")
    if header is None:
        return _beside_header(request)
    kind, _, secret = header.partition(" ")
    if kind.lower() != "bearer" or not secret.strip():
        raise BadToken
    return secret.strip()


def _beside_header(request: web.Request) -> str | None:
    """Of a stream alone: a browser can give it no header, so that the token comes as a parameter or, of a WebSocket, as
    its subprotocol."""
    if not request.path.startswith(STREAMS):
        return None
    protocol = request.headers.get("Sec-WebSocket-Protocol", "").partition(",")[0].strip()
    return request.query.get("access_token") or protocol or None


async def viewer(request: web.Request) -> Viewer:
    """Who calls. Raises `BadToken`."""
    secret = secret_of(request)
    return NOBODY if secret is None else await request.app[TOKENS].viewer(secret)


def check(viewer: Viewer, *, needs_user: bool, scopes: Collection[str]) -> None:
    """Raises `NoUser`, `NoUserBehind`, `OutsideScopes`, `Forbidden` for an account that may not act."""
    if viewer.token is None:
        raise NoUser
    if needs_user and viewer.user is None:
        raise NoUserBehind
    if scopes and not scope_rules.covers(viewer.scopes, scopes):
        raise OutsideScopes
    if viewer.user is not None and viewer.user.disabled_at is not None:
        raise Forbidden("Your login is currently disabled", "user.disabled")
    if needs_user and viewer.user is not None and viewer.user.pending_since is not None:
        raise Forbidden("Your login is currently pending approval", "user.pending")
