"""Notifications in groups: likes and boosts of one post, and new followers, each as one row."""

from typing import Any, Final

from node.mastodon import notices, rendering
from node.mastodon.answers import Page
from node.mastodon.calls import Call
from node.mastodon.errors import Absent
from node.mastodon.notifications import MOST, MOST_COUNTED, READ, WRITE
from node.mastodon.paging import size, window
from node.mastodon.routing import Routes
from node.middleware.addresses import row_id
from node.queries import actors as actor_rows, notification_groups as groups
from node.queries.notifications import Wanted
from node.services.notifications import GROUPED

_ONE: Final = "/api/v2/notifications/{group_key:[a-z._]+-[0-9-]+}"
_EVERYTHING: Final = Wanted(filtered=None)

routes = Routes()


def _grouped_types(call: Call) -> frozenset[str]:
    """What an app groups, of what can be."""
    named = call.get("grouped_types")
    return GROUPED if named is None else GROUPED.intersection(named)


def _group_key(call: Call) -> str:
    """Raises `NotFound` for one that stands alone under what is no id."""
    key = call.text("group_key")
    if key.startswith(groups.ALONE):
        row_id(key.removeprefix(groups.ALONE))
    return key


@routes.get(
    "/api/v2/notifications", *READ, takes="grouped_notifications", returns="GroupedNotificationsResults", pages=True
)
async def index(call: Call) -> Any:
    async with call.reading() as tx:
        part = window(call, default=40, most=MOST)
        found = await groups.page(tx, call.actor, notices.wanted(call), _grouped_types(call), part)
        partial = call.get("expand_accounts") == "partial_avatars"
        body = await notices.grouped(tx, call, found.groups, partial=partial)
        return Page(body, older=found.older, newer=found.newer)


@routes.get("/api/v2/notifications/unread_count", *READ, takes="notification_count", returns="Count")
async def unread_count(call: Call) -> Any:
    async with call.reading() as tx:
        most = size(call, default=100, most=MOST_COUNTED)
        return {"count": await groups.unread(tx, call.actor, notices.wanted(call), _grouped_types(call), most)}


@routes.get(_ONE, *READ, returns="GroupedNotificationsResults")
async def show(call: Call) -> Any:
    async with call.reading() as tx:
        found = await groups.of_key(tx, call.actor, _EVERYTHING, _group_key(call))
        if found is None:
            raise Absent
        return await notices.grouped(tx, call, [found])


@routes.get(f"{_ONE}/accounts", *READ, returns="[Account]")
async def accounts(call: Call) -> Any:
    """All of them: a group lasts half a day."""
    async with call.reading() as tx:
        sender_ids = await groups.sender_ids(tx, call.actor, _EVERYTHING, _group_key(call))
        known = await actor_rows.by_ids(tx, sender_ids)
        return await rendering.accounts(tx, call, [known[sender_id] for sender_id in sender_ids])


@routes.post(f"{_ONE}/dismiss", *WRITE, returns="Empty")
async def dismiss(call: Call) -> Any:
    await call.run(lambda tx: groups.dismiss(tx, call.actor, _group_key(call)))
    return {}
