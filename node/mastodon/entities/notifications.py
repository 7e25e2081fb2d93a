"""Notification, alone and in groups; what a policy keeps apart."""

from collections.abc import Mapping, Sequence
from typing import Final

from node.database.tables import Notification
from node.mastodon.entities.accounts import Entity
from node.mastodon.moments import moment
from node.queries.notification_groups import Group
from node.queries.notification_requests import Request

_PARTIAL: Final = ("id", "acct", "locked", "bot", "url", "avatar", "avatar_static")
BOOLEAN_RULES: Final = ("not_following", "not_followers", "new_accounts", "private_mentions")
"""Of the older form of a policy."""


def notification(
    notice: Notification, account: Entity, *, status: Entity | None = None, report: Entity | None = None
) -> Entity:
    entity: Entity = {
        "id": str(notice.id),
        "type": notice.type,
        "created_at": moment(notice.created_at),
        "group_key": notice.group_key,
        "account": account,
    }
    return entity | _about(status, report)


def _about(status: Entity | None, report: Entity | None) -> Entity:
    parts = {"status": status, "report": report}
    return {name: part for name, part in parts.items() if part is not None}


def group(found: Group, report_entity: Entity | None) -> Entity:
    """`most_recent_notification_id` is a number: Ice Cubes refuses the page for a text."""
    entity: Entity = {
        "group_key": found.key,
        "notifications_count": found.total,
        "type": found.kind,
        "most_recent_notification_id": found.latest_id,
        "page_min_id": str(found.oldest_id),
        "page_max_id": str(found.latest_id),
        "latest_page_notification_at": moment(found.latest_at),
        "sample_account_ids": [str(actor_id) for actor_id in found.sample_ids],
    }
    if found.post_id is not None:
        entity["status_id"] = str(found.post_id)
    return entity | _about(None, report_entity)


def grouped(groups: Sequence[Entity], accounts: Sequence[Entity], statuses: Sequence[Entity]) -> Entity:
    return {"accounts": accounts, "statuses": statuses, "notification_groups": groups}


def partial_account(account: Entity) -> Entity:
    """Enough for its picture."""
    return {name: account[name] for name in _PARTIAL}


def policy(rules: Mapping[str, str], totals: tuple[int, int]) -> Entity:
    return {**rules, "summary": _summary(totals)}


def boolean_policy(rules: Mapping[str, str], totals: tuple[int, int]) -> Entity:
    """The older form, which knows only whether something is shown."""
    filters = {f"filter_{name}": rules[f"for_{name}"] != "accept" for name in BOOLEAN_RULES}
    return {**filters, "summary": _summary(totals)}


def _summary(totals: tuple[int, int]) -> Entity:
    requests, notices = totals
    return {"pending_requests_count": requests, "pending_notifications_count": notices}


def request(found: Request, account: Entity, last_status: Entity | None) -> Entity:
    """The count is a text, as in Mastodon."""
    entity: Entity = {
        "id": str(found.sender_id),
        "created_at": moment(found.began_at),
        "updated_at": moment(found.latest_at),
        "notifications_count": str(found.total),
        "account": account,
    }
    return entity if last_status is None else entity | {"last_status": last_status}
