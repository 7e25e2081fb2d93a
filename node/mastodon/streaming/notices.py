"""Tells of what is one reader's own: notices, and that her filters are others now."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import orjson

from node.database import Transaction
from node.events import Change
from node.mastodon import notices
from node.mastodon.streaming.audience import Audience
from node.mastodon.streaming.connections import Message
from node.queries import notifications as notice_rows

NOTIFICATIONS: Final = ("read", "read:notifications")


async def tell(tx: Transaction, audience: Audience, changes: Iterable[Change]) -> None:
    told: dict[int, list[int]] = defaultdict(list)
    for change in changes:
        if change.kind == "notification":
            for actor_id in change.people:
                told[actor_id].append(change.id)
        elif change.kind == "filters":
            _tell_of_filters(audience, change)
    ears = audience.by_viewer("user", "user:notification", wants=lambda ear: ear[0].covers(*NOTIFICATIONS))
    for viewer_id in told.keys() & ears.keys():
        call = audience.calls[viewer_id]
        rows = await notice_rows.these(tx, call.actor, told[viewer_id])
        for entity in await notices.rendered(tx, call, rows):
            message = Message("notification", orjson.dumps(entity).decode())
            for connection, stream in ears[viewer_id]:
                connection.tell(message, stream)


def _tell_of_filters(audience: Audience, change: Change) -> None:
    message = Message("filters_changed")
    for connection, stream in audience.of("user"):
        if connection.viewer_id in change.people:
            connection.tell(message, stream)
