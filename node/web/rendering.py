"""From a frozen context to HTML: the templates, what every page shows around it, and the two kinds of answers.

A page for visitors is rendered once and kept until something on the node changes; one for somebody who is signed in is
rendered for her alone and kept nowhere.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import ClassVar, Final, Protocol

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from node.context.rendered import Rendering
from node.database.tables import Post
from node.middleware.addresses import row_id
from node.middleware.state import Handler, context_of
from node.queries.timelines import Page as Window
from node.services.languages import name_of
from node.services.sessions import Session
from node.web import sessions, static
from node.web.entries import PersonEntry, person_entry
from node.web.wording import day, stamp

ENVIRONMENT: Final = web.AppKey("environment", Environment)
TEMPLATES: Final = Path(__file__).parent / "templates"
PER_PAGE: Final = 20


@dataclass(frozen=True, slots=True)
class Shell:
    """What stands around every page. `csrf` is empty where there is no form; `path` is where a form comes back to."""

    node: str
    host: str
    viewer: PersonEntry | None
    csrf: str
    path: str
    stylesheet: str
    icon: str


class Page(Protocol):
    """A frozen context class per page; `template` names its file."""

    template: ClassVar[str]

    @property
    def shell(self) -> Shell: ...


PageHandler = Callable[[web.Request, Session | None], Awaitable[Page]]
OwnPageHandler = Callable[[web.Request, Session], Awaitable[Page]]


def environment() -> Environment:
    """Autoescaping, strict about names, and ready for catalogues: whole sentences go through gettext."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_null_translations(newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    made.filters |= {"day": day, "stamp": stamp, "language": name_of}
    return made


def shell_of(request: web.Request, session: Session | None) -> Shell:
    """A visitor's has no query string: the page is kept, and what one of them asked is not for the next."""
    settings = context_of(request).settings
    files = request.app[static.FILES]
    return Shell(
        node=settings.node_name,
        host=settings.host,
        viewer=person_entry(session.actor, settings.host, signed_in=True) if session else None,
        csrf=sessions.form_token(session.secret) if session else "",
        path=_back(request, session),
        stylesheet=files.address("ordito.css"),
        icon=files.address("icon.svg"),
    )


def _back(request: web.Request, session: Session | None) -> str:
    if request.method != "GET":
        return "/home"
    return request.path if session is None else request.path_qs


def html_of(request: web.Request, page: Page) -> str:
    return request.app[ENVIRONMENT].get_template(page.template).render(page=page, shell=page.shell)


def private(request: web.Request, page: Page, *, status: int = 200) -> web.Response:
    """For one reader: kept nowhere, so that "back" after signing out shows nothing."""
    headers = {"Cache-Control": "private, no-store", "Vary": "Accept, Cookie"}
    response = web.Response(
        text=html_of(request, page), status=status, content_type="text/html", charset="utf-8", headers=headers
    )
    sessions.renew_cookie(request, response)
    return response


def open_page(handler: PageHandler) -> Handler:
    """A page that anybody may open."""

    @wraps(handler)
    async def respond(request: web.Request) -> web.Response:
        session = await sessions.current(request)
        if session is not None:
            return private(request, await handler(request, session))

        async def make() -> Rendering:
            page = await handler(request, None)
            return Rendering.of(html_of(request, page).encode(), "text/html")

        key = f"page {request.path}?{request.query.get('before', '')}"
        return _for_visitors(request, await context_of(request).rendered.get(key, ("actors", "posts"), make))

    return respond


def _for_visitors(request: web.Request, rendering: Rendering) -> web.Response:
    """Browsers and proxies ask each time whether it is still so: a deleted post is gone at once."""
    headers = {"Cache-Control": "public, no-cache", "Vary": "Accept, Cookie", "ETag": rendering.etag}
    if rendering.etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return web.Response(body=rendering.body, content_type=rendering.content_type, charset="utf-8", headers=headers)


def own_page(handler: OwnPageHandler) -> Handler:
    """A page for somebody who is signed in; others are sent to sign in first, and come back."""

    @wraps(handler)
    async def respond(request: web.Request) -> web.Response:
        session = await sessions.required(request)
        return private(request, await handler(request, session))

    return respond


def window(request: web.Request) -> Window:
    """The part of a list that `before` asks for; a wrong form of it is nothing there."""
    before = request.query.get("before")
    if before is None:
        return Window(PER_PAGE + 1)
    return Window(PER_PAGE + 1, before=row_id(before))


def cut(rows: Sequence[Post]) -> tuple[list[Post], int | None]:
    """What a page shows of what `window` found, and where the next one begins, if there is more."""
    shown = list(rows[:PER_PAGE])
    return shown, shown[-1].id if len(rows) > PER_PAGE else None
