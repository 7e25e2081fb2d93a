"""Trends, kept for some minutes: what many look at lately, as far as this node sees it. Whether a reader may see a post
of them is asked each time."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from node.context import Context
from node.queries import trends
from node.queries.trends import TrendingLink, TrendingTag

LASTS: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Trends:
    tags: list[TrendingTag] = field(default_factory=list)
    posts: list[int] = field(default_factory=list)
    links: list[TrendingLink] = field(default_factory=list)


class KnownTrends:
    """Counted by one of those who ask, while the others wait for it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = asyncio.Lock()
        self._known: tuple[datetime, Trends] | None = None

    async def now(self) -> Trends:
        async with self._lock:
            at = self._context.now()
            if self._known is None or not timedelta(0) <= at - self._known[0] < LASTS:
                self._known = (at, await self._counted(at))
            return self._known[1]

    async def _counted(self, at: datetime) -> Trends:
        async with self._context.database.reading(at) as tx:
            return Trends(await trends.tags(tx), await trends.posts(tx), await trends.links(tx))


TRENDS: Final = web.AppKey("api_trends", KnownTrends)
