"""Status and what belongs to it. Rendered from what a fixed number of queries found; nothing is asked here."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from markupsafe import escape

from federation.addressing import Visibility
from node.database.tables import Actor, Post
from node.mastodon.entities.accounts import Entity, acct, emoji, page_of
from node.mastodon.entities.links import Links
from node.mastodon.entities.media import attachment
from node.mastodon.moments import moment, moment_or_none
from node.queries.status_views import StatusView

VISIBILITY: Final = {
    Visibility.PUBLIC: "public",
    Visibility.UNLISTED: "unlisted",
    Visibility.FOLLOWERS: "private",
    Visibility.MEMBERS: "private",
    Visibility.DIRECT: "direct",
}
"""Apps know no other words, and some refuse a whole page for one."""
_TAG: Final = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{1,8})*\Z")
Account = Callable[[Actor], Entity]
"""The entity of an account, with its figures."""


def status(
    view: StatusView,
    account: Account,
    links: Links,
    *,
    signed_in: bool,
    same: Callable[[StatusView, Links], Entity] | None = None,
) -> Entity:
    """With `signed_in` what is the viewer's own stands in it. `same`: gives what is the same for all, made before."""
    if view.reblog is not None:
        return _wrapped(view, account, status(view.reblog, account, links, signed_in=signed_in, same=same))
    entity = {
        **(same or same_for_all)(view, links),
        "account": account(view.view.author),
        "mentions": [mention(actor, links.base_url) for actor in _mentioned(view)],
        "replies_count": view.view.replies,
        "reblogs_count": view.view.reblogs,
        "favourites_count": view.view.favourites,
        "poll": poll(view, links, signed_in=signed_in),
    }
    if signed_in:
        entity |= _own(view)
    return entity


def same_for_all(view: StatusView, links: Links) -> Entity:
    """What changes with the post alone, whoever reads it."""
    post, base_url = view.post, links.base_url
    return {
        "id": str(post.id),
        "uri": post.uri,
        "url": address(view, base_url),
        "created_at": moment(post.published),
        "edited_at": moment_or_none(post.edited_at),
        "content": content(post, base_url),
        "visibility": VISIBILITY[Visibility(post.visibility)],
        "sensitive": post.sensitive or bool(post.summary),
        "spoiler_text": post.summary,
        "language": _language(post),
        "in_reply_to_id": str(post.in_reply_to_id) if post.in_reply_to_id else None,
        "in_reply_to_account_id": str(view.parent_author_id) if view.parent_author_id else None,
        "reblog": None,
        "media_attachments": attachments(post, links),
        "tags": [{"name": name, "url": f"{base_url}/tags/{quote(name)}"} for name in view.tags],
        "emojis": [emoji(item, links) for item in post.emojis],
        "card": card(post, base_url),
        "application": None,
    }


def _own(view: StatusView) -> Entity:
    return {
        "favourited": view.view.favourited,
        "reblogged": view.view.reblogged,
        "muted": view.muted,
        "bookmarked": view.bookmarked,
        "pinned": view.pinned,
        "filtered": [],
    }


def _wrapped(view: StatusView, account: Account, original: Entity) -> Entity:
    """A boost repeats what it shows, under its own id, author and time, as Mastodon's do."""
    post = view.post
    return {
        **original,
        "id": str(post.id),
        "uri": post.uri,
        "created_at": moment(post.published),
        "edited_at": None,
        "account": account(view.view.author),
        "visibility": VISIBILITY[Visibility(post.visibility)],
        "reblog": original,
        "pinned": False,
    }


def address(view: StatusView, base_url: str) -> str:
    """The page of a post: here for what was written here, else where it was written."""
    post = view.post
    if view.view.author.is_local or not post.url.startswith(("https://", "http://")):
        return f"{base_url}/posts/{post.reblog_of_id or post.id}"
    return post.url


def _mentioned(view: StatusView) -> list[Actor]:
    """Those it names; the group that it was written to first, so that an answer in an app goes there too."""
    group = view.view.group
    named = [actor for actor in view.view.mentions if group is None or actor.id != group.id]
    return [group, *named] if group is not None else named


