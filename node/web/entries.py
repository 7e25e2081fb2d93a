"""Persons, groups and posts as pages show them: frozen, with every address and text ready, so that templates decide
nothing. What a post may be seen by was decided by the query that found it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from federation.addressing import Visibility
from federation.identifiers import host_of
from node.database.tables import Actor, Post, PostEdit
from node.queries.views import PostView
from node.services.markup import clean_html, plain, title_of
from node.services.sessions import Session

HUES: Final = 6
EXCERPT: Final = 240


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """Somebody, or a group. `path` leads to her page here or, for visitors, on her own node."""

    name: str
    address: str
    path: str
    original: str
    is_local: bool
    is_group: bool
    initial: str
    hue: int


@dataclass(frozen=True, slots=True)
class Translation:
    language: str
    content: Markup


@dataclass(frozen=True, slots=True)
class Attachment:
    """`shown`: the path of what is shown in the page itself, of a file of this node; a `preview` may stand for it."""

    url: str
    kind: str
    alt: str
    host: str
    shown: str = ""
    preview: str = ""
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class PollOption:
    name: str
    votes: int | None
    """None where that is hidden until the end."""


@dataclass(frozen=True, slots=True)
class PostEntry:
    id: int
    path: str
    original: str
    author: PersonEntry
    group: PersonEntry | None
    boosted_by: PersonEntry | None
    title: str
    warning: str
    content: Markup
    language: str
    translations: tuple[Translation, ...]
    attachments: tuple[Attachment, ...]
    poll: tuple[PollOption, ...]
    event_start: datetime | None
    event_place: str
    visibility: str
    published: datetime
    edited: datetime | None
    locked: bool
    removed: bool
    removal_reason: str
    refused_by: PersonEntry | None
    favourites: int
    reblogs: int
    replies: int
    favourited: bool
    reblogged: bool
    mine: bool
    can_reblog: bool
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Version:
    """How a post reads, or read from `at` on."""

    at: datetime
    title: str
    warning: str
    content: Markup
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class ThreadEntry:
    """The opening of a thread in a list: enough to choose it, and no more than its warning where it has one."""

    path: str
    title: str
    excerpt: str
    language: str
    author: PersonEntry
    published: datetime
    answers: int
    locked: bool
    pinned: bool


def web_address(url: str, instead: str) -> str:
    """An address that a link may have: http(s), whatever a peer wrote."""
    return url if url.startswith(("https://", "http://")) else instead


def person_entry(actor: Actor, host: str, *, signed_in: bool) -> PersonEntry:
    name = actor.name.strip() or actor.username
    at = actor.username if actor.is_local else f"{actor.username}@{actor.host}"
    original = web_address(actor.url, actor.uri)
    return PersonEntry(
        name=name,
        address=f"{actor.username}@{actor.host or host}",
        path=f"/@{quote(at, safe='@')}" if actor.is_local or signed_in else original,
        original=original,
        is_local=actor.is_local,
        is_group=actor.is_group,
        initial=next((character.upper() for character in name if character.isalnum()), "·"),
        hue=sum(actor.uri.encode()) % HUES,
    )


def post_entry(view: PostView, host: str, session: Session | None, *, depth: int = 0) -> PostEntry:
    """A reblog is shown as its original, with who passed it on."""
    if view.reblog is not None:
        inner = post_entry(view.reblog, host, session)
        return replace(inner, boosted_by=person_entry(view.author, host, signed_in=session is not None))
    post = view.post
    return PostEntry(
        id=post.id,
        path=f"/posts/{post.id}",
        original="" if view.author.is_local else web_address(post.url, post.uri),
        author=person_entry(view.author, host, signed_in=session is not None),
        group=person_entry(view.group, host, signed_in=session is not None) if view.group else None,
        boosted_by=None,
        **_texts(post),
        visibility=post.visibility,
        published=post.published,
        edited=post.edited_at,
        locked=post.locked_at is not None,
        removed=post.removed_at is not None,
        removal_reason=post.removal_reason or "",
        refused_by=_refused_by(view, host, session),
        favourites=view.favourites,
        reblogs=view.reblogs,
        replies=view.replies,
        favourited=view.favourited,
        reblogged=view.reblogged,
        mine=session is not None and session.actor.id == post.author_id,
        can_reblog=post.visibility in {Visibility.PUBLIC, Visibility.UNLISTED},
        depth=depth,
    )


def _refused_by(view: PostView, host: str, session: Session | None) -> PersonEntry | None:
    """The group elsewhere that did not take a post of hers, for herself alone; of a message the one that it names."""
    if view.post.refused_at is None or session is None or session.actor.id != view.post.author_id:
        return None
    group = view.group or next((one for one in view.mentions if one.is_group), None)
    return person_entry(group, host, signed_in=True) if group else None


def _texts(post: Post) -> dict[str, Any]:
    language = post.language or ""
    event: Mapping[str, Any] = post.event or {}
    return {
        "title": post.name,
        "warning": post.summary,
        "content": _stored_html(post.content),
        "language": language,
        "translations": tuple(
            Translation(code, _stored_html(text)) for code, text in (post.content_map or {}).items() if code != language
        ),
        "attachments": _attachments(post),
        "poll": _options(post.poll),
        "event_start": datetime.fromisoformat(event["starts_at"]) if event.get("starts_at") else None,
        "event_place": str(event.get("place") or ""),
    }


def version_of(row: Post | PostEdit, at: datetime) -> Version:
    return Version(at, row.name, row.summary, _stored_html(row.content), _attachments(row))


def _options(poll: Mapping[str, Any] | None) -> tuple[PollOption, ...]:
    if not poll:
        return ()
    hidden = poll.get("hide_totals") and not poll.get("closed_at")
    return tuple(
        PollOption(str(option["name"]), None if hidden else int(option["votes"])) for option in poll["options"]
    )


def _stored_html(html: str) -> Markup:
    """Rebuilt from allowed elements when it was stored, which is what makes it safe to show."""
    return Markup(html)  # noqa: S704  # see above


def summary_html(actor: Actor) -> Markup:
    """What somebody says of herself, or a group of itself; those of this node may be plain text."""
    return Markup(clean_html(actor.summary))  # noqa: S704  # cleaned in this line


def _attachments(row: Post | PostEdit) -> tuple[Attachment, ...]:
    """Files of this node are shown, unless she who wrote it said that they are not for every eye; those of other nodes
    are links, since a browser that loaded them there would tell who reads."""
    items = [item for item in row.attachments if str(item.get("url", "")).startswith(("https://", "http://"))]
    return tuple(_attachment(item, shown="media_id" in item and not row.sensitive) for item in items)


def _attachment(item: Mapping[str, Any], *, shown: bool) -> Attachment:
    url, kind = str(item["url"]), str(item.get("type") or "unknown")
    known = Attachment(url, "video" if kind == "gifv" else kind, str(item.get("alt") or ""), host_of(url))
    if not shown:
        return known
    size = item.get("meta", {}).get("small") or {}
    preview = urlsplit(str(item.get("preview") or "")).path
    width, height = int(size.get("width") or 0), int(size.get("height") or 0)
    return replace(known, shown=urlsplit(url).path, preview=preview, width=width, height=height)


def thread_entry(view: PostView, host: str, *, signed_in: bool, answers: int, pinned: bool = False) -> ThreadEntry:
    post = view.post
    text = plain(post.content)
    title = post.name or post.summary or title_of(post.content)
    excerpt = "" if post.summary else _cut(_after(title, text))
    return ThreadEntry(
        path=f"/posts/{post.id}",
        title=title,
        excerpt=excerpt,
        language=post.language or "",
        author=person_entry(view.author, host, signed_in=signed_in),
        published=post.published,
        answers=answers,
        locked=post.locked_at is not None,
        pinned=pinned,
    )


def _after(title: str, text: str) -> str:
    """The text without its first line, where that is the title already."""
    first, _, rest = text.strip().partition("\n")
    return rest if first.strip().endswith(title) else text


def _cut(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= EXCERPT else words[:EXCERPT].rsplit(" ", 1)[0] + "…"
