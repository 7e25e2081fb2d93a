"""Who is signed in, by a cookie; and the proof that a form was sent from a page of ours.

A form holds a token made from the session's secret (before there is one: from that of a short-lived cookie), and the
browser's own word on where the request comes from must agree: Sec-Fetch-Site, or Origin where that is absent.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from aiohttp import web

from node.errors import Forbidden
from node.middleware.state import context_of
from node.services import sessions
from node.services.sessions import Session
from node.web.addresses import query

SESSION: Final = "session"
FORM: Final = "form"
DEVICE: Final = "device"


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who asks, found once per request."""

    session: Session | None
    renewed: bool = False


_READER: Final = web.RequestKey("reader", _Reader)


def cookie_name(request: web.Request, name: str) -> str:
    """On https a name that only this host can set, and for all of its paths."""
    return f"__Host-{name}" if _secure(request) else name


def read_cookie(request: web.Request, name: str) -> str | None:
    return request.cookies.get(cookie_name(request, name))


def set_cookie(
    request: web.Request, response: web.StreamResponse, name: str, value: str, *, lasts: timedelta | None = None
) -> None:
    age = int(lasts.total_seconds()) if lasts is not None else None
    response.set_cookie(
        cookie_name(request, name),
        value,
        max_age=age,
        path="/",
        secure=_secure(request),
        httponly=True,
        samesite="Lax",
    )


def drop_cookie(request: web.Request, response: web.StreamResponse, name: str) -> None:
    response.del_cookie(cookie_name(request, name), path="/", secure=_secure(request), httponly=True, samesite="Lax")


def _secure(request: web.Request) -> bool:
    return context_of(request).settings.base_url.startswith("https://")


async def current(request: web.Request) -> Session | None:
    """Who is signed in; her session lasts longer for being used."""
    secret = read_cookie(request, SESSION)
    if secret is None:
        return None
    if _READER not in request:
        request[_READER] = await _read(request, secret)
    return request[_READER].session


async def _read(request: web.Request, secret: str) -> _Reader:
    context = context_of(request)
    async with context.database.reading(context.now()) as tx:
        session = await sessions.find(tx, secret)
    if session is None or not session.wants_renewal(context.now()):
        return _Reader(session)
    used = session
    await context.run(lambda tx: sessions.renew(tx, used))
    return _Reader(session, renewed=True)


def renew_cookie(request: web.Request, response: web.StreamResponse) -> None:
    """The browser keeps its cookie as long as the session that was renewed in this request."""
    reader = request.get(_READER)
    if reader is not None and reader.session is not None and reader.renewed:
        set_cookie(request, response, SESSION, reader.session.secret, lasts=sessions.LASTS)


async def required(request: web.Request) -> Session:
    """Sends visitors to sign in; what they wanted to read is where they come back to."""
    session = await current(request)
    if session is None:
        back = request.path_qs if request.method in {"GET", "HEAD"} else "/home"
        raise web.HTTPSeeOther(query("/sign-in", next=back))
    return session


def form_token(secret: str) -> str:
    return hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()


def visitor_secret(request: web.Request) -> str:
    """The secret behind the forms of somebody who is not signed in yet."""
    return read_cookie(request, FORM) or secrets.token_urlsafe(32)


def check_form(request: web.Request, secret: str | None, token: str) -> None:
    """Raises `Forbidden` for a form that no page of ours has made for this browser."""
    if not _from_here(request) or secret is None or not _equal(form_token(secret), token):
        raise Forbidden("This form is too old, or was not sent from this site. Go back, reload, and try again.", "csrf")


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _from_here(request: web.Request) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    return request.headers.get("Origin", "").lower() == context_of(request).settings.base_url.lower()
