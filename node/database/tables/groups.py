"""What a group of this node is beside an Actor; and of every group its moderators, bans and pins."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from node.database.columns import ActorRef, Base, BigId, PostRef, RowId


class Group(Base):
    """A group of this node. `id` is its Actor's."""

    __tablename__ = "groups"

    id: Mapped[int] = mapped_column(
        BigId, ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    owner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("actors.id", ondelete="SET NULL"), index=True)
    joining: Mapped[str]
    """open, approval or invite."""
    visibility: Mapped[str]
    """public, members or hidden."""
    rules: Mapped[dict[str, Any]]
    """Language to text."""
    topics: Mapped[list[Any]]
    closed_at: Mapped[datetime | None]
    """No new threads; answers go on."""
    archived_at: Mapped[datetime | None]
    """Read only."""


class GroupModerator(Base):
    __tablename__ = "group_moderators"
    __table_args__ = (UniqueConstraint("group_id", "actor_id"),)

    id: Mapped[RowId]
    group_id: Mapped[ActorRef]
    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actors.id", ondelete="CASCADE"), index=True)


class GroupInvitation(Base):
    """A moderator wants this one in: her Follow is accepted at once."""

    __tablename__ = "group_invitations"
    __table_args__ = (UniqueConstraint("group_id", "actor_id"),)

    id: Mapped[RowId]
    group_id: Mapped[ActorRef]
    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]


class GroupBan(Base):
    __tablename__ = "group_bans"
    __table_args__ = (UniqueConstraint("group_id", "actor_id"),)

    id: Mapped[RowId]
    group_id: Mapped[ActorRef]
    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    until: Mapped[datetime | None]
    """Null: for good."""
    reason: Mapped[str]
    created_at: Mapped[datetime]


class Pin(Base):
    """A post that an actor features."""

    __tablename__ = "pins"
    __table_args__ = (UniqueConstraint("actor_id", "post_id"),)

    id: Mapped[RowId]
    actor_id: Mapped[ActorRef]
    post_id: Mapped[PostRef] = mapped_column(index=True)
