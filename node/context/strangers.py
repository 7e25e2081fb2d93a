"""How many actors of a domain become known here without anybody having asked for them: so many in an hour.

Whoever owns a domain makes accounts on it for nothing, and each that is stored costs two fetches and a row for good.
Counted in memory, by process. Where somebody here follows or is followed from, far more are welcome.
"""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from federation.identifiers import domain_of, host_of
from node.errors import TooMany
from node.queries import follows as follow_rows

if TYPE_CHECKING:
    from node.context import Context

WITHIN: Final = timedelta(hours=1)
PER_DOMAIN: Final = 60
PER_KNOWN_HOST: Final = 1000
KEPT: Final = 10_000


class Strangers:
    def __init__(self, context: "Context") -> None:
        self._context = context
        self._came: OrderedDict[str, deque[datetime]] = OrderedDict()

    async def check(self, uri: str) -> None:
        """Raises `TooMany` where there is no room for one more from where this actor is."""
        times = self._recent(uri)
        if len(times) < PER_DOMAIN or (len(times) < PER_KNOWN_HOST and await self._tied(host_of(uri))):
            return
        wait = times[0] + WITHIN - self._context.now()
        raise TooMany("Too many new accounts of this domain; try again later.", max(1, int(wait.total_seconds())))

    def count(self, uri: str) -> None:
        self._recent(uri).append(self._context.now())

    def _recent(self, uri: str) -> deque[datetime]:
        times = self._came.setdefault(domain_of(host_of(uri)), deque())
        while times and self._context.now() - times[0] > WITHIN:
            times.popleft()
        while len(self._came) > KEPT:
            self._came.popitem(last=False)
        return times

    async def _tied(self, host: str) -> bool:
        """Its handles may be those of the domain above it."""
        async with self._context.database.reading(self._context.now()) as tx:
            return await follow_rows.any_between_hosts(tx, (host, domain_of(host)))
