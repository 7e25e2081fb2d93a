"""Posts and activities of this node, each at its own id.

Create, Update and Delete of a post have fragments of its id as their own: whoever fetches one gets the post. What
carries a post is served as long as the post reads so: nothing that was deleted, or edited away, comes back by it.
"""

from functools import partial
from typing import Any, Final

import orjson
from aiohttp import web

from federation.vocabulary import Document
from node.activitypub.serving import for_reader, public
from node.database import Transaction
from node.database.tables import Actor, OwnActivity, Post
from node.errors import Gone, NotFound
from node.middleware.addresses import row_id
from node.queries import actors as actor_rows, outboxes, posts as post_rows
from node.services import addresses, documents

routes = web.RouteTableDef()

ABSENT: Final = "This post does not exist, or you may not see it."


async def post(request: web.Request) -> web.Response:
    post_id = row_id(request.match_info["id"])

    async def work(tx: Transaction, viewer: Actor | None) -> Document:
        return await documents.post(tx, await own_post(tx, post_id, viewer))

    return await for_reader(request, f"/posts/{post_id}", work)


async def own_post(tx: Transaction, post_id: int, viewer: Actor | None) -> Post:
    """A post of this node, if this viewer may see it. Raises `Gone` for one that was deleted, else `NotFound`."""
    try:
        found = await post_rows.visible(tx, post_id, viewer)
    except Gone as gone:
        if addresses.is_ours(tx, gone.uri):
            raise
        raise NotFound(ABSENT) from gone
    if found.reblog_of_id is not None or not addresses.is_ours(tx, found.uri):
        raise NotFound(ABSENT)
    return found


@routes.get("/activities/{id}")
async def activity(request: web.Request) -> web.Response:
    activity_id = row_id(request.match_info["id"])
    return await public(request, f"/activities/{activity_id}", partial(_stored, activity_id=activity_id))


async def _stored(tx: Transaction, activity_id: int) -> str:
    """As it was sent, with its proof."""
    found = await outboxes.public(tx, addresses.activity(tx, activity_id))
    if found is None or not await _stands(tx, found, activity_id):
        raise NotFound("There is nothing at this address.")
    return found.document


async def _stands(tx: Transaction, found: OwnActivity, activity_id: int) -> bool:
    author = await actor_rows.known(tx, found.actor_id)
    if author.deleted_at is not None or author.suspended_at is not None:
        return False
    document = orjson.loads(found.document)
    if found.type == "Announce" and isinstance(document["object"], str):
        return await _readable(tx, await post_rows.by_id(tx, activity_id))
    if carried(document) is None:
        return True
    about = await post_rows.by_uri(tx, found.object_uri)
    return about is not None and await _readable(tx, about) and reads_as_carried(about, document)


async def _readable(tx: Transaction, row: Post | None) -> bool:
    """Whether everybody may see it: a boost shows no more than its original."""
    if row is None:
        return False
    try:
        await post_rows.visible(tx, row.id, None)
    except NotFound:
        return False
    return True


def carried(document: Document) -> Document | None:
    """The post that an activity, or the activity in it, has inside."""
    inner: Any = document.get("object")
    while isinstance(inner, dict) and isinstance(inner.get("object"), dict):
        inner = inner["object"]
    return inner if isinstance(inner, dict) and "content" in inner else None


def reads_as_carried(row: Post, document: Document) -> bool:
    """Whether the post was not edited since: an edit has a new `updated`, from its author's node too."""
    inner = carried(document)
    if inner is None:
        return False
    if row.document is not None:
        return bool(inner.get("updated") == orjson.loads(row.document).get("updated"))
    return bool(inner.get("updated") == (documents.stamp(row.edited_at) if row.edited_at else None))
