"""Writing and what one does to posts: like, boost, delete. Each is a form that comes back to where it was sent from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from aiohttp import web

from node.database import Transaction
from node.database.tables import Actor, Post
from node.errors import Invalid
from node.middleware.addresses import row_id
from node.middleware.state import context_of
from node.queries import posts as post_rows
from node.services import actors, posts, reactions
from node.services.markup import handles_in
from node.services.posts import Draft
from node.services.sessions import Session
from node.web.buttons import Act, on_post
from node.web.composing import Composer, groups_of, language_in, refilled, visibility_in
from node.web.forms import REFUSALS, Form, own_form, see_other
from node.web.rendering import Shell, private, shell_of

routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class ComposePage:
    """The form alone, where what was sent cannot be taken as it is."""

    template: ClassVar[str] = "pages/compose.html"
    shell: Shell
    composer: Composer


@routes.post("/posts")
@own_form
async def publish(request: web.Request, session: Session, form: Form) -> web.Response:
    context = context_of(request)
    handles = handles_in(form.text("text"), host=context.settings.host)
    mentioned = await context.read(lambda tx: actors.resolve_all(tx, handles))

    async def work(tx: Transaction) -> Post:
        return await posts.publish(tx, session.actor, await _draft(tx, session, form, mentioned))

    try:
        post = await context.run(work)
    except REFUSALS as error:
        return await _again(request, session, form, str(error))
    return see_other(f"/posts/{post.id}#post-{post.id}")


async def _draft(tx: Transaction, session: Session, form: Form, mentioned: Mapping[str, Actor]) -> Draft:
    answered = form.line("answers")
    return Draft(
        source=form.text("text"),
        title=form.line("title"),
        warning=form.line("warning"),
        visibility=visibility_in(form),
        language=language_in(form),
        group=await _chosen_group(tx, session, form.line("group")),
        in_reply_to=await post_rows.shown(tx, row_id(answered), session.actor) if answered else None,
        mentioned=mentioned,
    )


async def _chosen_group(tx: Transaction, session: Session, chosen: str) -> Actor | None:
    if not chosen:
        return None
    mine = {str(group.id): group for group in await groups_of(tx, session.actor)}
    if chosen not in mine:
        raise Invalid("You are not a member of this group.", "post.group")
    return mine[chosen]


async def _again(request: web.Request, session: Session, form: Form, error: str) -> web.Response:
    context = context_of(request)
    async with context.database.reading(context.now()) as tx:
        page = ComposePage(shell_of(request, session), await refilled(tx, session, form, error))
    return private(request, page, status=422)


async def _unreblog(tx: Transaction, actor: Actor, post: Post) -> None:
    """Twice is once, as for the other ways of taking back."""
    if await post_rows.reblog(tx, actor.id, post.id) is not None:
        await reactions.unreblog(tx, actor, post)


ACTIONS: Final[Mapping[str, Act]] = {
    "favourite": reactions.favourite,
    "unfavourite": reactions.unfavourite,
    "boost": reactions.reblog,
    "unboost": _unreblog,
}
for name, action in ACTIONS.items():
    routes.post(f"/posts/{{id:\\d+}}/{name}")(on_post(action))
# A boost is taken back: whoever asks to delete one does not mean the post that it shows.
routes.post(r"/posts/{id:\d+}/delete")(on_post(posts.delete, post_rows.visible))
