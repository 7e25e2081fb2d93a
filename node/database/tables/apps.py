"""Apps of people of this node: what registered, whom it was let in for, where it is told, what it sent twice."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from node.database.columns import Base, BigId, RowId


class OAuthApp(Base):
    """A client that registered itself (RFC 7591 in spirit). Registrations do not expire: Elk and Phanpy keep theirs."""

    __tablename__ = "oauth_apps"

    id: Mapped[RowId]
    client_id: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[str]
    name: Mapped[str]
    website: Mapped[str | None]
    redirect_uris: Mapped[list[Any]]
    """As sent, letter by letter: they are compared, never parsed."""
    scopes: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class OAuthCode(Base):
    """That somebody let an app in: exchanged once for a token, as SHA-256."""

    __tablename__ = "oauth_codes"

    id: Mapped[RowId]
    hash: Mapped[str] = mapped_column(unique=True)
    app_id: Mapped[int] = mapped_column(BigId, ForeignKey("oauth_apps.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id", ondelete="CASCADE"), index=True)
    redirect_uri: Mapped[str]
    scopes: Mapped[str]
    challenge: Mapped[str | None]
    """Of PKCE, S256."""
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    token_id: Mapped[int | None] = mapped_column(BigId)
    """What it was exchanged for: a second use takes that away too (RFC 6749, section 4.1.2)."""


class PushSubscription(Base):
    """Where notices of one token go. The payload carries the token itself, so it is kept here, encrypted."""

    __tablename__ = "push_subscriptions"

    id: Mapped[RowId]
    token_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_tokens.id", ondelete="CASCADE"), unique=True)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id", ondelete="CASCADE"), index=True)
    sealed_token: Mapped[str]
    endpoint: Mapped[str]
    p256dh: Mapped[str]
    auth: Mapped[str]
    standard: Mapped[bool]
    """aes128gcm (RFC 8291); else aesgcm, its draft."""
    alerts: Mapped[dict[str, Any]]
    policy: Mapped[str]
    """all, followed, follower or none."""
    created_at: Mapped[datetime]


class IdempotencyKey(Base):
    """A post that an app sent under a key of its own: sent again within a day, it gets the first one."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("user_id", "key"), Index(None, "created_at"))

    id: Mapped[RowId]
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id", ondelete="CASCADE"))
    key: Mapped[str]
    """SHA-256 of it."""
    made_id: Mapped[int | None] = mapped_column(BigId)
    """Of the post, or of the scheduled one."""
    created_at: Mapped[datetime]
