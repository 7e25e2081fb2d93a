"""Instance, as both versions of the API have it: limits from where they are enforced, figures as they are."""

from dataclasses import dataclass
from typing import Any, Final

from markupsafe import escape

from node.mastodon import promises
from node.mastodon.entities.accounts import Entity
from node.services import hashtags, media, pins, polls, posts, profiles
from node.services.languages import NAMES
from node.settings import Settings
from node.storage import kinds, limits

ICON: Final = "/static/icon-192.png"
THUMBNAIL: Final = "/static/thumbnail.png"
LANGUAGES: Final = ("en",)
"""Of the pages."""
CHARACTERS_PER_URL: Final = 23
"""What apps count for an address, however long it is; none comes near to the limit by that."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Of this node. `peers`: other servers that it has heard of."""

    people: int = 0
    active_month: int = 0
    posts: int = 0
    peers: int = 0


def instance(settings: Settings, counts: Counts, streaming: str, vapid_key: str | None = None) -> Entity:
    """`streaming` is where sockets are opened; with `vapid_key` apps subscribe to push notifications: without one there
    are none."""
    base_url = settings.base_url
    return {
        "domain": settings.host,
        "title": settings.node_name,
        "version": promises.version_text(),
        "source_url": f"{base_url}/about",
        "description": settings.node_description,
        "usage": {"users": {"active_month": counts.active_month}},
        "thumbnail": {"url": f"{base_url}{THUMBNAIL}"},
        "icon": [{"src": f"{base_url}{ICON}", "size": "192x192"}],
        "languages": list(LANGUAGES),
        "configuration": {
            "urls": _urls(settings, streaming),
            "vapid": _vapid(vapid_key),
            **_configuration(),
            **_access(settings),
        },
        "registrations": _registrations(settings),
        "api_versions": dict(promises.API_VERSIONS),
        "contact": {"email": email(settings), "account": None},
        "rules": [],
    }


def _vapid(key: str | None) -> Entity:
    return {"public_key": key} if key else {}


def _urls(settings: Settings, streaming: str) -> Entity:
    about = f"{settings.base_url}/about"
    pages = {"about": about, "privacy_policy": about, "terms_of_service": None, "status": None}
    return pages | {"streaming": streaming}


def _configuration() -> Entity:
    return {
        "accounts": {
            "max_featured_tags": hashtags.MOST_FEATURED,
            "max_pinned_statuses": pins.MOST,
            "max_profile_fields": profiles.MOST_FIELDS,
            "profile_field_name_limit": profiles.LONGEST_NAME,
            "profile_field_value_limit": profiles.LONGEST_FIELD,
            "max_display_name_length": profiles.LONGEST_NAME,
            "max_note_length": profiles.LONGEST_TEXT,
        },
        "statuses": {
            "max_characters": posts.LONGEST,
            "max_media_attachments": media.MOST_ATTACHED,
            "characters_reserved_per_url": CHARACTERS_PER_URL,
        },
        "media_attachments": {
            "supported_mime_types": kinds.media_types(),
            "description_limit": media.LONGEST_DESCRIPTION,
            "image_size_limit": limits.IMAGE_BYTES,
            "image_matrix_limit": limits.IMAGE_PIXELS,
            "video_size_limit": limits.VIDEO_BYTES,
            "video_frame_rate_limit": limits.VIDEO_RATE,
            "video_matrix_limit": limits.VIDEO_PIXELS,
        },
        "polls": {
            "max_options": polls.MOST_OPTIONS,
            "max_characters_per_option": polls.LONGEST_OPTION,
            "min_expiration": int(polls.SHORTEST.total_seconds()),
            "max_expiration": int(polls.LONGEST.total_seconds()),
        },
    }


def _access(settings: Settings) -> Entity:
    """What can be read without a token, and whether posts are translated."""
    public = {"local": "public", "remote": "public"}
    return {
        "translation": {"enabled": bool(settings.translate_url)},
        "timelines_access": {"live_feeds": public, "hashtag_feeds": public, "trending_link_feeds": public},
    }


def _registrations(settings: Settings) -> Entity:
    asks = settings.sign_up == "approval"
    return {
        "enabled": settings.sign_up != "closed",
        "approval_required": asks,
        "reason_required": asks,
        "message": None,
        "min_age": None,
        "url": None,
    }


def email(settings: Settings) -> str:
    """Empty where the contact is a link, or there is none."""
    contact = settings.contact.removeprefix("mailto:")
    return contact if "@" in contact and "://" not in contact and not contact.startswith("tel:") else ""


def instance_v1(settings: Settings, counts: Counts, streaming: str) -> Entity:
    newer = instance(settings, counts, streaming)
    configuration: dict[str, Any] = _configuration()
    return {
        "uri": settings.host,
        "title": settings.node_name,
        "short_description": settings.node_description,
        "description": settings.node_description,
        "email": email(settings),
        "version": newer["version"],
        "urls": {"streaming_api": streaming},
        "stats": {"user_count": counts.people, "status_count": counts.posts, "domain_count": counts.peers},
        "thumbnail": newer["thumbnail"]["url"],
        "languages": newer["languages"],
        "registrations": settings.sign_up != "closed",
        "approval_required": settings.sign_up == "approval",
        "invites_enabled": False,
        "configuration": configuration,
        "contact_account": None,
        "rules": [],
        "max_toot_chars": posts.LONGEST,
    }


def languages() -> list[Entity]:
    """Those that a post can be in."""
    return [{"code": code, "name": name} for code, name in NAMES.items()]


def about(settings: Settings, since: str) -> Entity:
    return {"updated_at": since, "content": f"<p>{escape(settings.node_description)}</p>"}


def privacy_policy(settings: Settings, since: str) -> Entity:
    """Who sees what stands on a page, where the sentences are in the reader's language."""
    url = escape(f"{settings.base_url}/about")
    return {"updated_at": since, "content": f'<p><a href="{url}">{url}</a></p>'}


def preferences(chosen: dict[str, Any], own_language: str | None) -> Entity:
    """What her apps begin a post with, and how they show what they read."""
    return {
        "posting:default:visibility": chosen.get("privacy") or "public",
        "posting:default:sensitive": bool(chosen.get("sensitive", False)),
        "posting:default:language": chosen.get("language") or own_language,
        "posting:default:quote_policy": chosen.get("quote_policy") or "public",
        "reading:expand:media": chosen.get("expand_media") or "default",
        "reading:expand:spoilers": bool(chosen.get("expand_spoilers", False)),
        "reading:autoplay:gifs": False,
    }
