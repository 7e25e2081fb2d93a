"""Signing in by a one-time link or with a password, and signing out."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

import structlog
from aiohttp import web

from node.database import Transaction
from node.database.tables import User
from node.errors import Unauthenticated
from node.middleware.addresses import client_address
from node.middleware.state import context_of
from node.queries import actors as actor_rows, users as user_rows
from node.services import passwords, sessions as services
from node.services.sessions import Session
from node.web import sessions
from node.web.addresses import local_path
from node.web.braking import Brake, Braked
from node.web.forms import Form, own_form, read, see_other
from node.web.rendering import Page, Shell, private, shell_of

log = structlog.get_logger()
routes = web.RouteTableDef()
BRAKE: Final = web.AppKey("sign_in_brake", Brake)
DEVICE_LASTS: Final = timedelta(days=365)
LONGEST_NAME: Final = 320
WRONG: Final = "This name and this password do not belong together. Check both, and try again."
WAITING: Final = "Your account waits until the people who run this place have let you in."


@dataclass(frozen=True, slots=True)
class SignInPage:
    """`form_token` stands for a session that is not there yet; `wait` is in seconds, 0 where nobody has to."""

    template: ClassVar[str] = "pages/sign_in.html"
    shell: Shell
    form_token: str
    back: str
    name: str = ""
    error: str = ""
    wait: int = 0


@dataclass(frozen=True, slots=True)
class SignInLinkPage:
    template: ClassVar[str] = "pages/sign_in_link.html"
    shell: Shell
    form_token: str
    token: str


@dataclass(frozen=True, slots=True)
class UsedLinkPage:
    """`contact` is empty where the node names none."""

    template: ClassVar[str] = "pages/used_link.html"
    shell: Shell
    contact: str


def _answer(request: web.Request, page: Page, secret: str, *, status: int = 200) -> web.Response:
    """With the cookie that the form's token belongs to."""
    response = private(request, page, status=status)
    sessions.set_cookie(request, response, sessions.FORM, secret)
    return response


@routes.get("/sign-in")
async def sign_in_form(request: web.Request) -> web.Response:
    """With `again` for somebody who is signed in too: she has several accounts, or her app wants to be sure."""
    back = local_path(request.query.get("next"), "/home")
    if "again" not in request.query and await sessions.current(request) is not None:
        return see_other(back)
    secret = sessions.visitor_secret(request)
    return _answer(request, SignInPage(shell_of(request, None), sessions.form_token(secret), back), secret)


@routes.post("/sign-in")
async def sign_in(request: web.Request) -> web.Response:
    form = await read(request)
    sessions.check_form(request, sessions.read_cookie(request, sessions.FORM), form.text("csrf"))
    name = form.line("name")[:LONGEST_NAME]
    try:
        user = await _checked(request, name, form.text("password"))
    except Braked as braked:
        return _refused(request, form, name, 429, wait=braked.retry_after)
    if user is None:
        return _refused(request, form, name, 401, error=WRONG)
    if user.pending_since is not None:
        return _refused(request, form, name, 403, error=WAITING)
    known = user
    secret = await context_of(request).run(lambda tx: _begin(request, tx, known))
    return _welcome(request, user, secret, form.back())


async def _checked(request: web.Request, name: str, password: str) -> User | None:
    """Whose password it is. Takes as long for an account that does not exist. Raises `Braked`."""
    context, brake = context_of(request), request.app[BRAKE]
    async with context.database.reading(context.now()) as tx:
        user = await _account(tx, name)
    keys = _brake_keys(request, user, name)
    with brake.attempt(keys, context.now()):
        matches = await passwords.matches(password, user.password_hash if user else None)
    if user is None or not matches or user.disabled_at is not None:
        log.info("web.sign_in_missed")
        brake.miss(keys, context.now())
        return None
    brake.forget(keys[:1])
    return user


async def _account(tx: Transaction, name: str) -> User | None:
    if "@" in name:
        return await user_rows.by_email(tx, name.lower())
    actor = await actor_rows.local(tx, name)
    return await user_rows.by_actor(tx, actor.id) if actor is not None else None


def _brake_keys(request: web.Request, user: User | None, name: str) -> tuple[str, ...]:
    """The account and the address; for a device on which she was signed in before, that device alone: nobody can lock
    her out by guessing."""
    device = sessions.read_cookie(request, sessions.DEVICE)
    if (
        user is not None
        and device is not None
        and hmac.compare_digest(device.encode(), _device(request, user, device).encode())
    ):
        return (f"device {device}",)
    account = str(user.id) if user is not None else name.lower()
    return f"account {account}", f"address {client_address(request)}"


def _device(request: web.Request, user: User, former: str | None = None) -> str:
    """What a browser keeps to be known again: a random word, and the node's mark that it was given for this account."""
    word = former.partition(".")[0] if former else secrets.token_hex(16)
    return f"{word}.{context_of(request).database.vault.mac('device', f'{user.id} {word}')}"


def _refused(
    request: web.Request, form: Form, name: str, status: int, *, error: str = "", wait: int = 0
) -> web.Response:
    secret = sessions.visitor_secret(request)
    token = sessions.form_token(secret)
    page = SignInPage(shell_of(request, None), token, form.back(), name=name, error=error, wait=wait)
    response = _answer(request, page, secret, status=status)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


async def _begin(request: web.Request, tx: Transaction, user: User) -> str:
    """A new session in the place of the one before, so that nobody can have laid it there."""
    former = sessions.read_cookie(request, sessions.SESSION)
    if former is not None:
        await services.end(tx, former)
    return await services.begin(tx, user)


def _welcome(request: web.Request, user: User, secret: str, back: str) -> web.Response:
    response = see_other(back)
    sessions.set_cookie(request, response, sessions.SESSION, secret, lasts=services.LASTS)
    sessions.set_cookie(request, response, sessions.DEVICE, _device(request, user), lasts=DEVICE_LASTS)
    sessions.drop_cookie(request, response, sessions.FORM)
    return response


@routes.get("/sign-in/{token}")
async def sign_in_link(request: web.Request) -> web.Response:
    """Only a page with a button: what fetches previews of links does not use it up."""
    context, token = context_of(request), request.match_info["token"]
    async with context.database.reading(context.now()) as tx:
        if not await services.link_works(tx, token):
            return _used(request)
    secret = sessions.visitor_secret(request)
    return _answer(request, SignInLinkPage(shell_of(request, None), sessions.form_token(secret), token), secret)


@routes.post("/sign-in/{token}")
async def use_link(request: web.Request) -> web.Response:
    form = await read(request)
    sessions.check_form(request, sessions.read_cookie(request, sessions.FORM), form.text("csrf"))
    token = request.match_info["token"]

    async def work(tx: Transaction) -> tuple[User, str]:
        user = await services.user_of_link(tx, token)
        return user, await _begin(request, tx, user)

    try:
        user, secret = await context_of(request).run(work)
    except Unauthenticated:
        return _used(request)
    return _welcome(request, user, secret, "/home")


def _used(request: web.Request) -> web.Response:
    """Of a link that was used, is too old or never was: nobody is told which."""
    page = UsedLinkPage(shell_of(request, None), context_of(request).settings.contact)
    return private(request, page, status=410)


@routes.post("/sign-out")
@own_form
async def sign_out(request: web.Request, session: Session, _form: Form) -> web.Response:
    await context_of(request).run(lambda tx: services.end(tx, session.secret))
    response = see_other("/")
    response.headers["Clear-Site-Data"] = '"cache"'
    sessions.drop_cookie(request, response, sessions.SESSION)
    return response
