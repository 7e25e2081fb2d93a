"""Markers: how far she has read, told from app to app."""

from typing import Any

from node.mastodon.calls import Call, id_of
from node.mastodon.entities.lists import marker
from node.mastodon.routing import Routes
from node.queries import markers

TIMELINES = ("home", "notifications")

routes = Routes()


@routes.get("/api/v1/markers", "read", "read:statuses", takes="MarkersOf", returns="Markers")
async def show(call: Call) -> Any:
    async with call.reading() as tx:
        found = await markers.of(tx, call.actor.id, call.get("timeline", ()))
        return {row.timeline: marker(row) for row in found}


@routes.post("/api/v1/markers", "write", "write:statuses", takes="Reading", returns="Markers")
async def move(call: Call) -> Any:
    """Those that were named, as they are now. What is no id moves nothing."""
    sent = {name: id_of(call.get(name, {}).get("last_read_id")) for name in TIMELINES}
    places = {name: place for name, place in sent.items() if place is not None}
    rows = await call.run(lambda tx: markers.move(tx, call.actor.id, places))
    return {row.timeline: marker(row) for row in rows}
