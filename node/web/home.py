"""What the person who is signed in reads first: the posts of those whom she follows, and the form to write one."""

from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from node.middleware import context_of
from node.queries import follows, timelines, views
from node.services.sessions import Session
from node.web.composing import Composer, composer
from node.web.entries import PostEntry, post_entry
from node.web.rendering import Shell, cut, own_page, shell_of, window

routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class HomePage:
    """`waiting`: how many have asked to follow her and wait for an answer."""

    template: ClassVar[str] = "pages/home.html"
    shell: Shell
    composer: Composer
    posts: tuple[PostEntry, ...]
    older: int | None
    waiting: int


@routes.get("/home")
@own_page
async def home(request: web.Request, session: Session) -> HomePage:
    context = context_of(request)
    async with context.database.reading(context.now()) as tx:
        rows, older = cut(await timelines.home(tx, session.actor, window(request)))
        shown = await views.of(tx, rows, session.actor)
        return HomePage(
            shell=shell_of(request, session),
            composer=await composer(tx, session),
            posts=tuple(post_entry(view, context.settings.host, session) for view in shown),
            older=older,
            waiting=len(await follows.pending(tx, session.actor.id)),
        )
