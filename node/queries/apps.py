"""Apps that registered, codes that let them in, and the tokens that they hold."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, select, update

from node.database import Transaction
from node.database.tables import Actor, OAuthApp, OAuthCode, User, UserToken


async def add(tx: Transaction, values: dict[str, Any]) -> OAuthApp:
    return tx.add(OAuthApp, {"id": tx.new_id(), "created_at": tx.now, **values})


async def by_client_id(tx: Transaction, client_id: str) -> OAuthApp | None:
    found: OAuthApp | None = await tx.one(select(OAuthApp).where(OAuthApp.client_id == client_id))
    return found


async def note_use(tx: Transaction, app: OAuthApp) -> None:
    await tx.write(app, {"used_at": tx.now})


async def add_code(tx: Transaction, values: dict[str, Any]) -> None:
    tx.insert(OAuthCode, [{"id": tx.new_id(), "used_at": None, "token_id": None, **values}])


async def code(tx: Transaction, code_hash: str) -> OAuthCode | None:
    found: OAuthCode | None = await tx.one(select(OAuthCode).where(OAuthCode.hash == code_hash).with_for_update())
    return found


async def use_code(tx: Transaction, code_row: OAuthCode, token_id: int) -> bool:
    """Whether it was unused until now."""
    unused = update(OAuthCode).where(OAuthCode.id == code_row.id, OAuthCode.used_at.is_(None))
    return await tx.change(unused.values(used_at=tx.now, token_id=token_id)) > 0


async def bearer(
    tx: Transaction, token_hash: str
) -> tuple[UserToken, OAuthApp | None, User | None, Actor | None] | None:
    """A token of the client API with whom it speaks for, disabled or not."""
    statement = (
        select(UserToken, OAuthApp, User, Actor)
        .outerjoin(OAuthApp, OAuthApp.id == UserToken.app_id)
        .outerjoin(User, User.id == UserToken.user_id)
        .outerjoin(Actor, Actor.id == User.actor_id)
        .where(UserToken.hash == token_hash, UserToken.kind == "api")
        .where(UserToken.expires_at.is_(None) | (UserToken.expires_at > tx.now))
    )
    rows = await tx.rows(statement)
    return (rows[0][0], rows[0][1], rows[0][2], rows[0][3]) if rows else None


async def tokens_of(tx: Transaction, user_id: int) -> Sequence[tuple[UserToken, OAuthApp | None]]:
    """Of the client API, the newest first."""
    statement = select(UserToken, OAuthApp).outerjoin(OAuthApp, OAuthApp.id == UserToken.app_id)
    rows = await tx.rows(
        statement.where(UserToken.user_id == user_id, UserToken.kind == "api").order_by(UserToken.id.desc())
    )
    return [(token, app) for token, app in rows]


async def token(tx: Transaction, token_hash: str) -> UserToken | None:
    statement = select(UserToken).where(UserToken.hash == token_hash, UserToken.kind == "api")
    found: UserToken | None = await tx.one(statement)
    return found


async def standing(tx: Transaction, token_ids: Collection[int]) -> set[int]:
    """Of these tokens of people those that are there still, and whose account may act."""
    statement = (
        select(UserToken.id)
        .join(User, User.id == UserToken.user_id)
        .join(Actor, Actor.id == User.actor_id)
        .where(UserToken.id.in_(token_ids), UserToken.expires_at.is_(None) | (UserToken.expires_at > tx.now))
        .where(User.disabled_at.is_(None), Actor.deleted_at.is_(None), Actor.suspended_at.is_(None))
    )
    return set(await tx.all(statement))


async def remove_token(tx: Transaction, token_id: int) -> None:
    await tx.execute(delete(UserToken).where(UserToken.id == token_id))
    tx.tell("actors")


async def remove_tokens(tx: Transaction, user_id: int, app_id: int | None) -> None:
    """All that one app holds for one person, or those that belong to no app; and its codes."""
    of_app = UserToken.app_id == app_id if app_id is not None else UserToken.app_id.is_(None)
    await tx.execute(delete(UserToken).where(UserToken.user_id == user_id, UserToken.kind == "api", of_app))
    await tx.execute(delete(OAuthCode).where(OAuthCode.user_id == user_id, OAuthCode.app_id == app_id))
    tx.tell("actors")


async def forget_expired(tx: Transaction) -> None:
    """Codes that nobody can use any more."""
    await tx.execute(delete(OAuthCode).where(OAuthCode.expires_at < tx.now))
