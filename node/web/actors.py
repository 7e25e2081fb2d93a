"""Finding whose page an address is: a person or a group of this node or, for those who are signed in, of another."""

from aiohttp import web

from federation.errors import Malformed
from federation.identifiers import Handle
from node.database import Transaction
from node.database.tables import Actor
from node.errors import Gone, NotFound
from node.middleware.state import context_of
from node.queries import actors as actor_rows
from node.services.sessions import Session
from node.web.groups import GroupPage, group_page
from node.web.people import PersonPage, person_page
from node.web.rendering import open_page, shell_of, window

_KINDS = ("Person", "Group", "Service", "Organization")


async def _shown(tx: Transaction, name: str, session: Session | None) -> Actor:
    """Raises `Gone` for an account of ours that was deleted, `NotFound` for what this reader has no page of."""
    found = await (actor_rows.by_handle(tx, _handle(name)) if "@" in name and session else actor_rows.local(tx, name))
    if found is None or _hidden(found) or found.type not in _KINDS:
        raise NotFound("There is nobody here with this name.")
    if found.deleted_at is not None:
        raise Gone("This account was deleted.", found.uri, found.type)
    if session is not None and await actor_rows.blocks(tx, found.id, session.actor.id):
        raise NotFound("There is nobody here with this name.")
    return found


def _hidden(actor: Actor) -> bool:
    return actor.suspended_at is not None or actor.host_blocked_at is not None


def _handle(name: str) -> Handle:
    try:
        return Handle.parse(name)
    except Malformed as error:
        raise NotFound("There is nobody here with this name.") from error


async def _page(
    request: web.Request, session: Session | None, *, is_group: bool | None = None
) -> PersonPage | GroupPage:
    context, shell, part = context_of(request), shell_of(request, session), window(request)
    async with context.database.reading(context.now()) as tx:
        found = await _shown(tx, request.match_info["name"], session)
        if is_group is not None and found.is_group != is_group:
            raise NotFound("There is nobody here with this name.")
        return await (group_page if found.is_group else person_page)(tx, shell, found, session, part)


@open_page
async def person(request: web.Request, session: Session | None) -> PersonPage | GroupPage:
    return await _page(request, session, is_group=False)


@open_page
async def group(request: web.Request, session: Session | None) -> PersonPage | GroupPage:
    return await _page(request, session, is_group=True)


@open_page
async def actor(request: web.Request, session: Session | None) -> PersonPage | GroupPage:
    return await _page(request, session)
