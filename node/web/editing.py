"""Changing what one has written: a form with the text as it was typed."""

from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from node.database import Transaction
from node.database.tables import Post
from node.errors import NotFound
from node.middleware.addresses import row_id
from node.middleware.state import context_of
from node.queries import posts as post_rows
from node.services import actors, posts
from node.services.languages import NAMES
from node.services.markup import handles_in
from node.services.sessions import Session
from node.web.composing import language_in
from node.web.forms import REFUSALS, Form, own_form, see_other
from node.web.rendering import Shell, own_page, private, shell_of

routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class EditPage:
    """`languages`: what can be chosen, the author's own first."""

    template: ClassVar[str] = "pages/edit.html"
    shell: Shell
    post_id: int
    text: str
    language: str
    languages: tuple[str, ...]
    error: str


@routes.get(r"/posts/{id:\d+}/edit")
@own_page
async def edit_form(request: web.Request, session: Session) -> EditPage:
    context = context_of(request)
    async with context.database.reading(context.now()) as tx:
        post = await _own(tx, request, session)
    return _page(request, session, post.id, post.source or "", post.language or "", "")


@routes.post(r"/posts/{id:\d+}/edit")
@own_form
async def edit(request: web.Request, session: Session, form: Form) -> web.Response:
    context, text = context_of(request), form.text("text")
    handles = handles_in(text, host=context.settings.host)
    mentioned = await context.read(lambda tx: actors.resolve_all(tx, handles))

    async def work(tx: Transaction) -> Post:
        post = await _own(tx, request, session)
        draft = posts.draft_of(post, text, title=None, language=language_in(form) or "", mentioned=mentioned)
        return await posts.edit(tx, session.actor, post, draft)

    try:
        post = await context.run(work)
    except NotFound:
        raise
    except REFUSALS as error:
        post_id = row_id(request.match_info["id"])
        page = _page(request, session, post_id, text, form.line("language"), str(error))
        return private(request, page, status=422)
    return see_other(f"/posts/{post.id}#post-{post.id}")


async def _own(tx: Transaction, request: web.Request, session: Session) -> Post:
    """The post at this address, where she wrote it; for others there is no such page."""
    post = await post_rows.visible(tx, row_id(request.match_info["id"]), session.actor)
    if post.author_id != session.actor.id or post.reblog_of_id is not None:
        raise NotFound("There is nothing at this address.")
    return post


def _page(request: web.Request, session: Session, post_id: int, text: str, language: str, error: str) -> EditPage:
    spoken = tuple(session.actor.languages)
    languages = (*spoken, *(code for code in NAMES if code not in spoken))
    return EditPage(shell_of(request, session), post_id, text, language, languages, error)
