"""Public posts with a hashtag."""

from dataclasses import dataclass
from typing import ClassVar, Final

from aiohttp import web

from node.errors import NotFound
from node.middleware.state import context_of
from node.queries import timelines, views
from node.services.sessions import Session
from node.web.entries import PostEntry, post_entry
from node.web.rendering import Shell, cut, open_page, shell_of, window

LONGEST: Final = 200
routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class TagPage:
    template: ClassVar[str] = "pages/tag.html"
    shell: Shell
    name: str
    posts: tuple[PostEntry, ...]
    older: int | None


@routes.get("/tags/{name}")
@open_page
async def tag(request: web.Request, session: Session | None) -> TagPage:
    context, name = context_of(request), request.match_info["name"]
    if len(name) > LONGEST:
        raise NotFound("There is nothing at this address.")
    viewer = session.actor if session else None
    async with context.database.reading(context.now()) as tx:
        rows, older = cut(await timelines.tag(tx, name, viewer, window(request)))
        shown = await views.of(tx, rows, viewer)
    entries = tuple(post_entry(view, context.settings.host, session) for view in shown)
    return TagPage(shell_of(request, session), name, entries, older)
