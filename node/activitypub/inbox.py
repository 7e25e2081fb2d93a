"""The inboxes: one order of checks, then the activity is safe on disk, then 202. What it does is the workers' to say.

Size, digest of the raw bytes, signature headers and time window, host of the key blocked, the inbox there at all,
JSON, actor blocked, Delete of an unknown actor, key and signature, schema, the actor owns the key, origins of the ids,
stored.
"""

import re
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from federation.errors import Malformed
from federation.identifiers import actor_id, host_of
from federation.vocabulary import Document, Envelope, parse_document, read_envelope
from node.activitypub.actors import GROUP, PERSON, standing
from node.activitypub.intake import Intake
from node.context import Context
from node.errors import Blocked, Forbidden
from node.middleware.bodies import read_body
from node.middleware.signatures import read_claim
from node.middleware.state import ACTIVITY_TYPE, REMOTE_HOST, context_of
from node.queries import actors as actor_rows
from node.services.naming import name_of

routes = web.RouteTableDef()

INTAKE: Final = web.AppKey("intake", Intake)
LARGEST_BODY: Final = 1_000_000
_WORD: Final = re.compile(r"[A-Za-z]{1,32}\Z")


@dataclass(frozen=True, slots=True)
class Arrival:
    """An activity whose signer may say it."""

    envelope: Envelope
    document: Document
    text: str
    host: str


@routes.post("/inbox")
@routes.post("/users/{name}/inbox")
@routes.post("/groups/{name}/inbox")
@routes.post("/actor/inbox")
async def receive(request: web.Request) -> web.Response:
    context = context_of(request)
    body = await read_body(request, LARGEST_BODY, "inbox")
    arrival = await _check(request, context, body)
    if arrival is not None:
        await request.app[INTAKE].store(_item(arrival), arrival.host)
    return web.Response(status=202)


async def _check(request: web.Request, context: Context, body: bytes) -> Arrival | None:
    """None for what is accepted and means nothing: the Delete of an actor that is not known here."""
    claim = read_claim(request, body)
    host = host_of(claim.key_id)
    request[REMOTE_HOST] = host
    if await context.blocks.blocked(host):
        raise Blocked("Not for you.")
    await _check_inbox(request, context)
    document = parse_document(body, limit=LARGEST_BODY)
    _name(request, document)
    actor_uri = await _actor(context, document)
    if host == host_of(actor_uri) and await _unknown_and_gone(context, document, actor_uri):
        return None
    known = await context.keys.verified(claim)
    envelope = read_envelope(document)
    if known.actor_uri != envelope.actor or envelope.actor != actor_uri:
        raise Forbidden("The signature is not that of the activity's actor.", "sig.actor")
    return Arrival(envelope, document, body.decode(), host)


async def _check_inbox(request: web.Request, context: Context) -> None:
    """An inbox of its own is that of an account of this node. Raises `NotFound`, `Gone`."""
    if "name" in request.match_info:
        kind = GROUP if request.path.startswith("/groups/") else PERSON
        async with context.database.reading(context.now()) as tx:
            await standing(tx, request.match_info["name"], kind)


def _name(request: web.Request, document: Document) -> None:
    """What it calls itself, for the log: a word, so that nothing else gets there."""
    kind = document.get("type")
    if isinstance(kind, str) and _WORD.match(kind):
        request[ACTIVITY_TYPE] = kind


async def _actor(context: Context, document: Document) -> str:
    """The actor's canonical id. Raises `Blocked` for one on a blocked host, or suspended here."""
    named = document.get("actor")
    if isinstance(named, dict):
        named = named.get("id")
    if isinstance(named, list) and len(named) == 1:
        named = named[0]
    if not isinstance(named, str):
        raise Malformed("activity.actor", "an activity has one actor, named by its id")
    uri = actor_id(named)
    if await context.blocks.blocked(host_of(uri)) or await context.keys.suspended(uri):
        raise Blocked("Not for you.")
    return uri


async def _unknown_and_gone(context: Context, document: Document, actor_uri: str) -> bool:
    """Costs no fetch: the key of somebody who is gone cannot be had. Only by a key of her host: with another's key it
    would tell a stranger who is known here, since of those the key is asked for."""
    target = document.get("object")
    if isinstance(target, dict):
        target = target.get("id")
    if document.get("type") != "Delete" or not isinstance(target, str):
        return False
    if target not in (actor_uri, document.get("actor")):
        return False
    async with context.database.reading(context.now()) as tx:
        return await actor_rows.by_uri(tx, actor_uri) is None


def _item(arrival: Arrival) -> dict[str, object]:
    envelope = arrival.envelope
    return {
        "actor_uri": envelope.actor,
        "activity_id": name_of(envelope.id, arrival.document),
        "kind": envelope.type,
        "document": arrival.text,
    }
