"""From a document to an `Activity`, with what it carries: read as deep as the activity needs, a reference otherwise.

A door that only stores what it gets reads the envelope; whoever handles it reads all of it.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from federation import schemas
from federation.errors import Malformed
from federation.identifiers import (
    ActivityId,
    ActorId,
    ObjectId,
    activity_id,
    actor_id,
    object_id,
    parse_url,
    same_origin,
)
from federation.vocabulary import limits
from federation.vocabulary.actors import parse_actor
from federation.vocabulary.authors import attribution
from federation.vocabulary.kinds import ACTOR_TYPES, COLLECTION_TYPES, POST_TYPES, kind_of, post_type, required_type
from federation.vocabulary.languages import context_language
from federation.vocabulary.posts import parse_post
from federation.vocabulary.properties import id_of, items, moment, reference, uri
from federation.vocabulary.recipients import check_recipients, recipients
from federation.vocabulary.texts import plain_text
from federation.vocabulary.values import (
    Activity,
    ActorDocument,
    Document,
    PostDocument,
    Reference,
    TombstoneDocument,
)

Embedded: TypeAlias = Activity | PostDocument | ActorDocument | TombstoneDocument | Reference | None

_NO_ACTIVITIES: Final = POST_TYPES | ACTOR_TYPES | COLLECTION_TYPES | {"Tombstone"}
_BY_AUTHOR: Final = frozenset({"Create", "Update"})
_CRYPTOSUITE: Final = "eddsa-jcs-2022"


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who says what kind of thing. What is inside has the shape of its schema, and its ids are on their hosts."""

    id: ActivityId | None
    type: str
    actor: ActorId


def read_envelope(document: Document) -> Envelope:
    """Costs a fraction of `parse_activity`, which may still find fault with the rest. Raises `Malformed`."""
    return _envelope(document, 1)


def parse_activity(document: Document) -> Activity:
    """Raises `Malformed`, for instance for an id on another host than the actor's, or four activities in each other."""
    return _activity(document, 1, None)


def _envelope(document: Document, depth: int) -> Envelope:
    envelope = _outside(document, depth)
    check_recipients(document)
    values = items(document.get("object"))
    if len(values) == 1 or (values and envelope.type == "Flag"):
        _check_inside(values[0], envelope, depth)
    return envelope


def _check_inside(value: Any, envelope: Envelope, depth: int) -> None:
    if isinstance(value, str):
        reference(value)
        return
    if depth > 1 and isinstance(value, int):
        return
    if not isinstance(value, dict):
        raise Malformed("activity.object", "the object of an activity is neither an id nor an object")
    match kind_of(value):
        case "activity" if value.get("actor"):
            _envelope(value, depth + 1)
        case "tombstone":
            schemas.check("tombstone", value)
        case "post" if envelope.type in _BY_AUTHOR:
            schemas.check("post", value)
            attribution(value, ObjectId(parse_url(value["id"], fragment=True)), envelope.actor)
        case "post" if envelope.type == "Announce" and (value.get("attributedTo") or value.get("actor")):
            schemas.check("post", value)
        case "actor" if envelope.type == "Update":
            schemas.check("actor", value)


def _outside(document: Document, depth: int) -> Envelope:
    if depth > limits.ACTIVITY_DEPTH:
        raise Malformed("activity.depth", "activities are nested too deep")
    kind = required_type(document)
    if kind in _NO_ACTIVITIES:
        raise Malformed("activity.type", "the document is not an activity")
    schemas.check("activity", document)
    actor = _actor(document)
    return Envelope(_id(document, actor), kind, actor)


def _activity(document: Document, depth: int, language: str | None) -> Activity:
    envelope = _outside(document, depth)
    kind, actor = envelope.type, envelope.actor
    language = context_language(document) or language
    to, cc, audience = recipients(document)
    carried = _object(document, kind, actor, depth, language)
    if isinstance(carried, PostDocument) and kind in _BY_AUTHOR and not carried.document.keys() & {"to", "cc"}:
        carried = replace(carried, to=to, cc=cc)  # ActivityPub 6.2; Discourse addresses its activities alone
    return Activity(
        id=envelope.id,
        type=kind,
        actor=actor,
        object=carried,
        objects=_objects(document.get("object")),
        target=_target(document),
        to=to,
        cc=cc,
        audience=audience,
        published=moment(document.get("published")),
        content=_content(document),
        summary=plain_text(document.get("summary"), limits.REPORT_CHARACTERS, lines=True),
        ends_at=moment(document.get("endTime")) or moment(document.get("expires")),  # expires: Lemmy 0.19, Mbin
        proof=_proof(document.get("proof")),
        document=document,
    )


