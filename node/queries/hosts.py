"""The list of blocked hosts, and what ties this node to a host: followings, what is owed to it, what came from it."""

from collections.abc import Sequence, Set as AbstractSet

from sqlalchemy import ColumnElement, delete, or_, select, update

from federation.identifiers import covering_hosts, host_of
from node.database import Transaction
from node.database.tables import Actor, Delivery, Follow, HostBlock, InboxItem


async def blocks(tx: Transaction) -> Sequence[HostBlock]:
    return await tx.all(select(HostBlock).order_by(HostBlock.host))


async def block(tx: Transaction, host: str) -> HostBlock | None:
    """Of this host itself."""
    return await tx.get(HostBlock, host)


async def comment(tx: Transaction, host: str, *, private: str | None, public: str | None) -> HostBlock:
    """What is said of a block, to moderators alone and to everybody."""
    said = update(HostBlock).where(HostBlock.host == host).values(private_comment=private, public_comment=public)
    await tx.execute(said)
    found: HostBlock = await tx.one(select(HostBlock).where(HostBlock.host == host))
    return found


async def hide_accounts(tx: Transaction, host: str) -> None:
    """What accounts of it, and of all below it, wrote is shown no more (`visibility`)."""
    known = select(Actor.id, Actor.uri, Actor.host).where(Actor.host.is_not(None), _named(host))
    ids = [row_id for row_id, uri, at in await tx.rows(known) if host in _covering(uri, at)]
    await tx.update_many(Actor, [{"id": row_id, "host_blocked_at": tx.now} for row_id in ids])
    tx.tell("actors", "posts")


async def show_accounts(tx: Transaction, still_blocked: AbstractSet[str]) -> None:
    """Those that none of these hosts covers are shown again."""
    hidden = select(Actor.id, Actor.uri, Actor.host).where(Actor.host_blocked_at.is_not(None))
    ids = [row_id for row_id, uri, at in await tx.rows(hidden) if still_blocked.isdisjoint(_covering(uri, at))]
    await tx.update_many(Actor, [{"id": row_id, "host_blocked_at": None} for row_id in ids])
    tx.tell("actors", "posts")


def _named(host: str) -> ColumnElement[bool]:
    return or_(Actor.host.contains(host, autoescape=True), Actor.uri.contains(host, autoescape=True))


def _covering(uri: str, host: str) -> set[str]:
    """The names by which an account's host may be blocked: that of its id, and that of its handle."""
    return {*covering_hosts(host_of(uri)), *covering_hosts(host)}


async def end_follows(tx: Transaction, host: str) -> int:
    """In both directions, asked for or accepted; how many they were."""
    ends = or_(Follow.follower_id == Actor.id, Follow.target_id == Actor.id)
    tied = select(Follow.id, Actor.uri, Actor.host).join(Actor, ends).where(Actor.host.is_not(None), _named(host))
    ids = {row_id for row_id, uri, at in await tx.rows(tied) if host in _covering(uri, at)}
    tx.tell("posts")
    return await tx.change(delete(Follow).where(Follow.id.in_(ids))) if ids else 0


async def withdraw(tx: Transaction, host: str) -> None:
    """What is still owed to it, unless it is being sent at this moment."""
    waiting = Delivery.due_at.is_not(None)
    owed = [name for name in await tx.all(select(Delivery.host).where(waiting).distinct()) if _covers(host, name)]
    if owed:
        await tx.execute(delete(Delivery).where(Delivery.host.in_(owed), waiting, Delivery.claimed.is_(False)))
    tx.tell("deliveries")


async def refuse(tx: Transaction, host: str) -> None:
    """What it sent and has not had its effect yet."""
    waiting = InboxItem.due_at.is_not(None)
    senders = await tx.all(select(InboxItem.actor_uri).where(waiting).distinct())
    blocked = [uri for uri in senders if _covers(host, host_of(uri))]
    if blocked:
        end = {"due_at": None, "claimed": False, "document": "", "outcome": "refused", "reason": "host.blocked"}
        await tx.execute(update(InboxItem).where(InboxItem.actor_uri.in_(blocked), waiting).values(**end))


def _covers(blocked: str, host: str) -> bool:
    return blocked in covering_hosts(host)
