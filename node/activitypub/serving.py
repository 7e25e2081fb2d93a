"""How what peers read leaves this node: from what is kept for everybody, or made for the one who signed.

What everybody may read is rendered once. Whoever signs is told who she is only where that makes a difference: to verify
takes the signer's key, and the host that has it may be waiting for our own key at this moment.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeAlias

import orjson
from aiohttp import web

from federation.vocabulary import Document
from node.context import Context
from node.context.rendered import Rendering, Source
from node.database import Transaction
from node.database.tables import Actor
from node.middleware.answers import document_response
from node.middleware.signatures import signed_viewer
from node.middleware.state import context_of

ACTIVITY: Final = "application/activity+json"
KEPT_BY_OTHERS: Final = "max-age=60, public"
ACTORS: Final[tuple[Source, ...]] = ("actors",)
ALL: Final[tuple[Source, ...]] = ("actors", "posts")

Work: TypeAlias = Callable[[Transaction], Awaitable[Document | str]]
"""Makes a document, or takes it as it is stored."""
ReaderWork: TypeAlias = Callable[[Transaction, Actor | None], Awaitable[Document | str]]


async def public(
    request: web.Request,
    key: str,
    work: Work,
    *,
    sources: tuple[Source, ...] = ALL,
    content_type: str = ACTIVITY,
    cors: bool = False,
) -> web.Response:
    """What is the same for everybody. `key` names it within this node, `sources` what it is made of."""
    context = context_of(request)
    rendering = context.rendered.kept(key)
    if rendering is None:
        rendering = await context.rendered.get(key, sources, partial(_rendered, context, work, content_type))
    return answer(request, rendering, cors=cors)


async def _rendered(context: Context, work: Work, content_type: str) -> Rendering:
    async with context.database.reading(context.now()) as tx:
        document = await work(tx)
    return Rendering.of(document.encode() if isinstance(document, str) else orjson.dumps(document), content_type)


async def for_reader(request: web.Request, key: str, work: ReaderWork) -> web.Response:
    """What depends on who reads it: a follower may see more than everybody, somebody blocked less."""
    viewer = await signed_viewer(request)
    if viewer is None:
        return await public(request, key, lambda tx: work(tx, None))
    context = context_of(request)
    async with context.database.reading(context.now()) as tx:
        document = await work(tx, viewer)
    body = document.encode() if isinstance(document, str) else orjson.dumps(document)
    return document_response(body, public=False)


def answer(request: web.Request, rendering: Rendering, *, cors: bool = False) -> web.Response:
    headers = {"ETag": rendering.etag, "Cache-Control": KEPT_BY_OTHERS, "Vary": "Accept"}
    if cors:
        headers["Access-Control-Allow-Origin"] = "*"
    held = request.headers.get("If-None-Match")
    if held is not None and (rendering.etag in held or held.strip() == "*"):
        return web.Response(status=304, headers=headers)
    headers["Content-Type"] = rendering.content_type
    return web.Response(body=rendering.body, headers=headers)
