"""What the person who is signed in reads first: the posts of those whom she follows, and the form to write one."""

from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from node.middleware.state import context_of
from node.queries import follows as follow_rows, groups as group_rows, timelines, views
from node.services.sessions import Session
from node.web.composing import Composer, composer
from node.web.entries import PostEntry, post_entry
from node.web.rendering import Shell, cut, own_page, shell_of, window

routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class HomePage:
    """`waiting`: how many wait for her answer, who have asked to follow her or to join a group that she moderates."""

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
        asked = [session.actor, *await group_rows.moderated_by(tx, session.actor.id)]
        return HomePage(
            shell=shell_of(request, session),
            composer=await composer(tx, session),
            posts=tuple(post_entry(view, context.settings.host, session) for view in shown),
            older=older,
            waiting=await follow_rows.count_pending(tx, [actor.id for actor in asked]),
        )
