"""What somebody of this node keeps for herself: seen by nobody else, and never sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from node.database.columns import ActorRef, Base, BigId, PostRef, RowId


class Bookmark(Base):
    __tablename__ = "bookmarks"
    __table_args__ = (UniqueConstraint("actor_id", "post_id"), Index(None, "actor_id", "id"))

    id: Mapped[RowId]
    actor_id: Mapped[ActorRef]
    post_id: Mapped[PostRef] = mapped_column(index=True)


class Mute(Base):
    """She does not want to read somebody for a while; that one is not told."""

    __tablename__ = "mutes"
    __table_args__ = (UniqueConstraint("actor_id", "target_id"),)

    id: Mapped[RowId]
    actor_id: Mapped[ActorRef]
    target_id: Mapped[int] = mapped_column(BigId, ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    notifications: Mapped[bool]
    """Whether notices are muted too."""
    until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class ThreadMute(Base):
    """No notices of what is written in a thread."""

    __tablename__ = "thread_mutes"
    __table_args__ = (UniqueConstraint("actor_id", "root_id"),)

    id: Mapped[RowId]
    actor_id: Mapped[ActorRef]
    root_id: Mapped[PostRef] = mapped_column(index=True)


class MutedHost(Base):
    """A server whose people she wants to see nothing of."""

    __tablename__ = "muted_hosts"
    __table_args__ = (UniqueConstraint("actor_id", "host"),)

    id: Mapped[RowId]
    actor_id: Mapped[ActorRef]
    host: Mapped[str]


class PersonalList(Base):
    """Accounts that she reads apart. The lists of her groups are none of these: they are her memberships."""

    __tablename__ = "lists"

    id: Mapped[RowId]
    actor_id: Mapped[ActorRef] = mapped_column(index=True)
    title: Mapped[str]
    replies_policy: Mapped[str]
    """followed, list or none."""
    exclusive: Mapped[bool]
    """Those in it do not stand in home."""


class ListMember(Base):
    __tablename__ = "list_members"
    __table_args__ = (UniqueConstraint("list_id", "actor_id"),)

    id: Mapped[RowId]
    list_id: Mapped[int] = mapped_column(BigId, ForeignKey("lists.id", ondelete="CASCADE"))
    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actors.id", ondelete="CASCADE"), index=True)


class Filter(Base):
    __tablename__ = "filters"

    id: Mapped[RowId]
    actor_id: Mapped[ActorRef] = mapped_column(index=True)
    title: Mapped[str]
    contexts: Mapped[list[Any]]
    """Of home, notifications, public, thread, account."""
    action: Mapped[str]
    """warn or hide."""
    expires_at: Mapped[datetime | None]


class FilterKeyword(Base):
    __tablename__ = "filter_keywords"

    id: Mapped[RowId]
    filter_id: Mapped[int] = mapped_column(BigId, ForeignKey("filters.id", ondelete="CASCADE"), index=True)
    keyword: Mapped[str]
    whole_word: Mapped[bool]


class FilterStatus(Base):
    __tablename__ = "filter_statuses"
    __table_args__ = (UniqueConstraint("filter_id", "post_id"),)

    id: Mapped[RowId]
    filter_id: Mapped[int] = mapped_column(BigId, ForeignKey("filters.id", ondelete="CASCADE"))
    post_id: Mapped[PostRef] = mapped_column(index=True)


class Marker(Base):
    """How far she has read, told from app to app."""

    __tablename__ = "markers"

    actor_id: Mapped[ActorRef] = mapped_column(primary_key=True, autoincrement=False)
    timeline: Mapped[str] = mapped_column(primary_key=True)
    """home or notifications."""
    last_read_id: Mapped[int] = mapped_column(BigId)
    version: Mapped[int]
    updated_at: Mapped[datetime]


class FollowedTag(Base):
    __tablename__ = "followed_tags"
    __table_args__ = (UniqueConstraint("actor_id", "name"), Index(None, "name"))

    id: Mapped[RowId]
    actor_id: Mapped[ActorRef]
    name: Mapped[str]
    """Casefolded, without #."""


class FeaturedTag(Base):
    """A hashtag on her profile: everybody sees that."""

    __tablename__ = "featured_tags"
    __table_args__ = (UniqueConstraint("actor_id", "name"),)

    id: Mapped[RowId]
    actor_id: Mapped[ActorRef]
    name: Mapped[str]
    display: Mapped[str]
    """As she wrote it."""


class Endorsement(Base):
    """An account that she shows on her profile: everybody sees that."""

    __tablename__ = "endorsements"
    __table_args__ = (UniqueConstraint("actor_id", "target_id"),)

    id: Mapped[RowId]
    actor_id: Mapped[ActorRef]
    target_id: Mapped[int] = mapped_column(BigId, ForeignKey("actors.id", ondelete="CASCADE"), index=True)


class AccountNote(Base):
    """What she wrote down about somebody."""

    __tablename__ = "account_notes"
    __table_args__ = (UniqueConstraint("actor_id", "target_id"),)

    id: Mapped[RowId]
    actor_id: Mapped[ActorRef]
    target_id: Mapped[int] = mapped_column(BigId, ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    text: Mapped[str]


class DismissedSuggestion(Base):
    __tablename__ = "dismissed_suggestions"
    __table_args__ = (UniqueConstraint("actor_id", "target_id"),)

    id: Mapped[RowId]
    actor_id: Mapped[ActorRef]
    target_id: Mapped[int] = mapped_column(BigId, ForeignKey("actors.id", ondelete="CASCADE"), index=True)


class ScheduledPost(Base):
    """A post that waits for its time."""

    __tablename__ = "scheduled_posts"
    __table_args__ = (Index(None, "actor_id", "scheduled_at"),)

    id: Mapped[RowId]
    actor_id: Mapped[ActorRef]
    scheduled_at: Mapped[datetime]
    parameters: Mapped[dict[str, Any]]
    """As the app sent them."""
