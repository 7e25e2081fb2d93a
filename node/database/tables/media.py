"""Files that people of this node uploaded."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from node.database.columns import ActorRef, Base, BigId, RowId


class MediaFile(Base):
    """An upload: as it came, until it is processed; then what was made of it, under a name that cannot be guessed."""

    __tablename__ = "media_files"
    __table_args__ = (Index(None, "actor_id", "id"), Index(None, "created_at"))

    id: Mapped[RowId]
    actor_id: Mapped[ActorRef]
    post_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("posts.id", ondelete="SET NULL"), index=True)
    scheduled_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("scheduled_posts.id", ondelete="SET NULL"), index=True
    )
    kind: Mapped[str]
    """image, gifv, audio, video."""
    state: Mapped[str]
    """processing, ready or failed; withdrawn, out of a post that was deleted."""
    key: Mapped[str] = mapped_column(unique=True)
    """Names the files in the storage: `KEY/original.webp` and so on."""
    file: Mapped[str | None]
    preview: Mapped[str | None]
    media_type: Mapped[str]
    bytes: Mapped[int]
    description: Mapped[str]
    focus: Mapped[list[Any] | None]
    """[x, y], each from -1 to 1."""
    blurhash: Mapped[str | None]
    meta: Mapped[dict[str, Any]]
    """original and small: width, height, duration in seconds, frame_rate, bitrate."""
    created_at: Mapped[datetime]
