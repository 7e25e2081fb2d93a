"""Log-ins of this node: users, their tokens, and the one-time links that let them in."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from node.database.columns import Base, BigId, RowId


class User(Base):
    """A log-in: a person of this node. What others see of her is her Actor."""

    __tablename__ = "users"

    id: Mapped[RowId]
    actor_id: Mapped[int] = mapped_column(BigId, ForeignKey("actors.id", ondelete="CASCADE"), unique=True)
    email: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    role: Mapped[str]
    """member, facilitator, moderator or operator; each includes the one before."""
    created_at: Mapped[datetime]
    active_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    pending_since: Mapped[datetime | None]
    """She signed up, and nobody has let her in yet. Her actor is suspended meanwhile: nobody sees it."""
    request: Mapped[str | None]
    """What she wrote when she asked to be let in."""
    preferences: Mapped[dict[str, Any] | None]
    """What her apps begin a post with, and show: privacy, sensitive, language, expand_media, expand_spoilers."""


class UserToken(Base):
    """A bearer token of the client API or a session of the pages, as SHA-256: a stolen backup signs nobody in.

    Without a user it is an app's own, with which it registers people.
    """

    __tablename__ = "user_tokens"

    id: Mapped[RowId]
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("users.id", ondelete="CASCADE"), index=True)
    app_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("oauth_apps.id", ondelete="CASCADE"), index=True)
    hash: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    """api or session."""
    scopes: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class SignInLink(Base):
    """A link that signs in once, as SHA-256."""

    __tablename__ = "sign_in_links"

    id: Mapped[RowId]
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id", ondelete="CASCADE"), index=True)
    hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
