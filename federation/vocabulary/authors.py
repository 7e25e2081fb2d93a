"""Who wrote an object: the one actor that shares its host, out of all that `attributedTo` may hold (FEP-fe34)."""

from typing import NamedTuple

from federation.errors import Malformed
from federation.identifiers import ActorId, ObjectId, actor_id, same_origin
from federation.vocabulary.kinds import type_of
from federation.vocabulary.properties import id_of, items, uri
from federation.vocabulary.values import Document


class Attribution(NamedTuple):
    author: ActorId
    groups: tuple[ActorId, ...]
    """Groups that the object is attributed to beside its author: Mobilizon's organisers, PeerTube's channels."""


def attribution(document: Document, object_id: ObjectId, signer: ActorId | None) -> Attribution:
    """Of several people the signer, else the first; where only a Group is named, the object's own `actor`.

    `signer` is the actor of the Create or Update that brings the object; where nobody is named she is the author.
    Names, numbers and ids that are no URLs are no authors. Raises `Malformed` when nobody is left on the object's host.
    """
    named = _named(document)
    here = [(actor, kind) for actor, kind in named if same_origin(actor, object_id)]
    own = _own_actor(document, object_id)
    if named and not here:
        raise Malformed("origin.author", "an object is attributed to an actor on another host")
    if not here and own is None:
        return Attribution(_implied(signer, object_id), ())
    groups = tuple(actor for actor, kind in here if kind == "Group")
    people = [actor for actor, kind in here if kind != "Group"]
    if own is not None and own not in people and (not people or type_of(document) == "Event"):
        # Mobilizon: an Event is attributed to its group by a bare id, and `actor` is the person.
        return Attribution(own, (*groups, *people))
    if not people:
        return Attribution(groups[0], ())
    return Attribution(signer if signer is not None and signer in people else people[0], groups)


def _named(document: Document) -> list[tuple[ActorId, str]]:
    return [
        (actor_id(canonical), type_of(entry) if isinstance(entry, dict) else "")
        for entry in items(document.get("attributedTo"))
        if (canonical := uri(id_of(entry))) is not None
    ]


def _implied(signer: ActorId | None, object_id: ObjectId) -> ActorId:
    if signer is None:
        raise Malformed("post.author", "an object is attributed to nobody")
    if not same_origin(signer, object_id):
        raise Malformed("origin.author", "an object's id is on another host than its author")
    return signer


def _own_actor(document: Document, object_id: ObjectId) -> ActorId | None:
    canonical = uri(id_of(document.get("actor")))
    return actor_id(canonical) if canonical is not None and same_origin(canonical, object_id) else None
