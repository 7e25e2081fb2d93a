"""Reports, blocked hosts, and what was deleted."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, false
from sqlalchemy.orm import Mapped, mapped_column

from node.database.columns import ActorRef, Base, BigId, RowId


class Report(Base):
    """A Flag from here or elsewhere, for moderators only."""

    __tablename__ = "reports"

    id: Mapped[RowId]
    uri: Mapped[str | None]
    reporter_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("actors.id", ondelete="SET NULL"), index=True)
    target_id: Mapped[ActorRef] = mapped_column(index=True)
    group_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("actors.id", ondelete="SET NULL"), index=True)
    posts: Mapped[list[Any]]
    """Ids of posts."""
    text: Mapped[str]
    category: Mapped[str] = mapped_column(server_default="other")
    """spam, legal, violation or other."""
    rules: Mapped[list[Any] | None]
    """Ids of the node's rules that it names."""
    forwarded: Mapped[bool] = mapped_column(server_default=false())
    """Told to the server of the account."""
    assigned_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("actors.id", ondelete="SET NULL"), index=True)
    """The moderator of the node who looks after it."""
    closed_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("actors.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class HostBlock(Base):
    """A host that this node neither hears nor answers."""

    __tablename__ = "host_blocks"

    host: Mapped[str] = mapped_column(primary_key=True)
    private_comment: Mapped[str | None]
    """For the moderators alone."""
    public_comment: Mapped[str | None]
    created_at: Mapped[datetime]


class Tombstone(Base):
    """That something with this id was deleted: a replayed Create cannot revive it. The id is kept as SHA-256 only."""

    __tablename__ = "tombstones"

    hash: Mapped[str] = mapped_column(primary_key=True)
    actor_hash: Mapped[str]
    """Who deleted it: only her word counts, for a Delete that comes before its Create."""
    former_type: Mapped[str | None]
    deleted_at: Mapped[datetime]
