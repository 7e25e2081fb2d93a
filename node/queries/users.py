"""Log-ins of this node, their tokens and links."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from node.database import Transaction
from node.database.tables import Actor, OAuthCode, SignInLink, User, UserToken


async def add(tx: Transaction, values: dict[str, Any]) -> User:
    await tx.execute(insert(User).values(**values))
    user: User | None = await tx.get(User, values["id"])
    assert user is not None  # noqa: S101  # written above
    return user


async def by_actor(tx: Transaction, actor_id: int) -> User | None:
    found: User | None = await tx.one(select(User).where(User.actor_id == actor_id))
    return found


async def stands(tx: Transaction, user_id: int) -> bool:
    """Whether she is there, and may sign in."""
    return await tx.one(select(User.id).where(User.id == user_id, User.disabled_at.is_(None))) is not None


async def by_email(tx: Transaction, email: str) -> User | None:
    found: User | None = await tx.one(select(User).where(User.email == email))
    return found


async def all_people(tx: Transaction) -> Sequence[tuple[User, Actor]]:
    rows = await tx.rows(select(User, Actor).join(Actor, Actor.id == User.actor_id).order_by(User.id))
    return [(user, actor) for user, actor in rows]


async def any_operator(tx: Transaction) -> bool:
    return await tx.one(select(User.id).where(User.role == "operator").limit(1)) is not None


async def any_operator_signed_in(tx: Transaction) -> bool:
    seen = select(User.id).where(User.role == "operator", User.active_at.is_not(None))
    return await tx.one(seen.limit(1)) is not None


async def operators(tx: Transaction) -> Sequence[Actor]:
    statement = select(Actor).join(User, User.actor_id == Actor.id).where(User.role == "operator")
    return await tx.all(statement.where(User.disabled_at.is_(None)).order_by(User.id))


async def change(tx: Transaction, user: User, **values: Any) -> None:
    await tx.write(user, values)
    tx.tell("actors")


async def add_token(tx: Transaction, values: dict[str, Any]) -> None:
    tx.insert(UserToken, [{"id": tx.new_id(), "created_at": tx.now, "app_id": None, **values}])


async def by_token(tx: Transaction, token_hash: str, kind: str) -> tuple[User, Actor, UserToken] | None:
    statement = (
        select(User, Actor, UserToken)
        .join(UserToken, UserToken.user_id == User.id)
        .join(Actor, Actor.id == User.actor_id)
        .where(UserToken.hash == token_hash, UserToken.kind == kind, User.disabled_at.is_(None))
        .where(UserToken.expires_at.is_(None) | (UserToken.expires_at > tx.now))
    )
    rows = await tx.rows(statement)
    return (rows[0][0], rows[0][1], rows[0][2]) if rows else None


async def extend_token(tx: Transaction, token_hash: str, expires_at: datetime) -> None:
    await tx.execute(update(UserToken).where(UserToken.hash == token_hash).values(expires_at=expires_at))


async def remove_tokens(tx: Transaction, user: User) -> None:
    """Whatever lets anybody act as her: sessions, tokens of apps, codes and links that would make new ones."""
    await tx.execute(delete(OAuthCode).where(OAuthCode.user_id == user.id))
    await tx.execute(delete(UserToken).where(UserToken.user_id == user.id))
    await tx.execute(delete(SignInLink).where(SignInLink.user_id == user.id))


async def remove_token(tx: Transaction, token_hash: str) -> None:
    await tx.execute(delete(UserToken).where(UserToken.hash == token_hash))


async def remove(tx: Transaction, user: User) -> None:
    """With her tokens and links, her e-mail address and her password."""
    await remove_tokens(tx, user)
    await tx.execute(delete(User).where(User.id == user.id))
    tx.tell("actors")


async def add_link(tx: Transaction, user: User, link_hash: str, expires_at: datetime) -> None:
    row = {"user_id": user.id, "hash": link_hash, "expires_at": expires_at, "used_at": None}
    tx.insert(SignInLink, [{"id": tx.new_id(), **row}])


async def link_works(tx: Transaction, link_hash: str) -> bool:
    """Whether `use_link` would find somebody."""
    owner = select(SignInLink.id).join(User, User.id == SignInLink.user_id).where(User.disabled_at.is_(None))
    live = owner.where(SignInLink.hash == link_hash, SignInLink.used_at.is_(None), SignInLink.expires_at > tx.now)
    return await tx.one(live) is not None


async def use_link(tx: Transaction, link_hash: str) -> User | None:
    """The user whose unused, unexpired link this is; from now on it is used."""
    live = update(SignInLink).where(SignInLink.hash == link_hash, SignInLink.used_at.is_(None))
    if not await tx.change(live.where(SignInLink.expires_at > tx.now).values(used_at=tx.now)):
        return None
    owner = select(User).join(SignInLink, SignInLink.user_id == User.id).where(SignInLink.hash == link_hash)
    user: User | None = await tx.one(owner.where(User.disabled_at.is_(None)))
    return user


async def usage(tx: Transaction) -> dict[str, int]:
    """total, activeMonth, activeHalfyear: of people who can sign in, as NodeInfo counts them."""
    figures = {}
    standing = select(func.count()).select_from(User).where(User.disabled_at.is_(None), User.pending_since.is_(None))
    figures["total"] = int(await tx.one(standing))
    for name, days in (("activeMonth", 30), ("activeHalfyear", 180)):
        figures[name] = int(await tx.one(standing.where(User.active_at > tx.now - timedelta(days=days))))
    return figures


async def forget_expired(tx: Transaction) -> None:
    """Sessions and one-time links that nobody can use any more."""
    await tx.execute(delete(UserToken).where(UserToken.expires_at < tx.now))
    await tx.execute(delete(SignInLink).where(SignInLink.expires_at < tx.now))
