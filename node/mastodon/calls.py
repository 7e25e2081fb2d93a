"""One call of the client API, as its handler sees it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from aiohttp import web

from node.context import Context
from node.database import Transaction
from node.database.ids import of_text
from node.database.tables import Actor, User
from node.mastodon.errors import NoUser
from node.mastodon.parameters import Parameters
from node.mastodon.tokens import Viewer
from node.middleware.addresses import row_id
from node.middleware.state import context_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """`parameters` have the shape of the route's schema; what was not sent is not in them."""

    request: web.Request
    viewer: Viewer
    parameters: Parameters

    @property
    def context(self) -> Context:
        return context_of(self.request)

    @property
    def actor(self) -> Actor:
        """Who calls: on a route for users there is always somebody."""
        if self.viewer.actor is None:
            raise NoUser
        return self.viewer.actor

    @property
    def user(self) -> User:
        if self.viewer.user is None:
            raise NoUser
        return self.viewer.user

    def get(self, name: str, default: Any = None) -> Any:
        return self.parameters.get(name, default)

    def id(self, name: str = "id") -> int:
        """An id in the address. Raises `NotFound` for what cannot be one."""
        return row_id(self.request.match_info[name])

    def text(self, name: str) -> str:
        """A text in the address."""
        return self.request.match_info[name]

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        context = self.context
        async with context.database.reading(context.now()) as tx:
            yield tx

    async def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """In one transaction that may write; what it misses is fetched, and it is run again."""
        return await self.context.run(work)


def id_of(value: Any) -> int | None:
    """The id in a parameter; None for what cannot be one."""
    return of_text(value) if isinstance(value, str) else None


def ids(values: Any) -> list[int]:
    """Ids in a parameter; what cannot be one is left out, as an id that is not known."""
    return list(dict.fromkeys(found for value in values or () if (found := id_of(value)) is not None))
