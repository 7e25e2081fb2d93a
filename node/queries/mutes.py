"""Whom somebody does not want to read: accounts that she muted, and servers (within other statements: `unwanted`)."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select

from node.database import Transaction
from node.database.tables import Actor, Follow, Mute, MutedHost
from node.queries.unwanted import lasts
from node.queries.windows import Page, part


async def between(tx: Transaction, actor_id: int, target_ids: Collection[int]) -> dict[int, Mute]:
    """Those that last, by whom they concern."""
    found = select(Mute).where(Mute.actor_id == actor_id, Mute.target_id.in_(target_ids), lasts(tx.now))
    return {mute.target_id: mute for mute in await tx.all(found)}


async def mute(tx: Transaction, actor_id: int, target_id: int, *, notifications: bool, until: datetime | None) -> None:
    """Anew, or in place of one that is there."""
    row = {"id": tx.new_id(), "actor_id": actor_id, "target_id": target_id, "created_at": tx.now}
    changed = {"notifications": notifications, "until": until}
    statement = tx.dialect_insert(Mute).values(row | changed)
    await tx.execute(statement.on_conflict_do_update(index_elements=["actor_id", "target_id"], set_=changed))
    tx.tell("posts")


async def unmute(tx: Transaction, actor_id: int, target_id: int) -> None:
    await tx.execute(delete(Mute).where(Mute.actor_id == actor_id, Mute.target_id == target_id))
    tx.tell("posts")


async def hosts(tx: Transaction, actor_id: int, page: Page | None = None) -> Sequence[MutedHost]:
    """All of them, or a page; the newest first."""
    mine = select(MutedHost).where(MutedHost.actor_id == actor_id)
    if page is None:
        return await tx.all(mine.order_by(MutedHost.id.desc()))
    return await part(tx, mine, page, MutedHost.id)


async def mute_host(tx: Transaction, actor_id: int, host: str) -> None:
    tx.insert(MutedHost, [{"id": tx.new_id(), "actor_id": actor_id, "host": host}], once=True)
    tx.tell("posts")


async def unmute_host(tx: Transaction, actor_id: int, host: str) -> None:
    await tx.execute(delete(MutedHost).where(MutedHost.actor_id == actor_id, MutedHost.host == host))
    tx.tell("posts")


async def followers_at(tx: Transaction, actor_id: int, host: str) -> Sequence[Actor]:
    """Who of that server follows her, or has asked to."""
    theirs = select(Actor).join(Follow, Follow.follower_id == Actor.id).where(Follow.target_id == actor_id)
    return await tx.all(theirs.where(Actor.host == host).order_by(Follow.id))


async def followed_at(tx: Transaction, actor_id: int, host: str) -> Sequence[Actor]:
    """Whom of that server she follows, or has asked to."""
    theirs = select(Actor).join(Follow, Follow.target_id == Actor.id).where(Follow.follower_id == actor_id)
    return await tx.all(theirs.where(Actor.host == host).order_by(Follow.id))


async def ties_with(tx: Transaction, actor_id: int, host: str) -> tuple[int, int]:
    """(followed by her, following her) at that server: standing ones."""
    counted = select(func.count()).select_from(Follow).where(Follow.accepted_at.is_not(None))
    of_host = select(Actor.id).where(Actor.host == host)
    followed = await tx.one(counted.where(Follow.follower_id == actor_id, Follow.target_id.in_(of_host)))
    following = await tx.one(counted.where(Follow.target_id == actor_id, Follow.follower_id.in_(of_host)))
    return int(followed), int(following)
