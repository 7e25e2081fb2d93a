"""Answers that more than one door gives: a document for peers, an error in the form that its client reads."""

from html import escape
from typing import Any

import orjson
from aiohttp import web

from node.middleware.client_api import error_response, is_client_api
from node.middleware.negotiation import wants_page


def document_response(document: dict[str, Any] | bytes, *, status: int = 200, public: bool = True) -> web.Response:
    """An ActivityPub document. `public`: caches on the way may keep it a little."""
    body = document if isinstance(document, bytes) else orjson.dumps(document)
    headers = {"Vary": "Accept", "Cache-Control": "max-age=60, public" if public else "private, no-store"}
    return web.Response(body=body, status=status, content_type="application/activity+json", headers=headers)


def render_error(request: web.BaseRequest, status: int, message: str, code: str) -> web.Response:
    """JSON for programs (a problem document, RFC 9457), a small page for people: by Accept, as every address says.

    No cache on the way keeps it, as it may a 404 that says nothing of that (RFC 9111, section 4.2.2): what is not there
    for the one who asks, whom its author blocks, may be there for the next.
    """
    if is_client_api(request):
        return error_response(status, message)
    headers = {"Vary": "Accept", "Cache-Control": "no-store"}
    if wants_page(request):
        return web.Response(
            text=_error_page(status, message), status=status, content_type="text/html", charset="utf-8", headers=headers
        )
    problem = {"type": "about:blank", "status": status, "title": message, "code": code, "error": message}
    return web.Response(
        body=orjson.dumps(problem), status=status, content_type="application/problem+json", headers=headers
    )


def _error_page(status: int, message: str) -> str:
    return (
        '<!doctype html><html lang="en" dir="ltr"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(message)} ({status})</title>"
        '<link rel="stylesheet" href="/static/ordito.css">'
        '<link rel="icon" type="image/svg+xml" href="/static/icon.svg"></head>'
        f'<body><main class="page"><h1>{escape(message)}</h1><p><a href="/">Go to the front page</a></p></main>'
        "</body></html>"
    )
