"""What the log is told of a request: nothing about persons."""

import structlog
from aiohttp import web

from node.middleware.state import ACTIVITY_TYPE, REMOTE_HOST

log = structlog.get_logger()


def note_refusal(request: web.Request, status: int, reason: str) -> None:
    """The one line that a refusal gets. Whoever asks for what is not there gets none: that is everybody's mistake."""
    if status == 404 and request.method == "GET":
        return
    who = {"host": request.get(REMOTE_HOST), "activity": request.get(ACTIVITY_TYPE)}
    log.info("refused", status=status, reason=reason, path=route_of(request), **{k: v for k, v in who.items() if v})


def route_of(request: web.Request) -> str:
    """The route, not the address: nothing about persons in the log."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unmatched"
