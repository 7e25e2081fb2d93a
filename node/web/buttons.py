"""What a button does: one thing to one post, or to one account, and then back to where it stands."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from aiohttp import web

from node.database import Transaction
from node.database.tables import Actor, Post
from node.middleware.addresses import row_id
from node.middleware.state import Handler, context_of
from node.queries import actors as actor_rows, posts as post_rows
from node.services.sessions import Session
from node.web.forms import Form, own_form, see_other

Act: TypeAlias = Callable[[Transaction, Actor, Post], Awaitable[object]]
ActOnAccount: TypeAlias = Callable[[Transaction, Actor, Actor], Awaitable[object]]
Finder: TypeAlias = Callable[[Transaction, int, Actor | None], Awaitable[Post]]


def on_post(act: Act, find: Finder = post_rows.shown) -> Handler:
    """To the post of this address, which she may see."""

    @own_form
    async def respond(request: web.Request, session: Session, form: Form) -> web.Response:
        post_id = row_id(request.match_info["id"])

        async def work(tx: Transaction) -> None:
            await act(tx, session.actor, await find(tx, post_id, session.actor))

        await context_of(request).run(work)
        return see_other(form.back())

    return respond


def on_account(act: ActOnAccount) -> Handler:
    """To the account that the form calls `target`."""

    @own_form
    async def respond(request: web.Request, session: Session, form: Form) -> web.Response:
        async def work(tx: Transaction) -> None:
            await act(tx, session.actor, await actor_rows.known(tx, row_id(form.line("target"))))

        await context_of(request).run(work)
        return see_other(form.back())

    return respond
