"""What somebody of this node is told of; and the direct conversations that she has put away or read."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from node.database.columns import ActorRef, Base, BigId, RowId


class Notification(Base):
    """Something that happened to somebody of this node. What may not be shown any more is left out when it is read."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("actor_id", "type", "from_id", "post_id"),
        Index(None, "actor_id", "id"),
        Index(None, "actor_id", "filtered", "from_id"),
    )

    id: Mapped[RowId]
    actor_id: Mapped[ActorRef]
    """Who is told."""
    type: Mapped[str]
    """mention, status, reblog, follow, follow_request, favourite, poll, update, quote, admin.sign_up, admin.report."""
    from_id: Mapped[int] = mapped_column(BigId, ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    """Who did it; of a poll its author."""
    post_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    report_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("reports.id", ondelete="CASCADE"), index=True)
    group_key: Mapped[str]
    """Those of one key are shown as one; `ungrouped-ID` stands alone."""
    filtered: Mapped[bool]
    """Kept apart by her policy, until she lets the sender through."""
    created_at: Mapped[datetime]


class NotificationPolicy(Base):
    """Whose notices are kept apart (filter) or not made at all (drop)."""

    __tablename__ = "notification_policies"

    actor_id: Mapped[ActorRef] = mapped_column(primary_key=True, autoincrement=False)
    rules: Mapped[dict[str, Any]]
    """for_not_following, for_not_followers, for_new_accounts, for_private_mentions, for_limited_accounts, for_bots."""


class NotificationPermission(Base):
    """Somebody whose notices she has let through in spite of her policy."""

    __tablename__ = "notification_permissions"
    __table_args__ = (UniqueConstraint("actor_id", "from_id"),)

    id: Mapped[RowId]
    actor_id: Mapped[ActorRef]
    from_id: Mapped[int] = mapped_column(BigId, ForeignKey("actors.id", ondelete="CASCADE"), index=True)


class Conversation(Base):
    """One side's view of a thread of direct posts: its latest, and whether she has read it."""

    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("actor_id", "root_id"), Index(None, "actor_id", "last_post_id"))

    id: Mapped[RowId]
    actor_id: Mapped[ActorRef]
    root_id: Mapped[int] = mapped_column(BigId, ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    last_post_id: Mapped[int] = mapped_column(BigId, ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    unread: Mapped[bool]
