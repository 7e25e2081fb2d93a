"""The inboxes: one order of checks, then the activity is safe on disk, then 202. What it does is the workers' to say.

Size, digest of the raw bytes, signature headers and time window, host of the key blocked, JSON, actor blocked, Delete
of an unknown actor, key and signature, schema, the actor owns the key, origins of the ids, stored.
"""

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from aiohttp import web

from federation import signatures
from federation.errors import Malformed, TooLarge
from federation.identifiers import actor_id, host_of, same_origin
from federation.vocabulary import Activity, Document, parse_activity, parse_document
from node.activitypub.intake import Intake
from node.context import Context
from node.errors import Blocked, Forbidden
from node.middleware import LARGEST_INBOX, REMOTE_HOST, context_of, known_hosts, signed_message
from node.queries import actors

routes = web.RouteTableDef()

INTAKE: Final = web.AppKey("intake", Intake)
BODY_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class Arrival:
    """An activity whose signer may say it."""

    activity: Activity
    text: str
    host: str


@routes.post("/inbox")
@routes.post("/users/{name}/inbox")
@routes.post("/groups/{name}/inbox")
@routes.post("/actor/inbox")
async def receive(request: web.Request) -> web.Response:
    context = context_of(request)
    body = await _body(request)
    arrival = await _check(request, context, body)
    if arrival is not None:
        item = _item(arrival, request.match_info.get("name"))
        await request.app[INTAKE].store(item, arrival.activity, arrival.host)
    return web.Response(status=202)


async def _body(request: web.Request) -> bytes:
    """The raw bytes, counted while reading; one that drips is cut off."""
    if "Content-Encoding" in request.headers:
        raise web.HTTPUnsupportedMediaType
    if request.content_length is not None and request.content_length > LARGEST_INBOX:
        raise TooLarge("limit.inbox", "An activity has at most 1 MB.")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > LARGEST_INBOX:
                    raise TooLarge("limit.inbox", "An activity has at most 1 MB.")
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error
    return bytes(body)


async def _check(request: web.Request, context: Context, body: bytes) -> Arrival | None:
    """None for what is accepted and means nothing: the Delete of an actor that is not known here."""
    settings = context.settings
    message = signed_message(request, body, settings)
    claim = signatures.read(message, now=context.now(), hosts=known_hosts(settings))
    host = host_of(claim.key_id)
    request[REMOTE_HOST] = host
    if await context.blocks.blocked(host):
        raise Blocked("Not for you.")
    document = parse_document(body, limit=LARGEST_INBOX)
    actor_uri = await _actor(context, document)
    if await _unknown_and_gone(context, document, actor_uri):
        return None
    known = await context.keys.verified(claim)
    activity = parse_activity(document)
    if known.actor_uri != activity.actor or activity.actor != actor_uri:
        raise Forbidden("The signature is not that of the activity's actor.", "sig.actor")
    if activity.id is not None and not same_origin(activity.id, activity.actor):
        raise Malformed("origin.activity", "the activity's id is not on its actor's host")
    return Arrival(activity, body.decode(), host)


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
    """Costs no fetch: the key of somebody who is gone cannot be had."""
    target = document.get("object")
    if isinstance(target, dict):
        target = target.get("id")
    if document.get("type") != "Delete" or target not in {actor_uri, document.get("actor")}:
        return False
    async with context.database.reading(context.now()) as tx:
        return await actors.by_uri(tx, actor_uri) is None


def _item(arrival: Arrival, name: str | None) -> dict[str, object]:
    activity = arrival.activity
    return {
        "actor_uri": activity.actor,
        "activity_id": activity.id or f"urn:sha256:{sha256(arrival.text.encode()).hexdigest()}",
        "kind": activity.type,
        "document": arrival.text,
        "to_inbox": name,
    }
