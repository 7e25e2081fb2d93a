"""The vocabulary of ActivityStreams as peers use it: parsers from JSON to frozen values.

`parse_document` turns bytes into a bounded JSON object; the other parsers check it against its schema and return
values. All that can be wrong is a `federation.errors.Malformed` with a reason code.
"""

from federation.vocabulary.activities import Envelope, parse_activity, read_envelope
from federation.vocabulary.actors import parse_actor
from federation.vocabulary.collection_pages import parse_collection
from federation.vocabulary.documents import parse_document
from federation.vocabulary.kinds import (
    ACTIVITY_TYPES,
    ACTOR_TYPES,
    COLLECTION_TYPES,
    POST_TYPES,
    kind_of,
    post_type,
    type_of,
)
from federation.vocabulary.objects import parse_object
from federation.vocabulary.texts import plain_text
from federation.vocabulary.values import (
    RFC_9421,
    Activity,
    ActorDocument,
    Attachment,
    CollectionPage,
    Document,
    Emoji,
    Event,
    Field,
    Kind,
    Mention,
    Poll,
    PollOption,
    PostDocument,
    PublicKey,
    Reference,
    TombstoneDocument,
)

__all__ = [
    "ACTIVITY_TYPES",
    "ACTOR_TYPES",
    "COLLECTION_TYPES",
    "POST_TYPES",
    "RFC_9421",
    "Activity",
    "ActorDocument",
    "Attachment",
    "CollectionPage",
    "Document",
    "Emoji",
    "Envelope",
    "Event",
    "Field",
    "Kind",
    "Mention",
    "Poll",
    "PollOption",
    "PostDocument",
    "PublicKey",
    "Reference",
    "TombstoneDocument",
    "kind_of",
    "parse_activity",
    "parse_actor",
    "parse_collection",
    "parse_document",
    "parse_object",
    "plain_text",
    "post_type",
    "read_envelope",
    "type_of",
]