def parse_tombstone(document: Document) -> TombstoneDocument:
    """Raises `Malformed`."""
    schemas.check("tombstone", document)
    former = document.get("formerType")
    return TombstoneDocument(
        id=object_id(document["id"]),
        former_type=former if isinstance(former, str) else None,
        deleted=moment(document.get("deleted")),
    )


def _actor(document: Document) -> ActorId:
    named = items(document.get("actor"))
    stated = id_of(named)
    if stated is None or len(named) != 1:
        raise Malformed("activity.actor", "an activity has not exactly one actor")
    return actor_id(stated)


def _id(document: Document, actor: ActorId) -> ActivityId | None:
    stated = document.get("id")
    if not stated:
        return None
    identity = activity_id(stated)
    if not same_origin(identity, actor):
        raise Malformed("origin.activity", "an activity's id is on another host than its actor")
    return identity


def _object(document: Document, kind: str, actor: ActorId, depth: int, language: str | None) -> Embedded:
    """None where there is no object, or several (only Flag has a use for a list: its ids are in `objects`).

    Within another activity also for a number, which NodeBB 4.15 has there for a post of its own: that has an id itself.
    """
    values = items(document.get("object"))
    if not values or (len(values) > 1 and kind != "Flag"):
        return None
    value = values[0]
    if isinstance(value, str):
        return Reference(reference(value))
    if depth > 1 and isinstance(value, int):
        return None
    if not isinstance(value, dict):
        raise Malformed("activity.object", "the object of an activity is neither an id nor an object")
    return _embedded(value, kind, actor, depth, language)


def _embedded(value: Document, within: str, actor: ActorId, depth: int, language: str | None) -> Embedded:
    """NodeBB 4.15 rejects what it could not take as `{type, target, object}`: `target` is who had said it."""
    match kind_of(value):
        case "activity" if value.get("actor"):
            return _activity(value, depth + 1, language)
        case "activity" if within == "Reject" and isinstance(value.get("target"), str):
            return _activity({**value, "actor": value["target"]}, depth, language)
        case "tombstone":
            return parse_tombstone(value)
        case "post" if within in _BY_AUTHOR:
            return parse_post(value, signer=actor, language=language)
        case "post" if within == "Announce" and (value.get("attributedTo") or value.get("actor")):
            return parse_post(value, language=language)
        case "actor" if within == "Update":
            return parse_actor(value)
        case _:
            return _reference(value)


def _reference(value: Document) -> Reference | None:
    """None for a thing without an id."""
    stated = id_of(value)
    if stated is None:
        return None
    return Reference(reference(stated), post_type(value) or required_type(value))


def _objects(value: Any) -> tuple[str, ...]:
    stated = (id_of(item) for item in items(value)[: limits.OBJECTS])
    ids = (text if text is None or text.startswith("acct:") else uri(text, fragment=True) for text in stated)
    return tuple(dict.fromkeys(found for found in ids if found is not None))


def _target(document: Document) -> str | None:
    return uri(id_of(document.get("target")), fragment=True)


def _content(document: Document) -> str:
    """Mitra and Pleroma say the emoji of a reaction in `content`, Misskey also in a property of its own."""
    stated = document.get("content") or document.get("_misskey_reaction")
    return plain_text(stated, limits.REPORT_CHARACTERS, lines=True)


def _proof(value: Any) -> Document | None:
    """The one that we can verify, else any: that there is one is worth knowing."""
    proofs = [entry for entry in items(value) if isinstance(entry, dict)]
    ours = (entry for entry in proofs if entry.get("cryptosuite") == _CRYPTOSUITE)
    return next(ours, proofs[0] if proofs else None)
