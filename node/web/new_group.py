"""Opening a group: for those who may, by the setting `ORDITO_WHO_CREATES_GROUPS`."""

import asyncio
from dataclasses import dataclass, replace
from typing import ClassVar

from aiohttp import web

from node.database import Transaction
from node.database.tables import Actor
from node.middleware.state import context_of
from node.services import groups, owning, permissions
from node.services.newcomers import KeyPair
from node.services.profiles import Profile
from node.services.sessions import Session
from node.web.composing import language_in, languages_for
from node.web.entries import person_entry
from node.web.forms import REFUSALS, Form, own_form, see_other
from node.web.rendering import Shell, own_page, private, shell_of

routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class NewGroupPage:
    template: ClassVar[str] = "pages/new_group.html"
    shell: Shell
    languages: tuple[str, ...]
    language: str
    name: str = ""
    handle: str = ""
    about: str = ""
    rules: str = ""
    joining: str = "open"
    error: str = ""


@routes.get("/new-group")
@own_page
async def form(request: web.Request, session: Session) -> NewGroupPage:
    context = context_of(request)
    async with context.database.reading(context.now()) as tx:
        permissions.may_create_group(tx, session.user)
    return _empty(request, session)


@routes.post("/new-group")
@own_form
async def create(request: web.Request, session: Session, sent: Form) -> web.Response:
    context = context_of(request)
    pair = await asyncio.to_thread(KeyPair.generate)

    async def work(tx: Transaction) -> Actor:
        permissions.may_create_group(tx, session.user)
        draft = groups.GroupDraft(sent.line("handle").lstrip("@!"), sent.line("name"), joining=sent.line("joining"))
        group = await groups.create(tx, session.actor, draft, pair)
        await owning.describe(tx, session.actor, group, _description(sent))
        return group

    try:
        group = await context.run(work)
    except REFUSALS as error:
        return private(request, _refilled(request, session, sent, str(error)), status=422)
    return see_other(person_entry(group, context.settings.host, signed_in=True).path)


def _description(sent: Form) -> owning.Description:
    """All texts in the one language that the form asks for."""
    language, name = language_in(sent) or "en", sent.line("name")
    about, rules = sent.text("about").strip(), sent.text("rules").strip()
    abouts = {language: about} if about else {}
    profile = Profile(names={language: name}, about=about, abouts=abouts, languages=[language])
    return owning.Description(profile, rules={language: rules} if rules else {})


def _empty(request: web.Request, session: Session) -> NewGroupPage:
    languages = languages_for(session.actor)
    spoken = session.actor.languages
    return NewGroupPage(shell_of(request, session), languages, spoken[0] if spoken else "")


def _refilled(request: web.Request, session: Session, sent: Form, error: str) -> NewGroupPage:
    """As she sent it, with what is wrong: nothing typed is lost."""
    return replace(
        _empty(request, session),
        language=sent.line("language"),
        name=sent.line("name"),
        handle=sent.line("handle"),
        about=sent.text("about"),
        rules=sent.text("rules"),
        joining=sent.line("joining"),
        error=error,
    )
