"""Following people and joining groups by the address somebody was given, leaving them, and answering who asks."""

from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from federation.errors import FederationError
from node.database import Transaction
from node.database.tables import Actor
from node.errors import Forbidden, Invalid, NotFound
from node.middleware.addresses import row_id
from node.middleware.state import context_of
from node.queries import actors as actor_rows, follows as follow_rows, groups as group_rows
from node.services import actors, follows, moderating
from node.services.sessions import Session
from node.web.buttons import on_account
from node.web.entries import PersonEntry, person_entry
from node.web.forms import Form, own_form, see_other
from node.web.rendering import Shell, own_page, private, shell_of

routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class FollowPage:
    template: ClassVar[str] = "pages/follow.html"
    shell: Shell
    address: str
    error: str


@dataclass(frozen=True, slots=True)
class RequestEntry:
    """Somebody who asks: to follow the reader, or to join a group that she moderates."""

    person: PersonEntry
    person_id: int
    target: PersonEntry
    target_id: int


@dataclass(frozen=True, slots=True)
class RequestsPage:
    template: ClassVar[str] = "pages/requests.html"
    shell: Shell
    requests: tuple[RequestEntry, ...]


@routes.get("/follow")
@own_page
async def follow_form(request: web.Request, session: Session) -> FollowPage:
    return FollowPage(shell_of(request, session), request.query.get("address", ""), "")


@routes.post("/follow")
@own_form
async def follow(request: web.Request, session: Session, form: Form) -> web.Response:
    async def work(tx: Transaction) -> Actor:
        target = await actors.find(tx, form.line("address"))
        await follows.request(tx, session.actor, target)
        return target

    try:
        target = await context_of(request).run(work)
    except (Invalid, Forbidden, NotFound, FederationError) as error:
        page = FollowPage(shell_of(request, session), form.line("address"), str(error))
        return private(request, page, status=422)
    host = context_of(request).settings.host
    return see_other(person_entry(target, host, signed_in=True).path)


routes.post("/unfollow")(on_account(follows.end))


@routes.get("/requests")
@own_page
async def requests(request: web.Request, session: Session) -> RequestsPage:
    context = context_of(request)
    async with context.database.reading(context.now()) as tx:
        targets = [session.actor, *await group_rows.moderated_by(tx, session.actor.id)]
        found = [(target, person) for target in targets for person in await follow_rows.pending(tx, target.id)]
    host = context.settings.host
    entries = tuple(
        RequestEntry(
            person_entry(person, host, signed_in=True), person.id, person_entry(target, host, signed_in=True), target.id
        )
        for target, person in found
    )
    return RequestsPage(shell_of(request, session), entries)


@routes.post("/requests")
@own_form
async def answer(request: web.Request, session: Session, form: Form) -> web.Response:
    async def work(tx: Transaction) -> None:
        person = await actor_rows.known(tx, row_id(form.line("person")))
        target = await actor_rows.known(tx, row_id(form.line("target")))
        await _answer(tx, session.actor, target, person, accepts=form.line("answer") == "accept")

    await context_of(request).run(work)
    return see_other("/requests")


async def _answer(tx: Transaction, actor: Actor, target: Actor, person: Actor, *, accepts: bool) -> None:
    """For herself she decides; for a group the services ask whether she moderates it."""
    if target.id == actor.id:
        await (follows.accept if accepts else follows.reject)(tx, actor, person)
    else:
        await (moderating.approve if accepts else moderating.remove_member)(tx, actor, target, person)
