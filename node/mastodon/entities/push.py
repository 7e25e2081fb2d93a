"""WebPushSubscription."""

from node.database.tables import PushSubscription
from node.mastodon.entities.accounts import Entity
from node.services.push import whole


def subscription(row: PushSubscription, server_key: str) -> Entity:
    """`id` is a number: Ice Cubes, Tusky and Moshidon refuse a text."""
    return {
        "id": row.id,
        "endpoint": row.endpoint,
        "standard": row.standard,
        "alerts": whole(row.alerts),
        "server_key": server_key,
        "policy": row.policy,
    }
