"""The apps that somebody has let in, each with a button that takes it out."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from aiohttp import web

from node.middleware.addresses import row_id
from node.middleware.state import context_of
from node.services import consent, scopes
from node.services.consent import LetIn
from node.services.sessions import Session
from node.web.forms import Form, own_form, see_other
from node.web.rendering import Shell, own_page, shell_of

routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class AppEntry:
    """Without a name and an id: what holds a token that was made on the command line."""

    id: str
    name: str
    scopes: tuple[str, ...]
    since: datetime
    tokens: int


@dataclass(frozen=True, slots=True)
class AppsPage:
    template: ClassVar[str] = "pages/apps.html"
    shell: Shell
    apps: tuple[AppEntry, ...]


@routes.get("/apps")
@own_page
async def apps(request: web.Request, session: Session) -> AppsPage:
    context = context_of(request)
    async with context.database.reading(context.now()) as tx:
        found = await consent.let_in(tx, session.user)
    return AppsPage(shell_of(request, session), tuple(_entry(one) for one in found))


def _entry(one: LetIn) -> AppEntry:
    name, app_id = (one.app.name, str(one.app.id)) if one.app is not None else ("", "")
    return AppEntry(app_id, name, tuple(scopes.outermost(one.scopes)), one.since, one.tokens)


@routes.post("/apps")
@own_form
async def take_out(request: web.Request, session: Session, form: Form) -> web.Response:
    app_id = row_id(form.line("app")) if form.line("app") else None
    await context_of(request).run(lambda tx: consent.withdraw(tx, session.user, app_id))
    return see_other("/apps")
