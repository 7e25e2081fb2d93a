"""The door for apps: Mastodon's client API, one module for each family of endpoints of its reference."""

from typing import Final

from aiohttp import web

from node.context import Context
from node.mastodon import (
    accounts,
    admin_accounts,
    admin_domain_blocks,
    admin_reports,
    apps,
    blocks,
    conversations,
    files,
    filters,
    follow_requests,
    grouped_notifications,
    instance,
    lists,
    markers,
    media,
    notification_policies,
    notifications,
    oauth,
    old_filters,
    openapi,
    own_account,
    polls,
    push,
    reacting,
    relationships,
    reports,
    routing,
    scheduled,
    search,
    sign_ups,
    statuses,
    streaming,
    stubs,
    suggestions,
    tags,
    timelines,
    translations,
    trends,
    writing,
)
from node.mastodon.figures import FIGURES, KnownFigures
from node.mastodon.filtering import FILTERS, KnownFilters
from node.mastodon.kept import KEPT, Kept
from node.mastodon.limits import LIMITS, Limits
from node.mastodon.routing import Route, Routes
from node.mastodon.tokens import TOKENS, Tokens
from node.mastodon.trending import TRENDS, KnownTrends

FAMILIES: Final[tuple[Routes, ...]] = (
    timelines.routes,
    lists.routes,
    markers.routes,
    tags.routes,
    conversations.routes,
    trends.routes,
    stubs.routes,
    filters.routes,
    old_filters.routes,
    statuses.routes,
    writing.routes,
    reacting.routes,
    polls.routes,
    media.routes,
    scheduled.routes,
    translations.routes,
    accounts.routes,
    admin_accounts.routes,
    admin_reports.routes,
    admin_domain_blocks.routes,
    reports.routes,
    search.routes,
    own_account.routes,
    sign_ups.routes,
    relationships.routes,
    blocks.routes,
    follow_requests.routes,
    suggestions.routes,
    notifications.routes,
    grouped_notifications.routes,
    notification_policies.routes,
    push.routes,
    instance.routes,
    openapi.routes,
    streaming.routes,
    apps.routes,
    oauth.routes,
    oauth.open_routes,
)


def table() -> list[Route]:
    """Every route."""
    return [route for family in FAMILIES for route in family]


def setup(app: web.Application) -> None:
    """What the routes need beside the context."""
    app[openapi.TABLE] = table()
    app[LIMITS] = Limits()
    app[FIGURES] = KnownFigures()
    app.add_routes(routing.resources(FAMILIES))
    app.add_routes(files.routes)
    streaming.setup(app)


def opened(app: web.Application, context: Context) -> None:
    """What they need once there is a context."""
    app[TOKENS] = Tokens(context)
    app[FILTERS] = KnownFilters(context)
    app[KEPT] = Kept(context)
    app[TRENDS] = KnownTrends(context)
    streaming.opened(app, context)
