"""Reading forms: bounded, url-encoded, and only from those whom the page was made for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import web

from federation.errors import FederationError
from node.errors import Conflict, Forbidden, Invalid, NotFound
from node.middleware.bodies import read_body
from node.middleware.state import Handler
from node.services.sessions import Session
from node.web import sessions
from node.web.addresses import local_path

LARGEST_BODY: Final = 128 * 1024
MOST_FIELDS: Final = 50
REFUSALS: Final = (Invalid, Forbidden, Conflict, NotFound, FederationError)
"""What is said beside the form, with what was typed still in it."""


@dataclass(frozen=True, slots=True)
class Form:
    values: dict[str, str]

    def text(self, name: str) -> str:
        """As typed, without NUL, with plain line ends."""
        return self.values.get(name, "").replace("\0", "").replace("\r\n", "\n")

    def line(self, name: str) -> str:
        return " ".join(self.text(name).split())

    def back(self, default: str = "/home") -> str:
        """Where the form was sent from."""
        return local_path(self.values.get("next"), default)


FormHandler = Callable[[web.Request, Session, Form], Awaitable[web.Response]]


async def read(request: web.Request) -> Form:
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType(reason="This address takes forms alone.")
    body = await read_body(request, LARGEST_BODY, "form")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="replace")
    except ValueError as error:
        raise web.HTTPBadRequest(reason="This is not a form that this site has made.") from error
    return Form(dict(pairs))


def own_form(handler: FormHandler) -> Handler:
    """A form of somebody who is signed in, sent from a page of ours."""

    @wraps(handler)
    async def respond(request: web.Request) -> web.Response:
        form = await read(request)
        session = await sessions.required(request)
        sessions.check_form(request, session.secret, form.text("csrf"))
        return await handler(request, session, form)

    return respond


def see_other(path: str) -> web.Response:
    return web.Response(status=303, headers={"Location": path, "Cache-Control": "private, no-store"})
