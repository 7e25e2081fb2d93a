"""Where notices of each app go."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from node.database import Transaction
from node.database.tables import Actor, PushSubscription, User


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscription, and whose it is."""

    subscription: PushSubscription
    user: User
    actor: Actor


async def of_token(tx: Transaction, token_id: int) -> PushSubscription | None:
    found: PushSubscription | None = await tx.one(select(PushSubscription).where(PushSubscription.token_id == token_id))
    return found


async def subscriber(tx: Transaction, subscription_id: int) -> Subscriber | None:
    """None once the subscription is gone, or its owner may not sign in."""
    statement = (
        select(PushSubscription, User, Actor)
        .join(User, User.id == PushSubscription.user_id)
        .join(Actor, Actor.id == User.actor_id)
        .where(PushSubscription.id == subscription_id, User.disabled_at.is_(None))
        .where(Actor.deleted_at.is_(None), Actor.suspended_at.is_(None))
    )
    rows = await tx.rows(statement)
    return Subscriber(rows[0][0], rows[0][1], rows[0][2]) if rows else None


async def put(tx: Transaction, values: Mapping[str, Any]) -> PushSubscription:
    """In place of the one that this token had."""
    await remove_of_token(tx, values["token_id"])
    return tx.add(PushSubscription, {"id": tx.new_id(), "created_at": tx.now, **values})


async def change(tx: Transaction, subscription: PushSubscription, **values: Any) -> None:
    await tx.write(subscription, values)


async def remove_of_token(tx: Transaction, token_id: int) -> None:
    await tx.execute(delete(PushSubscription).where(PushSubscription.token_id == token_id))


async def remove(tx: Transaction, subscription_id: int) -> None:
    await tx.execute(delete(PushSubscription).where(PushSubscription.id == subscription_id))
