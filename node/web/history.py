"""How a post read before it was edited, for whoever may see the post."""

from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from node.middleware.addresses import row_id
from node.middleware.state import context_of
from node.queries import actors as actor_rows, posts as post_rows
from node.services.sessions import Session
from node.web.entries import PersonEntry, Version, person_entry, version_of
from node.web.rendering import Shell, open_page, shell_of

routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """`now` is how the post reads, `earlier` how it read before, newest first. `language` is that of the post now: what
    it was is not kept."""

    template: ClassVar[str] = "pages/history.html"
    shell: Shell
    path: str
    author: PersonEntry
    language: str
    now: Version
    earlier: tuple[Version, ...]


@routes.get(r"/posts/{id:\d+}/history")
@open_page
async def history(request: web.Request, session: Session | None) -> HistoryPage:
    context, shell = context_of(request), shell_of(request, session)
    async with context.database.reading(context.now()) as tx:
        post = await post_rows.shown(tx, row_id(request.match_info["id"]), session.actor if session else None)
        author = await actor_rows.known(tx, post.author_id)
        edits = await post_rows.edits_for(tx, post, session.actor if session else None)
    return HistoryPage(
        shell=shell,
        path=f"/posts/{post.id}",
        author=person_entry(author, context.settings.host, signed_in=session is not None),
        language=post.language or "",
        now=version_of(post, post.edited_at or post.published),
        earlier=tuple(version_of(edit, edit.created_at) for edit in reversed(edits)),
    )
