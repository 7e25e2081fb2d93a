"""Who acts, here or elsewhere; their keys; who follows and who blocks whom."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column

from node.database.columns import ActorRef, Base, BigId, RowId


class Actor(Base):
    """A Person, Group, Application, Service or Organization. `host` is null for those of this node."""

    __tablename__ = "actors"

    id: Mapped[RowId]
    uri: Mapped[str] = mapped_column(unique=True)
    type: Mapped[str]
    username: Mapped[str]
    host: Mapped[str | None] = mapped_column(index=True)
    handle: Mapped[str | None] = mapped_column(unique=True)
    """name@host in lower case: people and groups share one namespace. Null once another actor has taken it over."""
    name: Mapped[str]
    name_map: Mapped[Mapping[str, str] | None]
    summary: Mapped[str]
    summary_map: Mapped[Mapping[str, str] | None]
    url: Mapped[str]
    inbox: Mapped[str]
    shared_inbox: Mapped[str | None]
    outbox: Mapped[str | None]
    followers_uri: Mapped[str | None] = mapped_column(index=True)
    following_uri: Mapped[str | None]
    featured_uri: Mapped[str | None] = mapped_column(index=True)
    moderators_uri: Mapped[str | None] = mapped_column(index=True)
    locked: Mapped[bool]
    discoverable: Mapped[bool]
    indexable: Mapped[bool]
    posting_restricted: Mapped[bool]
    shows_follows: Mapped[bool]
    icon: Mapped[str | None]
    image: Mapped[str | None]
    fields: Mapped[list[Any]]
    languages: Mapped[list[Any]]
    emojis: Mapped[list[Any]]
    also_known_as: Mapped[list[Any]]
    moved_to: Mapped[str | None]
    published: Mapped[datetime | None]
    created_at: Mapped[datetime]
    fetched_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    host_blocked_at: Mapped[datetime | None]
    """Since when its server is one that this node has blocked (`host_blocks`), by its id or its handle."""
    deleted_at: Mapped[datetime | None]

    @property
    def is_local(self) -> bool:
        return self.host is None

    @property
    def is_group(self) -> bool:
        return self.type == "Group"

    @property
    def delivery_inbox(self) -> str:
        """The shared inbox where there is one: one delivery per host."""
        return self.shared_inbox or self.inbox


class ActorKey(Base):
    """A public key that an actor's own document lists."""

    __tablename__ = "actor_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    actor_id: Mapped[ActorRef] = mapped_column(index=True)
    material: Mapped[str]
    assertion: Mapped[bool]


class ActorSecret(Base):
    """Private keys of an actor of this node, encrypted with the node's secret."""

    __tablename__ = "actor_secrets"

    actor_id: Mapped[ActorRef] = mapped_column(primary_key=True, autoincrement=False)
    rsa: Mapped[str]
    ed25519: Mapped[str]


class Follow(Base):
    """A wish to follow or join, accepted or not. Accepted and of a group, it is a membership."""

    __tablename__ = "follows"
    __table_args__ = (UniqueConstraint("follower_id", "target_id"), Index(None, "target_id", "accepted_at"))

    id: Mapped[RowId]
    follower_id: Mapped[ActorRef]
    target_id: Mapped[ActorRef]
    uri: Mapped[str] = mapped_column(index=True)
    """The id of the Follow as its sender named it: the Accept repeats it."""
    created_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    rejected_at: Mapped[datetime | None]
    shows_reblogs: Mapped[bool] = mapped_column(server_default=true())
    notifies: Mapped[bool] = mapped_column(server_default=false())
    """She wants a notice of each post."""
    languages: Mapped[list[Any] | None]
    """What she wants to read of it; null: all."""


class Block(Base):
    """One actor does not want to hear of another."""

    __tablename__ = "blocks"
    __table_args__ = (UniqueConstraint("actor_id", "target_id"),)

    id: Mapped[RowId]
    actor_id: Mapped[ActorRef]
    target_id: Mapped[int] = mapped_column(BigId, ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    uri: Mapped[str]
    created_at: Mapped[datetime]
