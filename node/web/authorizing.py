"""The page on which somebody lets an app in or refuses it (RFC 6749, section 3.1), and the one with a code to type.

What the app asked travels through signing in and through the form as one text, untouched. The answer's Location is
built as text too: a library that reads `icecubesapp://` or `com.tapbots.Ivory.10217:/request_token` as a URL writes it
in another way, and the app is never reached. Phanpy opens the page in a window of its own and waits for it there:
nothing may cut it off (no Cross-Origin-Opener-Policy).
"""

import re
from dataclasses import dataclass
from typing import ClassVar, Final
from urllib.parse import parse_qsl, urlencode

from aiohttp import web

from node.errors import Invalid
from node.middleware.headers import PAGE_POLICY
from node.middleware.state import context_of
from node.services import consent, scopes
from node.services.consent import Question
from node.services.sessions import Session
from node.web import sessions
from node.web.addresses import query
from node.web.entries import PersonEntry, person_entry
from node.web.forms import MOST_FIELDS, read, see_other
from node.web.rendering import Shell, own_page, private, shell_of

routes = web.RouteTableDef()
HERE: Final = "/oauth/authorize"
NATIVE: Final = f"{HERE}/native"
POLICY: Final = "; ".join(rule for rule in PAGE_POLICY.split("; ") if not rule.startswith("form-action"))
"""Browsers apply form-action to where the answer leads, which is an app's own scheme."""
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{20,100}\Z")
_TRUE: Final = frozenset({"true", "1"})


@dataclass(frozen=True, slots=True)
class AuthorizePage:
    """`asked` is what the app asked, as a query; `again` the address that signs somebody else in."""

    template: ClassVar[str] = "pages/authorize.html"
    shell: Shell
    app: str
    website: str | None
    person: PersonEntry
    scopes: tuple[str, ...]
    out_of_band: bool
    asked: str
    again: str


@dataclass(frozen=True, slots=True)
class AuthorizedPage:
    template: ClassVar[str] = "pages/authorized.html"
    shell: Shell
    code: str


def _sign_in(asked: str, *, again: bool = False) -> str:
    back = f"{HERE}?{asked}"
    return query("/sign-in", next=back, again="1") if again else query("/sign-in", next=back)


async def _question(request: web.Request, asked: str) -> Question:
    """Raises `HTTPBadRequest`: what is wrong is told here, and nobody is sent anywhere."""
    try:
        values = dict(reversed(parse_qsl(asked, keep_blank_values=True, max_num_fields=MOST_FIELDS)))
    except ValueError as error:
        raise web.HTTPBadRequest(reason="This app asks in a way that cannot be read.") from error
    context = context_of(request)
    async with context.database.reading(context.now()) as tx:
        try:
            return await consent.question(tx, values)
        except Invalid as error:
            raise web.HTTPBadRequest(reason=str(error)) from error


@routes.get(HERE)
@routes.get(f"{HERE}/")
async def authorize_form(request: web.Request) -> web.Response:
    pairs = list(request.query.items())
    asked = urlencode([pair for pair in pairs if pair[0] != "force_login"])
    question = await _question(request, asked)
    session = await sessions.current(request)
    if session is None or request.query.get("force_login") in _TRUE:
        return see_other(_sign_in(asked, again=session is not None))
    page = _page(request, session, question, asked)
    response = private(request, page)
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _page(request: web.Request, session: Session, question: Question, asked: str) -> AuthorizePage:
    return AuthorizePage(
        shell=shell_of(request, session),
        app=question.app.name,
        website=question.app.website,
        person=person_entry(session.actor, context_of(request).settings.host, signed_in=True),
        scopes=tuple(scopes.outermost(question.scopes)),
        out_of_band=question.out_of_band,
        asked=asked,
        again=_sign_in(asked, again=True),
    )


@routes.post(HERE)
@routes.post(f"{HERE}/")
async def authorize(request: web.Request) -> web.Response:
    form = await read(request)
    session = await sessions.current(request)
    if session is None:
        return see_other(_sign_in(form.text("asked")))
    sessions.check_form(request, session.secret, form.text("csrf"))
    question = await _question(request, form.text("asked"))
    if form.line("answer") != "allow":
        return _refused(question)
    code = await context_of(request).run(lambda tx: consent.allow(tx, question, session.user))
    return _found(query(NATIVE, code=code) if question.out_of_band else question.address(code=code))


def _refused(question: Question) -> web.Response:
    if question.out_of_band:
        return see_other("/apps")
    text = "The resource owner or authorization server denied the request."
    return _found(question.address(error="access_denied", error_description=text))


def _found(address: str) -> web.Response:
    """As text: a redirect of the library would write the address anew."""
    return web.Response(status=302, headers={"Location": address, "Cache-Control": "private, no-store"})


@routes.get(NATIVE)
@routes.get(f"{NATIVE}/")
@own_page
async def authorized(request: web.Request, session: Session) -> AuthorizedPage:
    code = request.query.get("code", "")
    if not _CODE.match(code):
        raise web.HTTPNotFound
    return AuthorizedPage(shell_of(request, session), code)
