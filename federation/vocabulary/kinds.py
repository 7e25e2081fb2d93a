"""Names of types, and what a document is by its type."""

from typing import Final

from federation.errors import Malformed
from federation.vocabulary.values import Document, Kind

POST_TYPES: Final = frozenset(
    {"Note", "Page", "Article", "Question", "Event", "Video", "Audio", "Image", "ChatMessage"}
)
ACTOR_TYPES: Final = frozenset({"Person", "Group", "Application", "Service", "Organization"})
COLLECTION_TYPES: Final = frozenset({"Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"})
ACTIVITY_TYPES: Final = frozenset(
    {
        *("Accept", "Add", "Announce", "Arrive", "Block", "Create", "Delete", "Dislike", "Flag", "Follow", "Ignore"),
        *("Invite", "Join", "Leave", "Like", "Listen", "Move", "Offer", "Read", "Reject", "Remove", "TentativeAccept"),
        *("TentativeReject", "Travel", "Undo", "Update", "View"),
        "EmojiReact",  # Pleroma, FEP-c0e0
        *("Lock", "Resolve", "Warn"),  # Lemmy 1.0
        "QuoteRequest",  # FEP-044f
    }
)
NOT_POSTS: Final = frozenset(
    {
        "ActorStatus",  # FEP-82f6: a line beside a name, with content and attributedTo as a Note has
        *("Work", "Edition", "Author"),  # BookWyrm's catalogue
        *("Place", "Feed", "Conversation"),
        *("QuoteAuthorization", "LikeApproval", "ReplyApproval", "AnnounceApproval"),
        *("Mention", "Hashtag", "Emoji", "Link", "Document", "PropertyValue"),
    }
)
"""Types that are never shown as a post, whatever properties they have."""

_KNOWN: Final = POST_TYPES | ACTOR_TYPES | COLLECTION_TYPES | ACTIVITY_TYPES | {"Tombstone"}
_NAMESPACES: Final = ("as:", "https://www.w3.org/ns/activitystreams#")


def type_of(document: Document) -> str:
    """The first type that we know, else the first: "" where there is none."""
    stated = document.get("type")
    if isinstance(stated, str) and stated in _KNOWN:
        return stated
    names = [_bare(name) for name in (stated if isinstance(stated, list) else [stated]) if isinstance(name, str)]
    return next((name for name in names if name in _KNOWN), names[0] if names else "")


def required_type(document: Document) -> str:
    """Raises `Malformed`."""
    name = type_of(document)
    if not name:
        raise Malformed("type.missing", "a document has no type")
    return name


def post_type(document: Document) -> str | None:
    """The type to treat a post by: an unknown one with content and an author is a Note; None for what is no post."""
    name = type_of(document)
    if name in POST_TYPES:
        return name
    if name in NOT_POSTS or name in _KNOWN or not isinstance(document.get("content"), str):
        return None
    return "Note" if document.get("attributedTo") else None


def kind_of(document: Document) -> Kind:
    """What parser a document is for; an unknown type is told by the properties it has."""
    name = type_of(document)
    if name in ACTOR_TYPES:
        return "actor"
    if name == "Tombstone":
        return "tombstone"
    if name in COLLECTION_TYPES:
        return "collection"
    if post_type(document) is not None:
        return "post"
    if name in ACTIVITY_TYPES or (document.get("actor") and "object" in document and not document.get("attributedTo")):
        return "activity"
    return "other"


def _bare(name: str) -> str:
    for namespace in _NAMESPACES:
        name = name.removeprefix(namespace)
    return name
