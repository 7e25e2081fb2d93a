"""Which form of an answer a client asks for, by Accept."""

from typing import Final

from aiohttp import web

ACTIVITY_TYPES: Final = ("application/activity+json", "application/ld+json")


def wants_activity(request: web.BaseRequest) -> bool:
    """Whether the client asks for a document: the activity types stand in Accept, before HTML if that is there too."""
    accept = request.headers.get("Accept", "")
    positions = [accept.find(kind) for kind in ACTIVITY_TYPES if kind in accept]
    if not positions:
        return False
    html = accept.find("text/html")
    return html < 0 or min(positions) < html
