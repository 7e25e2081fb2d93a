"""What was written, and who is named, what is tagged, what changed and who liked it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from node.database.columns import ActorRef, Base, BigId, PostRef, RowId

_LOCKED: Final = text("locked_by_id IS NOT NULL")


class Post(Base):
    """A post, or a reblog of one (`reblog_of_id`). Deleted posts keep their row, emptied, so that threads hold."""

    __tablename__ = "posts"
    __table_args__ = (
        Index(None, "author_id", "id"),
        Index(None, "group_id", "id"),
        Index(None, "root_id", "id"),
        Index(None, "reblog_of_id", "author_id"),
        Index(None, "in_reply_to_id"),
        Index(None, "in_reply_to_uri"),
        Index(None, "locked_by_id", sqlite_where=_LOCKED, postgresql_where=_LOCKED),
    )

    id: Mapped[RowId]
    uri: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str]
    type: Mapped[str]
    author_id: Mapped[ActorRef]
    visibility: Mapped[str]
    """public, unlisted, followers, members or direct."""
    group_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("actors.id", ondelete="SET NULL"))
    """The group whose post it is: that has taken it, or to which somebody of this node wrote it."""
    reblog_of_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("posts.id", ondelete="CASCADE"))
    in_reply_to_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("posts.id", ondelete="SET NULL"))
    in_reply_to_uri: Mapped[str | None]
    root_id: Mapped[int | None] = mapped_column(BigId)
    """The post that opens the thread; its own id where it is that."""
    context_uri: Mapped[str | None]
    name: Mapped[str]
    content: Mapped[str]
    content_map: Mapped[Mapping[str, str] | None]
    summary: Mapped[str]
    source: Mapped[str | None]
    language: Mapped[str | None]
    sensitive: Mapped[bool]
    attachments: Mapped[list[Any]]
    emojis: Mapped[list[Any]]
    poll: Mapped[dict[str, Any] | None]
    event: Mapped[dict[str, Any] | None]
    document: Mapped[str | None]
    """As its author's node sent it, for what we do not show yet. Null for those of this node."""
    published: Mapped[datetime]
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    """Taken out of the group by a moderator."""
    removal_reason: Mapped[str | None]
    """What the moderator said of it, for the author and the moderators alone."""
    refused_at: Mapped[datetime | None]
    """The group elsewhere to which somebody of this node wrote it has said that it does not take it."""
    locked_at: Mapped[datetime | None]
    locked_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("actors.id", ondelete="SET NULL"))
    """Who locked it, as far as that is known: an author lifts no lock but her own."""


class Mention(Base):
    """Somebody a post addresses by name: may read it, whatever its visibility."""

    __tablename__ = "mentions"
    __table_args__ = (UniqueConstraint("post_id", "actor_id"),)

    id: Mapped[RowId]
    post_id: Mapped[PostRef]
    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    silent: Mapped[bool]
    """Addressed without a Mention tag: no notice."""


class PostTag(Base):
    __tablename__ = "post_tags"
    __table_args__ = (UniqueConstraint("name", "post_id"),)

    id: Mapped[RowId]
    post_id: Mapped[PostRef] = mapped_column(index=True)
    name: Mapped[str]
    """Casefolded, without #."""


class PostEdit(Base):
    """How a post read before it was edited."""

    __tablename__ = "post_edits"

    id: Mapped[RowId]
    post_id: Mapped[PostRef] = mapped_column(index=True)
    name: Mapped[str]
    content: Mapped[str]
    summary: Mapped[str]
    sensitive: Mapped[bool]
    attachments: Mapped[list[Any]]
    created_at: Mapped[datetime]
    """When it became this."""


class Reaction(Base):
    """A Like (`emoji` empty) or an EmojiReact."""

    __tablename__ = "reactions"
    __table_args__ = (UniqueConstraint("post_id", "actor_id", "emoji"),)

    id: Mapped[RowId]
    post_id: Mapped[PostRef]
    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    emoji: Mapped[str]
    uri: Mapped[str | None] = mapped_column(index=True)
    created_at: Mapped[datetime]


class PollVote(Base):
    """A choice of somebody of this node, or of anybody in a poll of this node."""

    __tablename__ = "poll_votes"
    __table_args__ = (Index(None, "post_id", "actor_id", "choice", unique=True),)

    id: Mapped[RowId]
    post_id: Mapped[int] = mapped_column(BigId, ForeignKey("posts.id", ondelete="CASCADE"))
    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    choice: Mapped[int]
    """From 0."""
    uri: Mapped[str | None]
    created_at: Mapped[datetime]
