"""From what an app asks for to a draft: a post that is written now, edited, or published later by a job.

No app has a word for groups: a post goes into one by answering in its thread, or by mentioning it (`posts.publish`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from federation.addressing import Visibility
from federation.identifiers import Handle
from node.database import Transaction, ids
from node.database.tables import Actor, Post, User
from node.errors import Invalid
from node.queries import actors as actor_rows, groups as group_rows, media as media_rows, posts as post_rows
from node.services import media, polls, posts
from node.services.languages import NAMES
from node.services.markup import handles_in
from node.services.polls import PollDraft
from node.services.posts import Draft

_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*\Z")
"""How the code of a language looks (RFC 5646), in which some apps write `pt_BR`."""
_LONGEST_POLL: Final = 10**9
"""Seconds that a time can be moved by; `PollDraft` says how long a poll may last."""


@dataclass(frozen=True, slots=True)
class PollWish:
    options: tuple[str, ...]
    expires_in: int
    """Seconds."""
    multiple: bool
    hides_totals: bool

    def draft(self, now: datetime) -> PollDraft:
        lasts = timedelta(seconds=max(-_LONGEST_POLL, min(self.expires_in, _LONGEST_POLL)))
        return PollDraft(self.options, now + lasts, self.multiple, self.hides_totals)


@dataclass(frozen=True, slots=True)
class FileWish:
    """What is to be said of a file from now on; None stays."""

    media_id: int
    description: str | None
    focus: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Composition:
    """What an app sent, by the names of the client API; None for what it did not say."""

    text: str | None
    warning: str | None
    visibility: str | None
    sensitive: bool | None
    language: str | None
    answers: str | None
    media_ids: tuple[int, ...]
    poll: PollWish | None
    files: tuple[FileWish, ...] = ()
    """Of an edit."""

    @classmethod
    def of(cls, sent: Mapping[str, Any]) -> "Composition":
        """`sent` has the shape of the schema `NewStatus`. Raises `Invalid`; for what is too long before anybody reads
        it for whom it mentions."""
        poll = sent.get("poll") or None
        if len(sent.get("status") or "") > posts.LONGEST:
            raise Invalid(f"A post has at most {posts.LONGEST} characters.", "post.long")
        return cls(
            text=sent.get("status"),
            warning=sent.get("spoiler_text"),
            visibility=sent.get("visibility") or None,
            sensitive=sent.get("sensitive"),
            language=_language(sent.get("language")),
            answers=sent.get("in_reply_to_id") or None,
            media_ids=_ids(sent.get("media_ids") or ()),
            poll=None if poll is None else _poll(poll),
            files=tuple(_file(one) for one in sent.get("media_attributes") or ()),
        )

    def handles(self, host: str) -> tuple[Handle, ...]:
        """Whom it mentions."""
        return handles_in(self.source, host=host)

    @property
    def source(self) -> str:
        """A warning alone is the text, as in Mastodon."""
        return self.text or self._warning_alone

    @property
    def _warning_alone(self) -> str:
        return (self.warning or "") if not (self.text or "").strip() else ""

    @property
    def summary(self) -> str:
        return "" if self._warning_alone else self.warning or ""


def _language(code: str | None) -> str | None:
    """A language that this node has no name for is left out: nobody's post is refused for that."""
    if not code:
        return None
    if not _TAG.match(code):
        raise Invalid(f"Validation failed: {code!r} is not the code of a language", "post.language")
    main, _, rest = code.replace("_", "-").partition("-")
    return (f"{main.lower()}-{rest}" if rest else main.lower()) if main.lower() in NAMES else None


def _ids(texts: Any) -> tuple[int, ...]:
    """An id that cannot be one is nobody's file."""
    found = dict.fromkeys(str(text) for text in texts)
    return tuple(ids.of_text(text) or 0 for text in found)


def _poll(sent: Mapping[str, Any]) -> PollWish:
    options = tuple(polls.option(text) for text in sent.get("options") or ())
    return PollWish(
        options, int(sent.get("expires_in") or 0), bool(sent.get("multiple")), bool(sent.get("hide_totals"))
    )


