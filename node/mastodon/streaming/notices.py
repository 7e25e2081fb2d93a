"""Tells of what is one reader's own: notices, direct conversations, and that her filters are others now."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import orjson

from node.database import Transaction
from node.events import Change, Kind
from node.mastodon import conversations, notices
from node.mastodon.streaming.audience import Audience, Ear
from node.mastodon.streaming.connections import Message
from node.queries import conversations as conversation_rows, notifications as notice_rows

NOTIFICATIONS: Final = ("read", "read:notifications")


async def tell(tx: Transaction, audience: Audience, changes: Iterable[Change]) -> None:
    told: dict[Kind, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for change in changes:
        for actor_id in change.people:
            told[change.kind][actor_id].append(change.id)
    if told["notification"]:
        await _tell_of_notices(tx, audience, told["notification"])
    if told["conversation"]:
        await _tell_of_conversations(tx, audience, told["conversation"])
    if told["filters"]:
        ears = audience.by_viewer("user")
        for viewer_id in told["filters"].keys() & ears.keys():
            _send(ears[viewer_id], Message("filters_changed"))


async def _tell_of_notices(tx: Transaction, audience: Audience, told: dict[int, list[int]]) -> None:
    ears = audience.by_viewer("user", "user:notification", wants=lambda ear: ear[0].covers(*NOTIFICATIONS))
    for viewer_id in told.keys() & ears.keys():
        call = audience.calls[viewer_id]
        rows = await notice_rows.these(tx, call.actor, told[viewer_id])
        for entity in await notices.rendered(tx, call, rows):
            _send(ears[viewer_id], Message("notification", orjson.dumps(entity).decode()))


async def _tell_of_conversations(tx: Transaction, audience: Audience, told: dict[int, list[int]]) -> None:
    ears = audience.by_viewer("direct")
    for viewer_id in told.keys() & ears.keys():
        call = audience.calls[viewer_id]
        rows = await conversation_rows.these(tx, viewer_id, told[viewer_id])
        views = await conversation_rows.views(tx, call.actor, rows)
        for entity in await conversations.rendered(tx, call, [view for view in views if view.last is not None]):
            _send(ears[viewer_id], Message("conversation", orjson.dumps(entity).decode()))


def _send(ears: Iterable[Ear], message: Message) -> None:
    for connection, stream in ears:
        connection.tell(message, stream)
