"""Who asks to follow somebody, and who asks to join a group of this node that she moderates.

Apps know requests to a person alone, and answer by the id of who asks. So each account stands in the list once, with
what it has asked first; what that is for a group says so behind its name. An answer is for this one request: the next
one of the same account comes up after it.
"""

from collections.abc import Sequence
from typing import Any

from node.database import Transaction
from node.database.tables import Actor
from node.mastodon import rendering
from node.mastodon.accounts import MOST, MOST_AT_ONCE, cut
from node.mastodon.calls import Call
from node.mastodon.entities.accounts import Entity
from node.mastodon.paging import window
from node.mastodon.relationships import changed
from node.mastodon.routing import Routes
from node.queries import account_lists, actors as actor_rows
from node.services import acquaintances

routes = Routes()
REQUESTS = "/api/v1/follow_requests"
Asked = Sequence[tuple[int, Actor, int]]
"""Each with its cursor, who asks, and the id of whom or what."""


@routes.get(REQUESTS, "follow", "read", "read:follows", takes="window", returns="[Account]", pages=True)
async def requests(call: Call) -> Any:
    async with call.reading() as tx:
        targets = await acquaintances.decides_for(tx, call.actor)
        rows = await account_lists.requests(tx, targets, window(call, default=MOST_AT_ONCE, most=MOST))
        items = await _items(tx, call, rows)
    return cut(call, [(cursor, actor) for cursor, actor, _ in rows], items)


async def _items(tx: Transaction, call: Call, rows: Asked) -> list[Entity]:
    items = await rendering.accounts(tx, call, [actor for _, actor, _ in rows])
    groups = await actor_rows.by_ids(tx, {target for _, _, target in rows if target != call.actor.id})
    for item, (_, _, target) in zip(items, rows, strict=True):
        if target in groups:
            item["display_name"] = f"{item['display_name'] or item['username']} → {groups[target].name}"
    return items


@routes.post(f"{REQUESTS}/{{id:[0-9]+}}/authorize", "follow", "write", "write:follows", returns="Relationship")
async def authorize(call: Call) -> Any:
    return await changed(call, lambda tx, asking: acquaintances.answer(tx, call.actor, asking, accepts=True))


@routes.post(f"{REQUESTS}/{{id:[0-9]+}}/reject", "follow", "write", "write:follows", returns="Relationship")
async def reject(call: Call) -> Any:
    return await changed(call, lambda tx, asking: acquaintances.answer(tx, call.actor, asking, accepts=False))