def _file(sent: Mapping[str, Any]) -> FileWish:
    x, comma, y = str(sent.get("focus") or "").partition(",")
    try:
        focus = (float(x), float(y)) if comma else None
    except ValueError:
        focus = None
    within = focus is not None and all(-1 <= place <= 1 for place in focus)
    return FileWish(_ids([sent["id"]])[0], sent.get("description"), focus if within else None)


async def draft(
    tx: Transaction,
    author: Actor,
    user: User,
    wanted: Composition,
    mentioned: Mapping[str, Actor],
    *,
    scheduled_id: int | None = None,
) -> Draft:
    """A new post. What the app does not say is as she has set it. Raises `NotFound` for a post to answer that is not
    there for her, `Invalid`."""
    if wanted.poll is not None and wanted.media_ids:
        raise Invalid("Cannot attach files to a post that already contains a poll", "media.poll")
    answered = await _answered(tx, author, wanted.answers)
    group = await _group(tx, answered, mentioned)
    preferences = user.preferences or {}
    sensitive = preferences.get("sensitive") if wanted.sensitive is None else wanted.sensitive
    return Draft(
        source=wanted.source,
        visibility=await _visibility(tx, wanted.visibility, preferences, group),
        warning=wanted.summary,
        language=wanted.language or preferences.get("language"),
        sensitive=bool(sensitive),
        in_reply_to=answered,
        mentioned=mentioned,
        attachments=await media.attach(tx, author, wanted.media_ids, scheduled_id=scheduled_id),
        poll=wanted.poll.draft(tx.now) if wanted.poll else None,
    )


async def _answered(tx: Transaction, author: Actor, post_id: str | None) -> Post | None:
    if post_id is None:
        return None
    return await post_rows.shown(tx, ids.of_text(post_id) or 0, author)


async def _group(tx: Transaction, answered: Post | None, mentioned: Mapping[str, Actor]) -> Actor | None:
    """Where `posts.publish` will put it."""
    if answered is not None and answered.group_id is not None:
        return await actor_rows.known(tx, answered.group_id)
    return next((actor for actor in mentioned.values() if actor.is_group), None)


async def _visibility(
    tx: Transaction, word: str | None, preferences: Mapping[str, Any], group: Actor | None
) -> Visibility:
    """Apps say `private` for whoever stands closest: in a group that only its members read these, else her followers.

    Where nothing is said it is as she has set it; in a group, what a group takes."""
    if word is None and group is None:
        word = preferences.get("privacy")
    if word in {"private", Visibility.FOLLOWERS}:
        members_only = group is not None and group.is_local and await _members_only(tx, group)
        return Visibility.MEMBERS if members_only else Visibility.FOLLOWERS
    return Visibility(word) if word else Visibility.PUBLIC


async def _members_only(tx: Transaction, group: Actor) -> bool:
    return (await group_rows.required(tx, group)).visibility != "public"


async def changed(
    tx: Transaction, author: Actor, post: Post, wanted: Composition, mentioned: Mapping[str, Actor]
) -> Draft:
    """An edit. A text, warning or language that the app does not send stays; files and a poll have to be sent again, as
    in Mastodon, whose apps leave out what they take away."""
    for file in wanted.files:
        await _describe(tx, author, post, file)
    source = wanted.source if wanted.text is not None else post.source or ""
    before = posts.draft_of(post, source, title=None, language=wanted.language, mentioned=mentioned)
    return replace(
        before,
        warning=before.warning if wanted.warning is None else wanted.summary,
        sensitive=before.sensitive if wanted.sensitive is None else wanted.sensitive,
        attachments=await media.attach(tx, author, wanted.media_ids, post=post),
        poll=wanted.poll.draft(tx.now) if wanted.poll else None,
    )


async def _describe(tx: Transaction, author: Actor, post: Post, wanted: FileWish) -> None:
    """Of her files, one that is in this post or in none yet; what is said of another is left alone."""
    file = (await media_rows.loose(tx, author.id, [wanted.media_id])).get(wanted.media_id)
    if file is not None and file.post_id in {None, post.id}:
        await media.describe(tx, file, wanted.description, wanted.focus)
