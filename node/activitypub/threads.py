"""Threads, for those who come late: the answers to a post, and all posts of a thread in order (FEP-7888, FEP-f228).

Posts of other nodes are named by their ids: each is fetched where it lives.
"""

from functools import partial
from typing import Final

from aiohttp import web

from federation.vocabulary import Document
from node.activitypub.objects import own_post
from node.activitypub.paging import Cursor, collection, cut
from node.activitypub.serving import for_reader
from node.database import Transaction
from node.database.tables import Actor, Post
from node.errors import Gone, NotFound
from node.middleware.addresses import row_id
from node.queries import actors as actor_rows, posts as post_rows, timelines
from node.services import addresses

routes = web.RouteTableDef()

PAGE: Final = 100


@routes.get("/posts/{id}/replies")
async def replies(request: web.Request) -> web.Response:
    post_id, cursor = row_id(request.match_info["id"]), Cursor.read(request)
    work = partial(_replies, post_id=post_id, cursor=cursor)
    return await for_reader(request, cursor.key(f"/posts/{post_id}/replies"), work)


async def _replies(tx: Transaction, viewer: Actor | None, post_id: int, cursor: Cursor) -> Document:
    post = await own_post(tx, post_id, viewer)
    start = await _start(tx, cursor, viewer)
    rows, following = cut(await timelines.replies(tx, post, viewer, PAGE + 1, start), PAGE)
    total = await timelines.count_replies(tx, post, viewer)
    return collection(f"{post.uri}/replies", cursor, total, [row.uri for row in rows], following)


@routes.get("/contexts/{id}")
async def context(request: web.Request) -> web.Response:
    root_id, cursor = row_id(request.match_info["id"]), Cursor.read(request)
    work = partial(_context, root_id=root_id, cursor=cursor)
    return await for_reader(request, cursor.key(f"/contexts/{root_id}"), work)


async def _context(tx: Transaction, viewer: Actor | None, root_id: int, cursor: Cursor) -> Document:
    root = await _root(tx, root_id, viewer)
    start = await _start(tx, cursor, viewer)
    rows, following = cut(await timelines.thread(tx, root_id, viewer, PAGE + 1, start), PAGE)
    answers = (await timelines.thread_sizes(tx, [root_id], viewer)).get(root_id, 0)
    total = answers + (root.deleted_at is None)
    uri = addresses.context(tx, root_id)
    if total == 0:
        raise Gone("This thread was deleted.", uri, "OrderedCollection")
    document = collection(uri, cursor, total, [row.uri for row in rows], following)
    owner = await actor_rows.known(tx, root.group_id or root.author_id)
    return document | {"attributedTo": owner.uri}


async def _root(tx: Transaction, root_id: int, viewer: Actor | None) -> Post:
    """The post that opens a thread of this node. Once it is deleted the answers stay, and the thread with them; where
    there are none, or none for this reader, nothing is left of it."""
    try:
        root = await own_post(tx, root_id, viewer)
    except Gone:
        root = await post_rows.by_id(tx, root_id)  # type: ignore[assignment]  # `Gone` says that the row is there
    if root.root_id not in {None, root.id}:
        raise NotFound("There is nothing at this address.")
    return root


async def _start(tx: Transaction, cursor: Cursor, viewer: Actor | None) -> Post | None:
    """Where a page starts: at a post that this viewer may see. One that was deleted meanwhile still has its place."""
    if cursor.start is None:
        return None
    try:
        return await post_rows.visible(tx, cursor.start, viewer)
    except Gone:
        return await post_rows.by_id(tx, cursor.start)
