"""What moderators of a group do to a post in it: one page with its buttons, for them alone."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Final

from aiohttp import web

from node.database import Transaction
from node.database.tables import Actor, Post
from node.errors import NotFound
from node.middleware.addresses import row_id
from node.middleware.state import context_of
from node.queries import actors as actor_rows, groups as group_rows, posts as post_rows, views
from node.services import moderating, permissions
from node.services.sessions import Session
from node.web.entries import PersonEntry, PostEntry, person_entry, post_entry
from node.web.forms import Form, own_form, see_other
from node.web.rendering import Shell, own_page, shell_of

routes = web.RouteTableDef()
LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class ModeratePage:
    template: ClassVar[str] = "pages/moderate.html"
    shell: Shell
    post: PostEntry
    group: PersonEntry
    pinned: bool


@routes.get(r"/posts/{id:\d+}/moderate")
@own_page
async def moderate_page(request: web.Request, session: Session) -> ModeratePage:
    context, shell = context_of(request), shell_of(request, session)
    async with context.database.reading(context.now()) as tx:
        post, group = await _moderated(tx, row_id(request.match_info["id"]), session.actor)
        [view] = await views.of(tx, [post], session.actor)
        pinned = any(one.id == post.id for one in await group_rows.pinned(tx, group.id))
        entry = post_entry(view, tx.settings.host, session)
        return ModeratePage(shell, entry, person_entry(group, tx.settings.host, signed_in=True), pinned)


Act = Callable[[Transaction, Actor, Actor, Post], Awaitable[None]]
ACTS: Final[Mapping[str, Act]] = {
    "restore": moderating.restore_post,
    "lock": partial(moderating.lock, locked=True),
    "unlock": partial(moderating.lock, locked=False),
    "pin": partial(moderating.pin, pinned=True),
    "unpin": partial(moderating.pin, pinned=False),
}
"""Those that need no more than a button; to remove needs a reason besides."""


@routes.post(r"/posts/{id:\d+}/moderate")
@own_form
async def moderate(request: web.Request, session: Session, form: Form) -> web.Response:
    post_id = row_id(request.match_info["id"])

    async def work(tx: Transaction) -> None:
        post, group = await _moderated(tx, post_id, session.actor)
        act = ACTS.get(form.line("act"))
        if act is not None:
            await act(tx, session.actor, group, post)
        elif form.line("act") == "remove":
            reason = form.line("reason")[:LONGEST_REASON]
            await moderating.remove_post(tx, session.actor, group, post, reason)
        else:
            raise NotFound("There is nothing at this address.")

    await context_of(request).run(work)
    return see_other(f"/posts/{post_id}/moderate")


async def _moderated(tx: Transaction, post_id: int, viewer: Actor) -> tuple[Post, Actor]:
    """A post, also a removed one, and the group that this viewer moderates; for others there is no such page."""
    post = await post_rows.by_id(tx, post_id)
    group = await actor_rows.by_id(tx, post.group_id) if post is not None and post.group_id else None
    if post is None or group is None or post.deleted_at is not None:
        raise NotFound("There is nothing at this address.")
    if not await permissions.moderates(tx, viewer, group):
        raise NotFound("There is nothing at this address.")
    return post, group
