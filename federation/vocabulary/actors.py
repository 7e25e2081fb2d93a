"""From a document to an `ActorDocument`: Person, Group, Application, Service, Organization."""

from collections.abc import Iterator
from typing import Any

from federation import schemas
from federation.errors import Malformed
from federation.identifiers import (
    ActorId,
    CollectionId,
    InboxUrl,
    actor_id,
    inbox_url,
    same_origin,
    valid_name,
)
from federation.vocabulary import limits
from federation.vocabulary.keys import keys
from federation.vocabulary.kinds import ACTOR_TYPES, type_of
from federation.vocabulary.languages import languages, text_in_languages
from federation.vocabulary.properties import collection, flag, id_of, items, media_url, moment, page_url, uri
from federation.vocabulary.tags import emojis, tags_by_type
from federation.vocabulary.texts import html, plain_text
from federation.vocabulary.values import ActorDocument, Document, Field


def parse_actor(document: Document) -> ActorDocument:
    """Raises `Malformed`, also when an address of the actor is on another host than its id."""
    schemas.check("actor", document)
    kind = type_of(document)
    if kind not in ACTOR_TYPES:
        raise Malformed("actor.type", "the document is not an actor")
    identity = actor_id(document["id"])
    username = _username(document, kind)
    return ActorDocument(
        id=identity,
        type=kind,
        username=username,
        inbox=_inbox(document.get("inbox"), identity),
        name=plain_text(document.get("name"), limits.NAME_CHARACTERS) or username,
        summary=_summary(document),
        url=page_url(document.get("url")) or identity,
        shared_inbox=_shared_inbox(document, identity),
        outbox=_own_collection(document, "outbox", identity),
        followers=_own_collection(document, "followers", identity),
        following=collection(document.get("following"), identity),
        featured=collection(document.get("featured"), identity),
        moderators=_moderators(document, kind, identity),
        locked=flag(document, "manuallyApprovesFollowers"),
        discoverable=flag(document, "discoverable"),
        indexable=flag(document, "indexable"),
        posting_restricted=flag(document, "postingRestrictedToMods"),
        icon=media_url(document.get("icon")),
        image=media_url(document.get("image")),
        keys=keys(document, identity),
        also_known_as=tuple(_aliases(document.get("alsoKnownAs"))),
        moved_to=_moved_to(document, identity),
        published=moment(document.get("published")),
        fields=tuple(_fields(document.get("attachment")))[: limits.FIELDS],
        languages=languages(document),
        emojis=emojis(tags_by_type(document)),
        implements=tuple(_implements(document)),
        document=document,
    )


def _username(document: Document, kind: str) -> str:
    """An Application may have none (FEP-2677)."""
    name = document.get("preferredUsername")
    if isinstance(name, str) and valid_name(name):
        return name
    if name is None and kind == "Application":
        return ""
    raise Malformed("actor.username", "an actor has no preferredUsername of letters, digits, dots and hyphens")


def _summary(document: Document) -> str:
    stated = document.get("summary") or next(iter(text_in_languages(document, "summary").values()), "")
    return html(stated, limits.BIO_BYTES)


def _inbox(value: Any, actor: ActorId) -> InboxUrl:
    if not isinstance(value, str):
        raise Malformed("actor.inbox", "an actor has no inbox")
    inbox = inbox_url(value)
    _require_same_origin(inbox, actor)
    return inbox


def _shared_inbox(document: Document, actor: ActorId) -> InboxUrl | None:
    """In `endpoints`; beside it by Discourse."""
    endpoints = document.get("endpoints")
    value = (endpoints.get("sharedInbox") if isinstance(endpoints, dict) else None) or document.get("sharedInbox")
    return _inbox(value, actor) if value is not None else None


def _own_collection(document: Document, name: str, actor: ActorId) -> CollectionId | None:
    canonical = uri(id_of(document.get(name)))
    if canonical is None:
        return None
    _require_same_origin(canonical, actor)
    return CollectionId(canonical)


def _require_same_origin(address: str, actor: ActorId) -> None:
    if not same_origin(address, actor):
        raise Malformed("origin.inbox", "an actor has an inbox or a collection on another host")


def _moderators(document: Document, kind: str, actor: ActorId) -> CollectionId | None:
    """At `attributedTo` by FEP-1b12, at `moderators` by PieFed; PeerTube's channels list their owner there instead."""
    if kind != "Group":
        return None
    for value in (document.get("attributedTo"), document.get("moderators")):
        if isinstance(value, str) and (found := collection(value, actor)) is not None:
            return found
    return None


def _implements(document: Document) -> Iterator[str]:
    """What the software can do, said by an Application of itself, or by another actor of its `generator` (FEP-844e)."""
    generator = document.get("generator")
    said = (document, generator if isinstance(generator, dict) else {})
    for part in said:
        for entry in items(part.get("implements"))[: limits.ALIASES]:
            href = entry.get("href") if isinstance(entry, dict) else entry
            if isinstance(href, str):
                yield href


def _aliases(value: Any) -> Iterator[str]:
    for entry in items(value)[: limits.ALIASES]:
        if (canonical := uri(id_of(entry))) is not None:
            yield canonical


def _moved_to(document: Document, actor: ActorId) -> ActorId | None:
    canonical = uri(id_of(document.get("movedTo")))
    return actor_id(canonical) if canonical is not None and canonical != actor else None


def _fields(value: Any) -> Iterator[Field]:
    for entry in items(value):
        if isinstance(entry, dict) and type_of(entry) == "PropertyValue":
            name = plain_text(entry.get("name"), limits.FIELD_CHARACTERS)
            text = entry.get("value")
            if name and isinstance(text, str):
                yield Field(name, text[: limits.FIELD_CHARACTERS])
