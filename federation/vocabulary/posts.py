"""From a document to a `PostDocument`: Note, Page, Article, Question, Event, Video and what looks like them."""

from datetime import datetime
from typing import Any

from federation import schemas
from federation.errors import Malformed
from federation.identifiers import PUBLIC, ActorId, ObjectId, object_id, parse_url
from federation.vocabulary import limits
from federation.vocabulary.attachments import attachments
from federation.vocabulary.authors import attribution
from federation.vocabulary.events import event
from federation.vocabulary.kinds import post_type
from federation.vocabulary.languages import content, content_map, language_of, text_in_languages
from federation.vocabulary.polls import poll
from federation.vocabulary.properties import collection, flag, id_of, moment, page_url, uri
from federation.vocabulary.recipients import Recipients, recipients
from federation.vocabulary.tags import emojis, hashtags, mentions, tags_by_type
from federation.vocabulary.texts import html, plain_text
from federation.vocabulary.values import WARNED_TYPES, Document, PostDocument


def parse_post(document: Document, *, signer: ActorId | None = None, language: str | None = None) -> PostDocument:
    """`signer` and `language` are those of the Create or Update around it. Raises `Malformed`."""
    kind = _type(document)
    name, text, in_reply_to = _name(document), content(document), _in_reply_to(document)
    is_vote = kind == "Note" and bool(name and in_reply_to and not text)
    identity = _identity(document["id"], is_vote=is_vote)
    author, groups = attribution(document, identity, signer)
    to, cc, audience = _addressed(document, kind, groups)
    tags = tags_by_type(document)
    language = language_of(document, language)
    return PostDocument(
        id=identity,
        type=kind,
        author=author,
        name=name,
        content=text,
        content_map=content_map(document, text, language),
        summary=_summary(document, kind),
        language=language,
        in_reply_to=in_reply_to,
        to=to,
        cc=cc,
        audience=audience,
        context=_context(document),
        url=page_url(document.get("url")),
        published=moment(document.get("published")),
        updated=_updated(document),
        sensitive=flag(document, "sensitive"),
        attachments=attachments(document, kind),
        mentions=mentions(tags),
        hashtags=hashtags(tags),
        emojis=emojis(tags),
        poll=poll(document) if kind == "Question" else None,
        event=event(document) if kind == "Event" else None,
        locked=document.get("commentsEnabled") is False,
        replies=collection(document.get("replies"), identity),
        source=_source(document.get("source")),
        is_vote=is_vote,
        document=document,
    )


def _type(document: Document) -> str:
    schemas.check("post", document)
    kind = post_type(document)
    if kind is None:
        raise Malformed("post.type", "the document is not a post")
    return kind


def _identity(text: str, *, is_vote: bool) -> ObjectId:
    """Mastodon's votes are fragments of the voter (`#votes/5`): counted, never fetched or answered, so let pass."""
    return ObjectId(parse_url(text, fragment=True)) if is_vote else object_id(text)


def _addressed(document: Document, kind: str, groups: tuple[ActorId, ...]) -> Recipients:
    """A group that an object is attributed to counts as its audience. A ChatMessage is for one person, never more."""
    to, cc, audience = recipients(document)
    if kind == "ChatMessage":
        return Recipients(tuple(name for name in to if name != PUBLIC)[:1], (), ())
    return Recipients(to, cc, tuple(dict.fromkeys((*audience, *groups))))


def _name(document: Document) -> str:
    name = plain_text(document.get("name"), limits.NAME_CHARACTERS)
    return name or _first_plain(document, "name", limits.NAME_CHARACTERS)


def _summary(document: Document, kind: str) -> str:
    stated = document.get("summary")
    if kind in WARNED_TYPES:
        warning = plain_text(stated, limits.WARNING_CHARACTERS)
        return warning or _first_plain(document, "summary", limits.WARNING_CHARACTERS)
    return html(stated or next(iter(text_in_languages(document, "summary").values()), ""), limits.BIO_BYTES)


def _first_plain(document: Document, name: str, most: int) -> str:
    return plain_text(next(iter(text_in_languages(document, name).values()), ""), most)


def _in_reply_to(document: Document) -> ObjectId | None:
    canonical = uri(id_of(document.get("inReplyTo")))
    return None if canonical is None else ObjectId(canonical)


def _context(document: Document) -> str | None:
    """A URL (FEP-7888) or just a name for the thread (tag: of Mastodon): compared as text."""
    stated = id_of(document.get("context")) or id_of(document.get("conversation"))
    if stated is None:
        return None
    return uri(stated, fragment=True) or plain_text(stated, limits.URI_CHARACTERS) or None


def _updated(document: Document) -> datetime | None:
    """Mbin (August 2026) says it one level too deep in its Updates: in an `object` within the post."""
    inner = document.get("object")
    return moment(document.get("updated")) or moment(inner.get("updated") if isinstance(inner, dict) else None)


def _source(value: Any) -> str | None:
    """What was typed: `{content}`; a string by old Pleroma, but by Mbin that is the link of the page."""
    if isinstance(value, dict):
        value = value.get("content")
    if not isinstance(value, str) or value.startswith(("http://", "https://")):
        return None
    return html(value, limits.CONTENT_BYTES) or None
