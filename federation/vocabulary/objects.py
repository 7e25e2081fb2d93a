"""What a fetched document is: the parser of its kind, or a reference to something that we have no use for."""

from typing import TypeAlias

from federation.errors import Malformed
from federation.vocabulary.activities import parse_activity, parse_tombstone
from federation.vocabulary.actors import parse_actor
from federation.vocabulary.kinds import kind_of, required_type
from federation.vocabulary.posts import parse_post
from federation.vocabulary.properties import id_of, reference
from federation.vocabulary.values import (
    Activity,
    ActorDocument,
    Document,
    PostDocument,
    Reference,
    TombstoneDocument,
)

Parsed: TypeAlias = PostDocument | TombstoneDocument | ActorDocument | Activity | Reference


def parse_object(document: Document) -> Parsed:
    """Collections come back as a reference: `parse_collection` reads them. Raises `Malformed`."""
    match kind_of(document):
        case "actor":
            return parse_actor(document)
        case "tombstone":
            return parse_tombstone(document)
        case "post":
            return parse_post(document)
        case "activity":
            return parse_activity(document)
        case _:
            kind, stated = required_type(document), id_of(document)
            if stated is None:
                raise Malformed("id.missing", "a document has no id")
            return Reference(reference(stated), kind)
