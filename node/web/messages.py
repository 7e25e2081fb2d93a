"""What others wrote to the person who is signed in, whether she follows them or not."""

from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from node.middleware.state import context_of
from node.queries import timelines, views
from node.services.sessions import Session
from node.web.entries import PostEntry, post_entry
from node.web.rendering import Shell, cut, own_page, shell_of, window

routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class MessagesPage:
    template: ClassVar[str] = "pages/messages.html"
    shell: Shell
    posts: tuple[PostEntry, ...]
    older: int | None


@routes.get("/messages")
@own_page
async def messages(request: web.Request, session: Session) -> MessagesPage:
    context = context_of(request)
    async with context.database.reading(context.now()) as tx:
        rows, older = cut(await timelines.addressed(tx, session.actor, window(request)))
        shown = await views.of(tx, rows, session.actor)
    entries = tuple(post_entry(view, context.settings.host, session) for view in shown)
    return MessagesPage(shell_of(request, session), entries, older)
