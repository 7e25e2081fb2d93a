"""What belongs to an actor: followers, following, featured posts, moderators.

How many follow is told, who they are only by a person who shows it, and by a group never (the members of a group are
its moderators' to know).
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final, TypeAlias

from aiohttp import web

from federation.vocabulary import Document
from node.activitypub.actors import GROUP, PERSON, standing
from node.activitypub.paging import Cursor, collection
from node.activitypub.serving import public
from node.database import Transaction
from node.errors import NotFound
from node.queries import follows as follow_rows, groups as group_rows
from node.services import documents

routes = web.RouteTableDef()

PAGE: Final = 50
Uris: TypeAlias = Callable[[Transaction, int, int | None, int], Awaitable[Sequence[tuple[int, str]]]]


@routes.get("/users/{name}/followers")
async def person_followers(request: web.Request) -> web.Response:
    return await _follows(request, PERSON, "followers")


@routes.get("/users/{name}/following")
async def person_following(request: web.Request) -> web.Response:
    return await _follows(request, PERSON, "following")


@routes.get("/groups/{name}/followers")
async def group_followers(request: web.Request) -> web.Response:
    return await _follows(request, GROUP, "followers")


@routes.get("/groups/{name}/following")
async def group_following(request: web.Request) -> web.Response:
    return await _follows(request, GROUP, "following")


async def _follows(request: web.Request, kind: str, direction: str) -> web.Response:
    cursor = Cursor.read(request)
    work = partial(_follows_document, name=request.match_info["name"], kind=kind, direction=direction, cursor=cursor)
    return await public(request, cursor.key(request.path), work)


async def _follows_document(tx: Transaction, name: str, kind: str, direction: str, cursor: Cursor) -> Document:
    actor = await standing(tx, name, kind)
    uri = f"{actor.uri}/{direction}"
    followers, following = await follow_rows.counts(tx, actor.id)
    total = followers if direction == "followers" else following
    if actor.is_group or not actor.shows_follows:
        if cursor.paged:
            raise NotFound("There is nothing at this address.")
        return documents.collection(uri, total)
    read: Uris = follow_rows.follower_uris if direction == "followers" else follow_rows.following_uris
    rows = await read(tx, actor.id, cursor.start, PAGE + 1)
    after = rows[PAGE][0] if len(rows) > PAGE else None
    return collection(uri, cursor, total, [address for _, address in rows[:PAGE]], after)


@routes.get("/users/{name}/featured")
async def person_featured(request: web.Request) -> web.Response:
    return await public(request, request.path, partial(_featured, name=request.match_info["name"], kind=PERSON))


@routes.get("/groups/{name}/featured")
async def group_featured(request: web.Request) -> web.Response:
    return await public(request, request.path, partial(_featured, name=request.match_info["name"], kind=GROUP))


async def _featured(tx: Transaction, name: str, kind: str) -> Document:
    actor = await standing(tx, name, kind)
    pinned = [row.uri for row in await group_rows.pinned_for(tx, actor, None)]
    return documents.collection(f"{actor.uri}/featured", len(pinned), items=pinned)


@routes.get("/groups/{name}/moderators")
async def moderators(request: web.Request) -> web.Response:
    return await public(request, request.path, partial(_moderators, name=request.match_info["name"]))


async def _moderators(tx: Transaction, name: str) -> Document:
    """All of them, as FEP-1b12 has it: who moderates is how others judge what moderators do."""
    group = await standing(tx, name, GROUP)
    people = [actor.uri for actor in await group_rows.moderators(tx, group.id) if actor.deleted_at is None]
    return documents.collection(f"{group.uri}/moderators", len(people), items=people)