def _language(post: Post) -> str | None:
    """As its author says, where that is the code of any language (RFC 5646); by it apps offer to translate."""
    return post.language if post.language and _TAG.match(post.language) else None


def mention(actor: Actor, base_url: str) -> Entity:
    return {
        "id": str(actor.id),
        "username": actor.username,
        "acct": acct(actor),
        "url": page_of(actor, base_url),
    }


def content(post: Post, base_url: str) -> str:
    """The text; before it the title that articles, pages and events have, in a form that every app shows."""
    title = f"<p><strong>{escape(post.name)}</strong></p>" if post.name else ""
    event = f"<p>{escape(when_and_where(post))}</p>" if post.event else ""
    link = _link_to(post, base_url) if title and post.type not in {"Note", "Question"} else ""
    return f"{title}{event}{post.content}{link}"


def _link_to(post: Post, base_url: str) -> str:
    url = post.url if post.url.startswith(("https://", "http://")) else f"{base_url}/posts/{post.id}"
    shown = url.partition("://")[2]
    return f'<p><a href="{escape(url)}" rel="nofollow noopener" translate="no" target="_blank">{escape(shown)}</a></p>'


def when_and_where(post: Post) -> str:
    event: Mapping[str, Any] = post.event or {}
    starts = datetime.fromisoformat(event["starts_at"]) if event.get("starts_at") else None
    words = [f"{starts:%Y-%m-%d, %H:%M (%Z)}" if starts else "", str(event.get("place") or "")]
    return ", ".join(word for word in words if word)


def attachments(post: Post, links: Links) -> list[Entity]:
    """Of what was uploaded here under the id of the upload, of other files under one made of the post's."""
    return [attachment(item, f"{post.id}{place:02}", links) for place, item in enumerate(_files(post))]


def _files(post: Post) -> list[Mapping[str, Any]]:
    return [item for item in post.attachments if item.get("type") != "link" and str(item.get("url", ""))[:4] == "http"]


def card(post: Post, base_url: str) -> Entity | None:
    """Of an event or an article: where it can be read as what it is. A picture beside would hide it in most apps."""
    if post.type in {"Note", "Question"} or not post.name or _files(post):
        return None
    url = post.url if post.url.startswith(("https://", "http://")) else f"{base_url}/posts/{post.id}"
    language = _language(post)
    said = {"description": when_and_where(post), "language": language, "published_at": moment(post.published)}
    return link_card(url, post.name) | said


def link_card(url: str, title: str) -> Entity:
    """PreviewCard of what is known by its address alone. Empty texts, never null: Tusky refuses a page for that."""
    site = url.partition("://")[2].partition("/")[0]
    blank = dict.fromkeys(("author_name", "author_url", "html", "image_description", "embed_url"), "")
    return {
        "url": quote(url, safe="%/:=&?~#+!$,;'@()*[]"),
        "title": title or url.partition("://")[2],
        "description": "",
        "type": "link",
        **blank,
        "provider_name": site,
        "provider_url": f"https://{site}",
        "width": 0,
        "height": 0,
        "image": None,
        "blurhash": None,
        "language": None,
        "published_at": None,
        "authors": [],
    }


def poll(view: StatusView, links: Links, *, signed_in: bool) -> Entity | None:
    """Under the id of its post."""
    post = view.post
    if not post.poll:
        return None
    stored: Mapping[str, Any] = post.poll
    ends = stored.get("ends_at") or stored.get("closed_at")
    hidden = bool(stored.get("hide_totals")) and not view.poll_over
    votes = [int(option["votes"]) for option in stored["options"]]
    voters = stored.get("voters")
    entity: Entity = {
        "id": str(post.id),
        "expires_at": moment(datetime.fromisoformat(ends)) if ends else None,
        "expired": view.poll_over,
        "multiple": bool(stored.get("multiple")),
        "votes_count": sum(votes),
        "voters_count": int(voters) if voters is not None else None,
        "options": [
            {"title": str(option["name"]), "votes_count": None if hidden else count}
            for option, count in zip(stored["options"], votes, strict=True)
        ],
        "emojis": [emoji(item, links) for item in post.emojis],
    }
    if signed_in:
        entity |= {"voted": bool(view.votes), "own_votes": list(view.votes)}
    return entity
