"""Outboxes, which others read to catch up: what a person wrote and boosted, which threads a group has relayed.

A thread in a group's outbox is the Announce of its Create, with the author's proof in it, while the post reads as it
did then; an edited one is the Announce of its bare id, so that readers fetch it as it is now.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import orjson
from aiohttp import web

from federation.identifiers import PUBLIC
from federation.vocabulary import Document
from node.activitypub.actors import GROUP, PERSON, standing
from node.activitypub.objects import reads_as_carried
from node.activitypub.paging import Cursor, collection, cut
from node.activitypub.serving import public
from node.database import Transaction
from node.database.tables import Actor, Post
from node.queries import actors as actor_rows, outboxes, posts as post_rows, timelines
from node.services import activities, documents

routes = web.RouteTableDef()

PAGE: Final = 20


@routes.get("/users/{name}/outbox")
async def person_outbox(request: web.Request) -> web.Response:
    return await _outbox(request, PERSON)


@routes.get("/groups/{name}/outbox")
async def group_outbox(request: web.Request) -> web.Response:
    return await _outbox(request, GROUP)


@routes.get("/actor/outbox")
async def application_outbox(request: web.Request) -> web.Response:
    """The node signs and says nothing of its own."""

    async def work(tx: Transaction) -> Document:
        return documents.collection(f"{tx.settings.base_url}{request.path}", 0, items=[])

    return await public(request, request.path, work, sources=())


async def _outbox(request: web.Request, kind: str) -> web.Response:
    cursor = Cursor.read(request)
    work = partial(_document, name=request.match_info["name"], kind=kind, cursor=cursor)
    return await public(request, cursor.key(request.path), work)


async def _document(tx: Transaction, name: str, kind: str, cursor: Cursor) -> Document:
    actor = await standing(tx, name, kind)
    before = None if cursor.start is None else cursor.start + 1
    rows, following = cut(await timelines.profile_for_visitors(tx, actor, timelines.Page(PAGE + 1, before)), PAGE)
    said = await _said(tx, actor, rows)
    document = collection(f"{actor.uri}/outbox", cursor, await outboxes.total(tx, actor), said, following)
    if actor.is_group:
        document["orderedItems"] = said  # Lemmy 1.0 reads an outbox that is one list, and no pages
    return document


async def _said(tx: Transaction, actor: Actor, rows: Sequence[Post]) -> list[Document]:
    """One activity for each row, in a fixed number of queries."""
    originals = await post_rows.by_ids(tx, (row.reblog_of_id for row in rows if row.reblog_of_id))
    authors = await actor_rows.by_ids(tx, (original.author_id for original in originals.values()))
    boosts = [row for row in rows if row.reblog_of_id]
    relays = await outboxes.first_relays(tx, actor, boosts, list(originals.values())) if actor.is_group else {}
    creates = await outboxes.creates(tx, actor, [row for row in rows if not row.reblog_of_id])
    said: list[Document] = []
    for row in rows:
        original = originals.get(row.reblog_of_id or 0)
        if original is None:
            said.append(_as_sent(row, creates) or _create(actor, row))
        else:
            said.append(_as_sent(original, relays) or _announce(tx, actor, row, original, authors))
    return said


def _as_sent(row: Post, sent: Mapping[str, str]) -> Document | None:
    """The activity with the post in it, if that is how the post reads now."""
    text = sent.get(row.uri)
    document: Document | None = None if text is None else orjson.loads(text)
    return document if document is not None and _is_create(document) and reads_as_carried(row, document) else None


def _is_create(document: Document) -> bool:
    inner: Any = document["object"] if document["type"] == "Announce" else document
    return isinstance(inner, dict) and inner.get("type") == "Create"


def _create(author: Actor, row: Post) -> Document:
    return {
        "id": f"{row.uri}#create",
        "type": "Create",
        "actor": author.uri,
        "object": row.uri,
        "published": documents.stamp(row.published),
        "to": [PUBLIC],
    }


def _announce(tx: Transaction, actor: Actor, row: Post, original: Post, authors: Mapping[int, Actor]) -> Document:
    document = activities.reblog(tx, actor, row, original, authors[original.author_id])
    return document | {"published": documents.stamp(row.published)}
