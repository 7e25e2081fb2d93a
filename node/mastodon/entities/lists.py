"""List, Marker, Conversation: how somebody reads."""

from node.database.tables import Marker
from node.mastodon.entities.accounts import Entity
from node.mastodon.moments import moment
from node.services.lists import ReadingList


def reading_list(found: ReadingList) -> Entity:
    return {
        "id": str(found.id),
        "title": found.title,
        "replies_policy": found.replies_policy,
        "exclusive": found.exclusive,
    }


def marker(row: Marker) -> Entity:
    return {"last_read_id": str(row.last_read_id), "version": row.version, "updated_at": moment(row.updated_at)}
