"""Report: for the one who made it, and nobody else but moderators."""

from node.database.tables import Report
from node.mastodon.entities.accounts import Entity
from node.mastodon.moments import moment, moment_or_none


def report(row: Report, target: Entity) -> Entity:
    return {
        **facts(row),
        "status_ids": [str(post_id) for post_id in row.posts],
        "rule_ids": row.rules,
        "target_account": target,
    }


def facts(row: Report) -> Entity:
    """What of it stands in each form of it."""
    return {
        "id": str(row.id),
        "action_taken": row.closed_at is not None,
        "action_taken_at": moment_or_none(row.closed_at),
        "category": row.category,
        "comment": row.text,
        "forwarded": row.forwarded,
        "created_at": moment(row.created_at),
    }
