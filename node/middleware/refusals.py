"""One translation of what services and the protocol refuse into the answer that a client reads."""

from typing import Final

import structlog
from aiohttp import web

from federation.errors import FederationError, TooLarge, Unverified
from node.database.failures import UNAVAILABLE
from node.errors import (
    Blocked,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NodeError,
    NotFound,
    TooMany,
    TooOften,
    Unauthenticated,
)
from node.middleware.answers import document_response, render_error
from node.middleware.headers import add_headers
from node.middleware.logs import note_refusal, route_of
from node.middleware.negotiation import wants_page
from node.middleware.state import Handler, context_of
from node.services import documents

log = structlog.get_logger()

STATUS: Final[dict[type[Exception], int]] = {
    NotFound: 404,
    Gone: 410,
    Blocked: 403,
    TooOften: 429,
    Forbidden: 403,
    Unauthenticated: 401,
    Invalid: 422,
    Conflict: 409,
    TooMany: 503,
    Unverified: 401,
    TooLarge: 413,
    FederationError: 400,
}


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns what services and the protocol refuse into the answer that this client reads. Anything else is a bug."""
    try:
        response = await handler(request)
    except (NodeError, FederationError) as error:
        response = _refusal(request, error)
    except web.HTTPException as error:
        response = _http_refusal(request, error)
    except UNAVAILABLE as error:
        log.warning("database.busy", path=route_of(request), error=type(error).__name__)
        response = render_error(request, 503, "The node is busy; try again in a moment.", "busy")
        response.headers["Retry-After"] = "5"
    except Exception:
        log.exception("request.failed", path=route_of(request), method=request.method)
        response = render_error(request, 500, "Something went wrong on this node. It has been noted.", "internal")
    add_headers(response, context_of(request).settings)
    return response


def _refusal(request: web.Request, error: NodeError | FederationError) -> web.Response:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    reason = error.reason if isinstance(error, FederationError) else error.code
    note_refusal(request, status, reason)
    if isinstance(error, Gone) and request.method in {"GET", "HEAD"} and not wants_page(request):
        document = documents.tombstone(error.uri, error.former_type, None)
        return document_response(document, status=410)
    shown = "forbidden" if isinstance(error, Blocked) else reason  # who is blocked is not told so; the log is
    response = render_error(request, status, str(error), shown)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _http_refusal(request: web.Request, error: web.HTTPException) -> web.StreamResponse:
    if error.status < 400:
        return web.Response(status=error.status, headers=error.headers)
    texts = {
        404: "There is nothing at this address.",
        405: "This address does not take that kind of request.",
        413: "That is more than this address takes.",
    }
    code = f"http.{error.status}"
    note_refusal(request, error.status, code)
    response = render_error(request, error.status, texts.get(error.status, error.reason), code)
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response
