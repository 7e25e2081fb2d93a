"""Actor documents: people, groups, and the node itself."""

from functools import partial
from typing import Final

from aiohttp import web

from federation.identifiers import valid_name
from federation.vocabulary import Document
from node.activitypub.serving import ACTORS, public
from node.database import Transaction
from node.database.tables import Actor
from node.errors import Gone, NotFound
from node.queries import actors as actor_rows, groups as group_rows
from node.services import documents, node_actor

routes = web.RouteTableDef()

PERSON: Final = "Person"
GROUP: Final = "Group"


async def standing(tx: Transaction, name: str, kind: str | None = None) -> Actor:
    """An account of this node that everybody may know of. Raises `Gone` for one that was deleted, else `NotFound`."""
    found = await actor_rows.local(tx, name) if valid_name(name) else None
    if found is None or (kind is not None and found.type != kind):
        raise NotFound("There is nobody here with this name.")
    if found.deleted_at is not None:
        raise Gone("This account was deleted.", found.uri, found.type)
    if found.suspended_at is not None:
        raise NotFound("There is nobody here with this name.")
    await group_rows.visible(tx, found, None)
    return found


async def _document(tx: Transaction, name: str, kind: str | None) -> Document:
    return await documents.actor(tx, await standing(tx, name, kind))


async def _actor(request: web.Request, kind: str | None) -> web.Response:
    work = partial(_document, name=request.match_info["name"], kind=kind)
    return await public(request, request.path, work, sources=ACTORS)


async def person(request: web.Request) -> web.Response:
    return await _actor(request, PERSON)


async def group(request: web.Request) -> web.Response:
    return await _actor(request, GROUP)


async def profile(request: web.Request) -> web.Response:
    """The address that people share leads peers to the same document, under its own id."""
    return await _actor(request, None)


@routes.get("/actor")
async def application(request: web.Request) -> web.Response:
    async def work(tx: Transaction) -> Document:
        return await documents.actor(tx, await node_actor.required(tx))

    return await public(request, request.path, work, sources=ACTORS)
