"""Account and what belongs to it."""

from typing import Any, Final
from urllib.parse import quote

from node.database.tables import Actor, User
from node.mastodon.entities.links import Links
from node.mastodon.moments import day, moment
from node.queries.figures import Figures
from node.services.markup import clean_html, plain
from node.services.remote_files import Variant

Entity = dict[str, Any]
DEFAULT_AVATAR: Final = "/static/avatar.png"
DEFAULT_HEADER: Final = "/static/header.png"
PRIVACY: Final = {"followers": "private", "members": "private"}
"""Visibilities that have another name in apps."""


def acct(actor: Actor) -> str:
    """Local: the bare name, since apps tell by the `@` that somebody is elsewhere."""
    return actor.username if actor.is_local else f"{actor.username}@{actor.host}"


def account(actor: Actor, figures: Figures, links: Links) -> Entity:
    """`followers_count` and the like are what this node knows."""
    gone = actor.deleted_at is not None or actor.suspended_at is not None
    avatar, header = _pictures(actor, links, hidden=gone)
    entity: Entity = {
        "id": str(actor.id),
        "username": actor.username,
        "acct": acct(actor),
        "display_name": "" if gone else actor.name,
        "locked": actor.locked,
        "bot": actor.type in {"Service", "Application"},
        "group": actor.is_group,
        "discoverable": actor.discoverable,
        "indexable": actor.indexable,
        "created_at": f"{moment(actor.published or actor.created_at)[:10]}T00:00:00.000Z",
        "note": "" if gone else clean_html(actor.summary),
        "url": page_of(actor, links.base_url),
        "uri": actor.uri,
        "avatar": avatar,
        "avatar_static": avatar,
        "header": header,
        "header_static": header,
        "followers_count": figures.followers,
        "following_count": figures.following,
        "statuses_count": figures.statuses,
        "last_status_at": day(figures.last_status_at),
        "hide_collections": not actor.shows_follows,
        "emojis": [] if gone else [emoji(item, links) for item in actor.emojis],
        "fields": [] if gone else [_field(item) for item in actor.fields],
        "roles": [],
    }
    if gone:
        entity["suspended"] = True
    return entity


def page_of(actor: Actor, base_url: str) -> str:
    """The page that a person opens; of an address that no browser takes the id."""
    if actor.is_local:
        return f"{base_url}/@{quote(actor.username)}"
    return actor.url if actor.url.startswith(("https://", "http://")) else actor.uri


def _pictures(actor: Actor, links: Links, *, hidden: bool) -> tuple[str, str]:
    """Always absolute, never empty: some apps refuse the whole account for that."""
    avatar = links.file(actor.icon, Variant.AVATAR) if actor.icon and not hidden else links.base_url + DEFAULT_AVATAR
    header = links.file(actor.image, Variant.HEADER) if actor.image and not hidden else links.base_url + DEFAULT_HEADER
    return avatar, header


def _field(item: dict[str, Any]) -> Entity:
    return {"name": plain(str(item.get("name", ""))), "value": str(item.get("value", "")), "verified_at": None}


def emoji(item: dict[str, Any], links: Links) -> Entity:
    """Still, whatever the picture does where it comes from."""
    shortcode = str(item.get("name") or item.get("shortcode") or "").strip(":")
    url = links.file(str(item.get("url") or ""), Variant.EMOJI)
    return {"shortcode": shortcode, "url": url, "static_url": url, "visible_in_picker": False}


def credential_account(actor: Actor, user: User, figures: Figures, links: Links, requests: int) -> Entity:
    """Her own: with what her apps begin a post with, and her role."""
    preferences = user.preferences or {}
    source = {
        "note": plain(actor.summary),
        "fields": source_fields(actor),
        "privacy": PRIVACY.get(str(preferences.get("privacy")), preferences.get("privacy") or "public"),
        "sensitive": bool(preferences.get("sensitive", False)),
        "language": preferences.get("language") or next(iter(actor.languages), None),
        "follow_requests_count": requests,
        "hide_collections": not actor.shows_follows,
        "discoverable": actor.discoverable,
        "indexable": actor.indexable,
        "attribution_domains": [],
    }
    return account(actor, figures, links) | {"source": source, "role": role(user)}


def source_fields(actor: Actor) -> list[Entity]:
    """As she edits them, without HTML."""
    return [
        {"name": str(item.get("name", "")), "value": plain(str(item.get("value", ""))), "verified_at": None}
        for item in actor.fields
    ]


_PERMISSIONS: Final = {"member": 0, "facilitator": 0x10000, "moderator": 0x10 | 0x400 | 0x10000, "operator": 0x1}
"""Mastodon's bits: administrator 1, reports 16, users 1024, invite users 65536."""


def role(user: User) -> Entity:
    permissions = str(_PERMISSIONS[user.role])
    order = str(list(_PERMISSIONS).index(user.role))
    name = "" if user.role == "member" else user.role.capitalize()
    return {"id": order, "name": name, "color": "", "permissions": permissions, "highlighted": user.role != "member"}
