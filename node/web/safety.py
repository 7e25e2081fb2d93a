"""What somebody does for her safety: report a post, and hear no more of its author."""

from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from federation.identifiers import host_of
from node.database import Transaction
from node.database.tables import Actor, Post
from node.errors import Invalid, NotFound
from node.middleware.addresses import row_id
from node.middleware.state import context_of
from node.queries import actors as actor_rows, posts as post_rows
from node.services import blocks, node_actor, reports
from node.services.sessions import Session
from node.web.buttons import on_account
from node.web.entries import PersonEntry, person_entry
from node.web.forms import Form, own_form, see_other
from node.web.rendering import Shell, own_page, private, shell_of

routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class ReportPage:
    """`elsewhere`: the servers that can be told too, where the author or the group is of another node."""

    template: ClassVar[str] = "pages/report.html"
    shell: Shell
    post_id: int
    author: PersonEntry
    elsewhere: tuple[str, ...]
    text: str
    error: str


@dataclass(frozen=True, slots=True)
class ReportedPage:
    template: ClassVar[str] = "pages/reported.html"
    shell: Shell


@routes.get(r"/posts/{id:\d+}/report")
@own_page
async def report_form(request: web.Request, session: Session) -> ReportPage:
    return await _page(request, session, "", "")


@routes.post(r"/posts/{id:\d+}/report")
@own_form
async def report(request: web.Request, session: Session, form: Form) -> web.Response:
    text, forward = form.text("text"), bool(form.line("forward"))

    async def work(tx: Transaction) -> None:
        post, author = await _reported(tx, request, session)
        node = await node_actor.required(tx)
        await reports.file(tx, node, session.actor, author, [post], text, forward=forward)

    try:
        await context_of(request).run(work)
    except Invalid as error:
        return private(request, await _page(request, session, text, str(error)), status=422)
    return see_other("/reported")


@routes.get("/reported")
@own_page
async def reported(request: web.Request, session: Session) -> ReportedPage:
    return ReportedPage(shell_of(request, session))


async def _page(request: web.Request, session: Session, text: str, error: str) -> ReportPage:
    context, shell = context_of(request), shell_of(request, session)
    async with context.database.reading(context.now()) as tx:
        post, author = await _reported(tx, request, session)
        group = await actor_rows.by_id(tx, post.group_id) if post.group_id else None
        elsewhere = {host_of(actor.uri) for actor in (author, group) if actor is not None and not actor.is_local}
        entry = person_entry(author, tx.settings.host, signed_in=True)
        return ReportPage(shell, post.id, entry, tuple(sorted(elsewhere)), text, error)


async def _reported(tx: Transaction, request: web.Request, session: Session) -> tuple[Post, Actor]:
    """The post at this address, as far as she may see it, and who wrote it. What everybody may read she may report also
    after she has blocked its author."""
    post_id = row_id(request.match_info["id"])
    try:
        post = await post_rows.shown(tx, post_id, session.actor)
    except NotFound:
        post = await post_rows.shown(tx, post_id, None)
    return post, await actor_rows.known(tx, post.author_id)


routes.post("/block")(on_account(blocks.block))
routes.post("/unblock")(on_account(blocks.unblock))
