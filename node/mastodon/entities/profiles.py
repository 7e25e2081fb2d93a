"""Profile: one's own account as one edits it, without HTML (Mastodon 4.6)."""

from node.database.tables import Actor
from node.mastodon.entities.accounts import Entity, source_fields
from node.services.markup import plain


def profile(actor: Actor, featured_tags: list[Entity]) -> Entity:
    """A picture that is not there is null here: nothing stands for it. What a profile shows is not chosen on this
    node: all of it."""
    return {
        "id": str(actor.id),
        "display_name": actor.name,
        "note": plain(actor.summary),
        "fields": source_fields(actor),
        "avatar": actor.icon,
        "avatar_static": actor.icon,
        "avatar_description": "",
        "header": actor.image,
        "header_static": actor.image,
        "header_description": "",
        "locked": actor.locked,
        "bot": False,
        "hide_collections": not actor.shows_follows,
        "discoverable": actor.discoverable,
        "indexable": actor.indexable,
        "show_media": True,
        "show_media_replies": True,
        "show_featured": True,
        "attribution_domains": [],
        "featured_tags": featured_tags,
    }
