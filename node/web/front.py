"""What the node is and which groups it has: the pages somebody sees first."""

from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web
from markupsafe import Markup

from node.database import Transaction
from node.middleware.state import context_of
from node.queries import follows as follow_rows, groups as group_rows
from node.services import permissions
from node.services.sessions import Session
from node.web.entries import PersonEntry, person_entry, summary_html
from node.web.rendering import Shell, open_page, shell_of

routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """A group of this node in a list."""

    group: PersonEntry
    summary: Markup
    languages: tuple[str, ...]
    members: int
    joining: str


@dataclass(frozen=True, slots=True)
class FrontPage:
    template: ClassVar[str] = "pages/front.html"
    shell: Shell
    groups: tuple[GroupEntry, ...]


@dataclass(frozen=True, slots=True)
class GroupsPage:
    template: ClassVar[str] = "pages/groups.html"
    shell: Shell
    groups: tuple[GroupEntry, ...]
    may_open: bool


@dataclass(frozen=True, slots=True)
class AboutPage:
    template: ClassVar[str] = "pages/about.html"
    shell: Shell
    contact: str


@dataclass(frozen=True, slots=True)
class NodePage:
    """Of the node's own account, which others meet as the sender of requests and reports."""

    template: ClassVar[str] = "pages/node.html"
    shell: Shell


async def _groups(request: web.Request, session: Session | None) -> tuple[GroupEntry, ...]:
    context = context_of(request)
    async with context.database.reading(context.now()) as tx:
        return await _listed(tx, signed_in=session is not None)


async def _listed(tx: Transaction, *, signed_in: bool) -> tuple[GroupEntry, ...]:
    rows = await group_rows.listed(tx)
    members = await follow_rows.totals(tx, [actor.id for actor, _ in rows])
    return tuple(
        GroupEntry(
            group=person_entry(actor, tx.settings.host, signed_in=signed_in),
            summary=summary_html(actor),
            languages=tuple(actor.languages),
            members=members.get(actor.id, 0),
            joining=group.joining,
        )
        for actor, group in rows
    )


@routes.get("/")
@open_page
async def front(request: web.Request, session: Session | None) -> FrontPage:
    return FrontPage(shell_of(request, session), await _groups(request, session))


@routes.get("/groups")
@open_page
async def all_groups(request: web.Request, session: Session | None) -> GroupsPage:
    may_open = session is not None and permissions.creates_groups(context_of(request).settings, session.user)
    return GroupsPage(shell_of(request, session), await _groups(request, session), may_open)


@routes.get("/about")
@open_page
async def about(request: web.Request, session: Session | None) -> AboutPage:
    return AboutPage(shell_of(request, session), context_of(request).settings.contact)


@open_page
async def node(request: web.Request, session: Session | None) -> NodePage:
    return NodePage(shell_of(request, session))
