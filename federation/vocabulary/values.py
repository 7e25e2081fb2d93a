"""What a document says, as frozen values: past the parser nobody calls `.get()` on a peer's dictionary.

HTML in here is as it came; the application sanitises it before it is stored. Texts and lists are already cut to the
limits of `federation.vocabulary.limits`, ids are canonical (`federation.identifiers`), times are aware and in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from federation.identifiers import ActivityId, ActorId, CollectionId, InboxUrl, KeyId, ObjectId

Document: TypeAlias = dict[str, Any]
"""JSON as a peer sent it, order of keys kept."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One key of an actor. `material` is a PEM (SPKI or PKCS#1) or a multibase multikey."""

    id: KeyId
    owner: ActorId
    material: str
    assertion: bool = False
    """Listed under assertionMethod (FEP-521a): good for proofs. A `publicKey` entry is good for HTTP signatures."""


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Emoji:
    """A custom emoji: `name` without colons."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class ActorDocument:
    """An actor of any type: Person, Group, Application, Service, Organization."""

    id: ActorId
    type: str
    username: str
    inbox: InboxUrl
    name: str
    summary: str
    url: str
    shared_inbox: InboxUrl | None
    outbox: CollectionId | None
    followers: CollectionId | None
    following: CollectionId | None
    featured: CollectionId | None
    moderators: CollectionId | None
    """The collection at a Group's `attributedTo` (FEP-1b12)."""
    locked: bool
    discoverable: bool
    indexable: bool
    posting_restricted: bool
    """Only moderators may post (Lemmy's postingRestrictedToMods)."""
    icon: str | None
    image: str | None
    keys: tuple[PublicKey, ...]
    also_known_as: tuple[str, ...]
    moved_to: ActorId | None
    published: datetime | None
    fields: tuple[Field, ...]
    languages: tuple[str, ...]
    emojis: tuple[Emoji, ...]
    implements: tuple[str, ...]
    """Addresses of the standards that its software says it implements (FEP-844e)."""
    document: Document = field(repr=False)


RFC_9421 = "https://datatracker.ietf.org/doc/html/rfc9421"
"""How FEP-844e names HTTP Message Signatures."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture, sound, film or link. `type` is ours: image, audio, video, link, unknown."""

    type: str
    url: str
    media_type: str | None
    alt: str
    blurhash: str | None
    focal_point: tuple[float, float] | None
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True)
class Mention:
    """`href` is the id of an actor, `name` what stands in the text."""

    href: str
    name: str


@dataclass(frozen=True, slots=True)
class PollOption:
    name: str
    votes: int


@dataclass(frozen=True, slots=True)
class Poll:
    """`multiple`: more than one option may be chosen; `voters`: people, where the peer tells (Mastodon)."""

    options: tuple[PollOption, ...]
    multiple: bool
    ends_at: datetime | None
    closed_at: datetime | None
    voters: int | None


@dataclass(frozen=True, slots=True)
class Event:
    """When and where, in words: what a readable post needs. The whole stays in the document."""

    starts_at: datetime
    ends_at: datetime | None
    timezone: str | None
    place: str | None
    status: str | None


WARNED_TYPES: Final = frozenset({"Note", "Question", "ChatMessage"})
"""Types whose `summary` is a content warning; that of the others is text (Mastodon 4.7)."""


@dataclass(frozen=True, slots=True)
class PostDocument:
    """Something written: Note, Page, Article, Question, Event, Video and what looks like them."""

    id: ObjectId
    type: str
    author: ActorId
    name: str
    """The title; of a vote, the option."""
    content: str
    content_map: Mapping[str, str]
    """Language to HTML, the original first."""
    summary: str
    """Of Note and Question the content warning, else a summary in HTML."""
    language: str | None
    in_reply_to: ObjectId | None
    to: tuple[str, ...]
    cc: tuple[str, ...]
    audience: tuple[str, ...]
    context: str | None
    url: str | None
    published: datetime | None
    updated: datetime | None
    sensitive: bool
    attachments: tuple[Attachment, ...]
    mentions: tuple[Mention, ...]
    hashtags: tuple[str, ...]
    """Without #, spelling kept."""
    emojis: tuple[Emoji, ...]
    poll: Poll | None
    event: Event | None
    locked: bool
    """commentsEnabled is false."""
    replies: CollectionId | None
    source: str | None
    """What was typed, where the peer tells (source.content)."""
    is_vote: bool
    """A Note with a name, an inReplyTo and no content: an answer to a Question."""
    document: Document = field(repr=False)

    @property
    def warning(self) -> str:
        """What a reader decides by whether to open it: of an Article and its like only where it is sensitive."""
        return self.summary if self.type in WARNED_TYPES or self.sensitive else ""


@dataclass(frozen=True, slots=True)
class TombstoneDocument:
    id: ObjectId
    former_type: str | None
    deleted: datetime | None


@dataclass(frozen=True, slots=True)
class Reference:
    """An object given by its id alone (or an embedded thing we keep only the id of)."""

    id: str
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity. `object` is parsed as deep as it goes: a nested Activity for Undo, Accept and relays."""

    id: ActivityId | None
    type: str
    actor: ActorId
    object: "Activity | PostDocument | ActorDocument | TombstoneDocument | Reference | None"
    objects: tuple[str, ...]
    """Ids of all objects, for Flag, whose object is a list."""
    target: str | None
    to: tuple[str, ...]
    cc: tuple[str, ...]
    audience: tuple[str, ...]
    published: datetime | None
    content: str
    """Text of a Flag, emoji of a reaction."""
    summary: str
    """The reason, on Delete, Block and Flag by a moderator."""
    ends_at: datetime | None
    """Of a Block: until when."""
    proof: Document | None = field(repr=False)
    document: Document = field(repr=False)

    @property
    def object_id(self) -> str | None:
        return getattr(self.object, "id", None)


Kind: TypeAlias = Literal["activity", "actor", "post", "tombstone", "collection", "other"]


@dataclass(frozen=True, slots=True)
class CollectionPage:
    """A collection or a page of one: items as they came (ids or documents)."""

    id: str | None
    total: int | None
    items: tuple[str | Document, ...]
    first: str | Document | None
    next: str | None
