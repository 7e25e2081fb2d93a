"""The files themselves: uploads of this node, and files of other servers that it fetches for those who read here.

Apps, browsers and other servers load them without saying who asks: the address of an upload is what gives access to it,
160 random bits. They are shown as what this node made them, and nothing in them runs.
"""

import re
from typing import Final

from aiohttp import web

from node.errors import NotFound
from node.middleware.state import context_of
from node.queries import media as media_rows
from node.services import remote_files
from node.services.remote_files import Variant
from node.storage.storage import Piece

routes = web.RouteTableDef()
FOR_EVER: Final = "max-age=31536000, immutable"
FOR_NOW: Final = "public, max-age=86400"
_RANGE: Final = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})\Z")
_STAND_INS: Final = {Variant.AVATAR: "/static/avatar.png", Variant.HEADER: "/static/header.png"}


@routes.get("/media/{key:[0-9a-f]{40}}/{name:[a-z0-9.-]+}")
async def upload(request: web.Request) -> web.StreamResponse:
    """Of this node: gone as soon as its row is."""
    context, key, name = context_of(request), request.match_info["key"], request.match_info["name"]
    async with context.database.reading(context.now()) as tx:
        found = await media_rows.served(tx, key, name)
    if found is None:
        raise NotFound("There is nothing at this address.")
    media_type, public = found
    headers = _headers(media_type, f"{'public' if public else 'private'}, {FOR_EVER}")
    storage, stored = context.media.storage, f"{key}/{name}"
    elsewhere = storage.public_url(stored)
    if elsewhere is not None:
        return web.Response(status=302, headers={"Location": elsewhere, "Cache-Control": "private, max-age=300"})
    path = storage.path(stored)
    if path is not None:
        return web.FileResponse(path, headers=headers)
    return await _passed_on(request, stored, headers)


@routes.get(remote_files.PREFIX + "{variant}/{mac}/{named}")
async def remote(request: web.Request) -> web.StreamResponse:
    """Of another server. Where it cannot be had a face has a stand-in, and nothing else is there."""
    context, match = context_of(request), request.match_info
    variant, url = remote_files.opened(context.database.vault, match["variant"], match["mac"], match["named"])
    try:
        kept = await context.remote_files.find(variant, url)
    except NotFound:
        if variant not in _STAND_INS:
            raise
        headers = {"Location": f"{context.settings.base_url}{_STAND_INS[variant]}", "Cache-Control": "max-age=300"}
        return web.Response(status=302, headers=headers)
    return web.FileResponse(kept.path, headers=_headers(kept.media_type, FOR_NOW))


def _headers(media_type: str, caching: str) -> dict[str, str]:
    shown = media_type.startswith(("image/", "audio/", "video/"))
    return {
        "Content-Type": media_type,
        "Cache-Control": caching,
        "Content-Disposition": "inline" if shown else "attachment",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }


async def _passed_on(request: web.Request, name: str, headers: dict[str, str]) -> web.StreamResponse:
    """From a bucket, a part of it where one is asked for (RFC 9110, section 14)."""
    storage = context_of(request).media.storage
    start, end = _range(request.headers.get("Range", ""))
    whole = await storage.size(name)
    if whole is None:
        raise NotFound("There is nothing at this address.")
    if start < 0:  # so many at the end
        start, end = max(0, whole + start), None
    piece = await storage.read(name, start, end)
    if piece is None:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{whole}"})
    return await _sent(request, piece, headers)


def _range(header: str) -> tuple[int, int | None]:
    """(first byte, the one behind the last); the first is negative where so many are asked for from the end. All of it
    for what is no range, or several."""
    match = _RANGE.match(header)
    if match is None or match[0] == "bytes=-":
        return 0, None
    if not match[1]:
        return -int(match[2]), None
    return int(match[1]), int(match[2]) + 1 if match[2] else None


async def _sent(request: web.Request, piece: Piece, headers: dict[str, str]) -> web.StreamResponse:
    partial = piece.end - piece.start < piece.size
    response = web.StreamResponse(status=206 if partial else 200, headers={**headers, "Accept-Ranges": "bytes"})
    if partial:
        response.headers["Content-Range"] = f"bytes {piece.start}-{piece.end - 1}/{piece.size}"
    response.content_length = piece.end - piece.start
    await response.prepare(request)
    if request.method != "HEAD":
        async for chunk in piece.chunks:
            await response.write(chunk)
    await response.write_eof()
    return response
