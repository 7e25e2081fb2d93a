"""The three rests between steps: what came in, what goes out, what is to be done; and what is known of each peer.

In all three `due_at` is the lease while claimed, then the back-off, and null at the end. `claimed` tells a lease from a
back-off.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from node.database.columns import ActorRef, Base, BigId, RowId


def waiting(*columns: str) -> Index:
    """An index over what is not done: what is kept of the past must not slow the present."""
    undone = text("due_at IS NOT NULL")
    return Index(None, *columns, sqlite_where=undone, postgresql_where=undone)


class InboxItem(Base):
    """An activity that was answered 202. `outcome`: handled, ignored, refused or failed, with a `reason`."""

    __tablename__ = "inbox_items"
    __table_args__ = (
        UniqueConstraint("actor_uri", "activity_id"),
        waiting("due_at"),
        waiting("actor_uri", "id"),
    )

    id: Mapped[RowId]
    actor_uri: Mapped[str]
    activity_id: Mapped[str]
    kind: Mapped[str]
    document: Mapped[str]
    """Emptied when done."""
    arrived_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    claimed: Mapped[bool]
    attempts: Mapped[int]
    outcome: Mapped[str | None]
    reason: Mapped[str | None]


class OwnActivity(Base):
    """An activity of an actor of this node, as it is sent, proof included."""

    __tablename__ = "own_activities"

    id: Mapped[RowId]
    uri: Mapped[str] = mapped_column(index=True)
    actor_id: Mapped[ActorRef] = mapped_column(index=True)
    type: Mapped[str]
    object_uri: Mapped[str] = mapped_column(index=True)
    public: Mapped[bool]
    """May be fetched by anybody."""
    document: Mapped[str]


class Delivery(Base):
    """One activity owed to one inbox. One sender's deliveries to an inbox go out in order."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("activity_id", "inbox"),
        waiting("due_at"),
        waiting("inbox", "sender_id", "id"),
        waiting("host"),
    )

    id: Mapped[RowId]
    activity_id: Mapped[int] = mapped_column(BigId, ForeignKey("own_activities.id", ondelete="CASCADE"))
    sender_id: Mapped[ActorRef] = mapped_column(index=True)
    inbox: Mapped[str]
    host: Mapped[str]
    due_at: Mapped[datetime | None]
    claimed: Mapped[bool]
    attempts: Mapped[int]
    outcome: Mapped[str | None]
    """delivered, refused (4xx), gone or given up."""
    reason: Mapped[str | None]


class Job(Base):
    """Anything else that must happen later. `kind` names a function in `workers/jobs`."""

    __tablename__ = "jobs"
    __table_args__ = (UniqueConstraint("kind", "key"), waiting("due_at"))

    id: Mapped[RowId]
    kind: Mapped[str]
    key: Mapped[str]
    payload: Mapped[dict[str, Any]]
    due_at: Mapped[datetime | None]
    claimed: Mapped[bool]
    attempts: Mapped[int]
    reason: Mapped[str | None]


class Peer(Base):
    """What is known of another server: the signature it takes, and whether it answers."""

    __tablename__ = "peers"

    host: Mapped[str] = mapped_column(primary_key=True)
    scheme: Mapped[str | None]
    """cavage or rfc9421, once one has worked."""
    software: Mapped[str | None]
    failures: Mapped[int]
    """In a row."""
    resume_at: Mapped[datetime | None]
    """Until then its deliveries rest."""
    failing_since: Mapped[datetime | None]
    contact_at: Mapped[datetime | None]


class Retired(Base):
    """An inbox, or a whole host, that said it is gone or was silent for days: until contact nothing more goes there."""

    __tablename__ = "retired"

    address: Mapped[str] = mapped_column(primary_key=True)
    """The inbox, or the host."""
    host: Mapped[str] = mapped_column(index=True)
    since: Mapped[datetime]


class Relay(Base):
    """That a group of this node has passed on an activity: each once, and so many of one actor in a time."""

    __tablename__ = "relays"
    __table_args__ = (UniqueConstraint("group_id", "activity_uri"), Index(None, "actor_id", "id"))

    id: Mapped[RowId]
    group_id: Mapped[ActorRef]
    activity_uri: Mapped[str]
    actor_id: Mapped[ActorRef]
    brings: Mapped[bool]
    """A new post."""
    relayed_at: Mapped[datetime]
