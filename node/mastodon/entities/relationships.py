"""Relationship: what there is between the one who asks and an account."""

from node.database.tables import Follow
from node.mastodon.entities.accounts import Entity
from node.mastodon.moments import moment_or_none
from node.queries.relationships import RelationshipView


def relationship(view: RelationshipView) -> Entity:
    """Nothing is null but what may be: Tusky refuses it for any boolean that is missing."""
    wish, mute = view.follows, view.mute
    following = wish is not None and wish.accepted_at is not None
    asked = _waits(wish)
    wanted = wish if following or asked else None
    return {
        "id": str(view.actor.id),
        "following": following,
        "showing_reblogs": wanted.shows_reblogs if wanted is not None else False,
        "notifying": wanted.notifies if wanted is not None else False,
        "languages": wanted.languages if wanted is not None else None,
        "followed_by": view.followed is not None and view.followed.accepted_at is not None,
        "blocking": view.blocks,
        "blocked_by": view.blocked,
        "muting": mute is not None,
        "muting_notifications": mute is not None and mute.notifications,
        "muting_expires_at": moment_or_none(mute.until) if mute is not None else None,
        "requested": asked,
        "requested_by": _waits(view.followed),
        "domain_blocking": view.host_muted,
        "endorsed": view.endorsed and following,
        "note": view.note,
    }


def _waits(follow: Follow | None) -> bool:
    return follow is not None and follow.accepted_at is None and follow.rejected_at is None
