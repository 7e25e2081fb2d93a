"""ScheduledStatus: what will be published, and when; or why it was not."""

from collections.abc import Mapping, Sequence
from typing import Any

from node.database.tables import MediaFile, ScheduledPost
from node.mastodon.entities.accounts import Entity
from node.mastodon.entities.media import upload
from node.mastodon.moments import moment
from node.services.scheduling import FAILURE


def scheduled(row: ScheduledPost, files: Sequence[MediaFile], base_url: str) -> Entity:
    """`failure` is ours: one that is past its time stays with the reason why it could not be published."""
    sent: Mapping[str, Any] = row.parameters
    answers = str(sent.get("in_reply_to_id") or "")
    return {
        "id": str(row.id),
        "scheduled_at": moment(row.scheduled_at),
        "params": {
            "text": sent.get("status") or "",
            "visibility": sent.get("visibility") or "public",
            "sensitive": sent.get("sensitive"),
            "spoiler_text": sent.get("spoiler_text"),
            "in_reply_to_id": answers or None,
            "media_ids": [str(file.id) for file in files] or None,
            "poll": _poll(sent.get("poll")),
            "language": sent.get("language"),
            "application_id": sent.get("application_id", 0),
            "idempotency": None,
            "scheduled_at": None,
            "with_rate_limit": False,
        },
        "media_attachments": [upload(file, base_url) for file in files],
        "failure": sent.get(FAILURE),
    }


def _poll(sent: Mapping[str, Any] | None) -> Entity | None:
    if not sent:
        return None
    return {
        "options": list(sent.get("options") or ()),
        "expires_in": int(sent.get("expires_in") or 0),
        "multiple": bool(sent.get("multiple")),
        "hide_totals": bool(sent.get("hide_totals")),
    }
