"""How often one may call: by token, and by address where there is none; said in Mastodon's headers. In memory.

Addresses are borne generously: a workshop, or all customers of a carrier, come from one.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from aiohttp import web

from node.errors import TooOften
from node.mastodon.moments import moment
from node.middleware.addresses import client_address
from node.middleware.state import context_of

if TYPE_CHECKING:
    from node.mastodon.routing import Route
    from node.mastodon.tokens import Viewer

KEPT: Final = 50_000


@dataclass(frozen=True, slots=True)
class Rule:
    """So many calls within a window."""

    name: str
    most: int
    window: timedelta


WINDOW: Final = timedelta(minutes=5)
PER_ADDRESS: Final = Rule("address", 3000, WINDOW)
UPLOADS: Final = Rule("uploads", 30, timedelta(minutes=30))
DELETIONS: Final = Rule("deletions", 30, timedelta(minutes=30))
REGISTRATIONS: Final = Rule("apps", 300, timedelta(minutes=10))
SIGN_UPS: Final = Rule("sign_ups", 30, timedelta(minutes=30))
_SPECIAL: Final = {
    ("POST", "/api/v1/media"): UPLOADS,
    ("POST", "/api/v2/media"): UPLOADS,
    ("DELETE", "/api/v1/statuses/{id:[0-9]+}"): DELETIONS,
    ("POST", "/api/v1/apps"): REGISTRATIONS,
    ("POST", "/api/v1/accounts"): SIGN_UPS,
}


_BY_ADDRESS: Final = frozenset({REGISTRATIONS, SIGN_UPS})
"""Whoever may make tokens of its own is not counted by them."""


@dataclass(frozen=True, slots=True)
class Count:
    """What is left of a window."""

    most: int
    used: int
    ends_at: datetime

    def tell(self, response: web.StreamResponse) -> None:
        if response.prepared:
            return
        response.headers["X-RateLimit-Limit"] = str(self.most)
        response.headers["X-RateLimit-Remaining"] = str(max(0, self.most - self.used))
        response.headers["X-RateLimit-Reset"] = moment(self.ends_at)


class Exceeded(TooOften):
    """429, with when it ends."""

    def __init__(self, count: Count) -> None:
        super().__init__("Too many requests", "limit.calls")
        self.count = count


class Limits:
    def __init__(self) -> None:
        self._counts: OrderedDict[tuple[str, str], Count] = OrderedDict()

    def count(self, rule: Rule, who: str, now: datetime) -> Count:
        """Raises `Exceeded`."""
        key = (rule.name, who)
        known = self._counts.get(key)
        if known is None or known.ends_at <= now:
            known = Count(rule.most, 0, now + rule.window)
        known = replace(known, used=known.used + 1)
        self._counts[key] = known
        self._counts.move_to_end(key)
        if len(self._counts) > KEPT:
            self._counts.popitem(last=False)
        if known.used > known.most:
            raise Exceeded(known)
        return known


LIMITS: Final = web.AppKey("api_limits", Limits)


def count(request: web.Request, route: "Route", viewer: "Viewer") -> Count:
    """Raises `Exceeded`: over the limit of all calls, or of those of this kind."""
    context = context_of(request)
    now = context.now().astimezone(UTC)
    limits = request.app[LIMITS]
    who = viewer.token or client_address(request)
    rule = _SPECIAL.get((route.method, route.path))
    per_token = Rule("token", context.settings.calls_per_token, WINDOW)
    general = limits.count(per_token if viewer.token else PER_ADDRESS, who, now)
    if rule is None:
        return general
    return limits.count(rule, client_address(request) if rule in _BY_ADDRESS else who, now)
