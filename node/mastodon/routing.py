"""Routes that say what they need: who may call them, with which scope, which parameters, and what they give.

From this table requests are checked, and the OpenAPI document is made: there is no second place for either.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any, Final, TypeAlias

from aiohttp import web

from node.errors import Gone, NotFound
from node.mastodon import answers, limits, parameters, tokens
from node.mastodon.calls import Call
from node.mastodon.errors import Absent
from node.middleware.client_api import error_response
from node.middleware.logs import note_refusal
from node.middleware.state import Handler


class Access(StrEnum):
    """Who may call a route."""

    ANYBODY = "anybody"
    """With a token or without; a token that is wrong is refused all the same."""
    APP = "app"
    """An app by itself, or for somebody."""
    USER = "user"
    """Somebody of this node."""
    CLIENT = "client"
    """An app by its id and secret (RFC 6749, section 2.3), for which its handler asks."""


ApiHandler: TypeAlias = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """`returns` names the entity (`[Name]`: a list of them), `takes` the parameters, in the schemas."""

    method: str
    path: str
    handler: ApiHandler
    access: Access
    scopes: tuple[str, ...]
    takes: str | None
    returns: str | None
    pages: bool
    """Newest first, with a Link header."""
    endless: bool = False
    """Its answer goes on until one of both goes."""


class Routes:
    """The routes of one family. Each is served with a slash at its end too: some apps call it so.

    `around` goes around the served handlers, for a family whose errors have a form of their own.
    """

    def __init__(self, around: Callable[[Handler], Handler] | None = None) -> None:
        self.table: list[Route] = []
        self.around = around

    def __iter__(self) -> Iterator[Route]:
        return iter(self.table)

    def add(
        self,
        method: str,
        path: str,
        *scopes: str,
        access: Access = Access.USER,
        takes: str | None = None,
        returns: str | None = None,
        pages: bool = False,
        endless: bool = False,
    ) -> Callable[[ApiHandler], ApiHandler]:
        """The scopes are alternatives: one of them is enough."""

        def register(handler: ApiHandler) -> ApiHandler:
            self.table.append(Route(method, path, handler, access, scopes, takes, returns, pages, endless))
            return handler

        return register

    def get(self, path: str, *scopes: str, **how: Any) -> Callable[[ApiHandler], ApiHandler]:
        return self.add("GET", path, *scopes, **how)

    def post(self, path: str, *scopes: str, **how: Any) -> Callable[[ApiHandler], ApiHandler]:
        return self.add("POST", path, *scopes, **how)

    def put(self, path: str, *scopes: str, **how: Any) -> Callable[[ApiHandler], ApiHandler]:
        return self.add("PUT", path, *scopes, **how)

    def patch(self, path: str, *scopes: str, **how: Any) -> Callable[[ApiHandler], ApiHandler]:
        return self.add("PATCH", path, *scopes, **how)

    def delete(self, path: str, *scopes: str, **how: Any) -> Callable[[ApiHandler], ApiHandler]:
        return self.add("DELETE", path, *scopes, **how)


ROUTE: Final = web.RequestKey("api_route", Route)


def served(route: Route) -> Handler:
    """The same for aiohttp: who calls, what she may, what she sent, what she gets."""

    @wraps(route.handler)
    async def serve(request: web.Request) -> web.StreamResponse:
        request[ROUTE] = route
        viewer = tokens.NOBODY if route.access is Access.CLIENT else await tokens.viewer(request)
        _check(route, viewer)
        try:
            limit = limits.count(request, route, viewer)
        except limits.Exceeded as error:
            return _too_often(request, error)
        call = Call(request, viewer, await parameters.read(request, route.takes))
        try:
            given = await route.handler(call)
        except (NotFound, Gone) as error:
            raise error if isinstance(error, Absent) else Absent() from error
        response = answers.response(call, given)
        limit.tell(response)
        return response

    return serve


def _too_often(request: web.Request, error: limits.Exceeded) -> web.Response:
    note_refusal(request, 429, error.code)
    response = error_response(429, str(error))
    error.count.tell(response)
    return response


def _check(route: Route, viewer: tokens.Viewer) -> None:
    if route.access in {Access.ANYBODY, Access.CLIENT} and viewer.token is None:
        return
    tokens.check(viewer, needs_user=route.access is Access.USER, scopes=route.scopes)


def resources(families: Iterable[Routes]) -> list[web.AbstractRouteDef]:
    """All of one address together, which aiohttp then looks for in one place."""
    found: dict[str, list[web.AbstractRouteDef]] = {}
    for routes in families:
        for route in routes:
            handler = served(route) if routes.around is None else routes.around(served(route))
            for path in (route.path, f"{route.path}/"):
                found.setdefault(path, []).append(web.route(route.method, path, handler))
    return [definition for same in found.values() for definition in same]
