"""Who follows whom; of a group: who is a member."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import case, delete, func, or_, select

from node.database import Transaction
from node.database.memory import UNKNOWN
from node.database.tables import Actor, Follow

_BETWEEN: Final = "follow.between"
_LOCALLY_FOLLOWED: Final = "follow.local"
_WATCHED: Final = "follow.watched"


async def between(tx: Transaction, follower_id: int, target_id: int) -> Follow | None:
    known = tx.memory.get(_BETWEEN, (follower_id, target_id))
    statement = select(Follow).where(Follow.follower_id == follower_id, Follow.target_id == target_id)
    found: Follow | None = known if known is not UNKNOWN else await tx.one(statement)
    return found


async def recall(tx: Transaction, pairs: Iterable[tuple[int, int]]) -> None:
    """Looks up at once what there is between each (follower, target)."""
    wanted = tx.memory.missing(_BETWEEN, pairs)
    if not wanted:
        return
    followers, targets = ({pair[side] for pair in wanted} for side in (0, 1))
    found = await tx.all(select(Follow).where(Follow.follower_id.in_(followers), Follow.target_id.in_(targets)))
    tx.memory.put_all(_BETWEEN, wanted, {(follow.follower_id, follow.target_id): follow for follow in found})


async def accepted(tx: Transaction, follower_id: int, target_id: int) -> bool:
    follow = await between(tx, follower_id, target_id)
    return follow is not None and follow.accepted_at is not None


async def by_uri(tx: Transaction, uri: str, party: Actor) -> Follow | None:
    """The Follow of this name: where several actors of a host have sent one, that which `party` sent or got."""
    concerned = or_(Follow.follower_id == party.id, Follow.target_id == party.id)
    found: Follow | None = await tx.one(select(Follow).where(Follow.uri == uri).order_by(concerned.desc(), Follow.id))
    return found


async def add(tx: Transaction, follower: Actor, target: Actor, uri: str) -> Follow:
    """A new wish, or the known one under its newest name."""
    existing = await between(tx, follower.id, target.id)
    if existing is not None:
        await change(tx, existing, uri=uri)
        return existing
    values = {"follower_id": follower.id, "target_id": target.id, "uri": uri, "created_at": tx.now}
    added = tx.add(Follow, {"id": tx.new_id(), "shows_reblogs": True, "notifies": False, **values})
    tx.memory.put(_BETWEEN, (follower.id, target.id), added)
    return added


async def change(tx: Transaction, follow: Follow, **values: Any) -> None:
    if not await tx.write(follow, values):
        tx.memory.forget(_BETWEEN, (follow.follower_id, follow.target_id))
    tx.memory.forget(_LOCALLY_FOLLOWED, follow.target_id)
    tx.memory.forget(_WATCHED, follow.target_id)
    tx.tell("posts")


async def remove(tx: Transaction, follower_id: int, target_id: int) -> bool:
    statement = delete(Follow).where(Follow.follower_id == follower_id, Follow.target_id == target_id)
    tx.memory.forget(_BETWEEN, (follower_id, target_id))
    tx.memory.forget(_LOCALLY_FOLLOWED, target_id)
    tx.tell("posts")
    return await tx.change(statement) > 0


async def remove_all_of(tx: Transaction, actor_id: int) -> None:
    await tx.execute(delete(Follow).where((Follow.follower_id == actor_id) | (Follow.target_id == actor_id)))
    tx.memory.forget_all(_BETWEEN)
    tx.memory.forget_all(_LOCALLY_FOLLOWED)
    tx.tell("posts")


async def followers(tx: Transaction, target_id: int) -> Sequence[Actor]:
    """Accepted followers, here and elsewhere."""
    return await tx.all(_followers(target_id).order_by(Follow.id))


async def remote_followers(tx: Transaction, target_id: int) -> Sequence[tuple[str, str | None]]:
    """(inbox, shared inbox) of each accepted follower elsewhere: all that a fan-out needs, without loading actors."""
    statement = (
        select(Actor.inbox, Actor.shared_inbox)
        .join(Follow, Follow.follower_id == Actor.id)
        .where(Follow.target_id == target_id, Follow.accepted_at.is_not(None))
        .where(Actor.host.is_not(None), Actor.deleted_at.is_(None), Actor.suspended_at.is_(None))
    )
    return [(inbox, shared) for inbox, shared in await tx.rows(statement)]


async def pending(tx: Transaction, target_id: int) -> Sequence[Actor]:
    statement = (
        select(Actor)
        .join(Follow, Follow.follower_id == Actor.id)
        .where(Follow.target_id == target_id, Follow.accepted_at.is_(None), Follow.rejected_at.is_(None))
        .order_by(Follow.id)
    )
    return await tx.all(statement)


async def count_pending(tx: Transaction, target_ids: Iterable[int]) -> int:
    """How many wait for an answer of any of these."""
    unanswered = Follow.target_id.in_(set(target_ids)), Follow.accepted_at.is_(None), Follow.rejected_at.is_(None)
    return int(await tx.one(select(func.count()).select_from(Follow).where(*unanswered)))


async def following(tx: Transaction, follower_id: int) -> Sequence[Actor]:
    statement = (
        select(Actor)
        .join(Follow, Follow.target_id == Actor.id)
        .where(Follow.follower_id == follower_id, Follow.accepted_at.is_not(None))
        .order_by(Follow.id)
    )
    return await tx.all(statement)


async def counts(tx: Transaction, actor_id: int) -> tuple[int, int]:
    """(followers, following), accepted ones."""
    accepted_ones = Follow.accepted_at.is_not(None)
    of = select(func.count()).select_from(Follow).where(Follow.target_id == actor_id, accepted_ones).scalar_subquery()
    by = select(func.count()).select_from(Follow).where(Follow.follower_id == actor_id, accepted_ones).scalar_subquery()
    rows = await tx.rows(select(of, by))
    return int(rows[0][0]), int(rows[0][1])


async def totals(tx: Transaction, actor_ids: Iterable[int]) -> dict[int, int]:
    """How many accepted followers each has; who has none is left out."""
    accepted_ones = Follow.target_id.in_(set(actor_ids)), Follow.accepted_at.is_not(None)
    statement = select(Follow.target_id, func.count()).where(*accepted_ones).group_by(Follow.target_id)
    return {target_id: int(total) for target_id, total in await tx.rows(statement)}


async def follower_uris(tx: Transaction, target_id: int, start: int | None, limit: int) -> Sequence[tuple[int, str]]:
    """(follow's id, address) of accepted followers, newest first, from the follow `start` on."""
    named = select(Follow.id, Actor.uri).join(Actor, Actor.id == Follow.follower_id)
    return await _newest_uris(tx, named.where(Follow.target_id == target_id), start, limit)


async def following_uris(tx: Transaction, follower_id: int, start: int | None, limit: int) -> Sequence[tuple[int, str]]:
    """The same for those whom somebody follows."""
    named = select(Follow.id, Actor.uri).join(Actor, Actor.id == Follow.target_id)
    return await _newest_uris(tx, named.where(Follow.follower_id == follower_id), start, limit)


async def _newest_uris(tx: Transaction, named: Any, start: int | None, limit: int) -> Sequence[tuple[int, str]]:
    standing = named.where(Follow.accepted_at.is_not(None), Actor.deleted_at.is_(None))
    if start is not None:
        standing = standing.where(Follow.id <= start)
    return [(follow_id, uri) for follow_id, uri in await tx.rows(standing.order_by(Follow.id.desc()).limit(limit))]


async def any_local_follower(tx: Transaction, target_id: int) -> bool:
    known = tx.memory.get(_LOCALLY_FOLLOWED, target_id)
    if known is not UNKNOWN:
        return bool(known)
    statement = _followers(target_id).where(Actor.host.is_(None)).limit(1)
    return await tx.one(statement) is not None


async def recall_local_followers(tx: Transaction, target_ids: Iterable[int]) -> None:
    """Looks up at once which of them somebody here follows, and whether with a notice of each post."""
    wanted = tx.memory.missing(_LOCALLY_FOLLOWED, target_ids)
    if not wanted:
        return
    followed = (
        select(Follow.target_id, func.max(case((Follow.notifies, 1), else_=0)))
        .join(Actor, Actor.id == Follow.follower_id)
        .where(Follow.target_id.in_(wanted), Follow.accepted_at.is_not(None), Actor.host.is_(None))
        .where(Actor.deleted_at.is_(None))
        .group_by(Follow.target_id)
    )
    found = {target_id: bool(watched) for target_id, watched in await tx.rows(followed)}
    tx.memory.put_all(_LOCALLY_FOLLOWED, wanted, dict.fromkeys(found, True))
    tx.memory.put_all(_WATCHED, wanted, found)


async def watchers(tx: Transaction, target_id: int) -> Sequence[int]:
    """Who wants a notice of each post of this account, or of this group."""
    if not tx.memory.get(_WATCHED, target_id):
        return []
    watching = Follow.target_id == target_id, Follow.notifies, Follow.accepted_at.is_not(None)
    return await tx.all(select(Follow.follower_id).where(*watching))


async def any_waiting(tx: Transaction, target_id: int) -> bool:
    """Whether somebody has asked to follow and has no answer yet."""
    unanswered = (Follow.accepted_at.is_(None), Follow.rejected_at.is_(None))
    statement = select(Follow.id).where(Follow.target_id == target_id, *unanswered).limit(1)
    return await tx.one(statement) is not None


def _followers(target_id: int) -> Any:
    return (
        select(Actor)
        .join(Follow, Follow.follower_id == Actor.id)
        .where(Follow.target_id == target_id, Follow.accepted_at.is_not(None), Actor.deleted_at.is_(None))
    )


async def any_between_hosts(tx: Transaction, hosts: Collection[str]) -> bool:
    """Whether somebody at one of these hosts follows somebody here, or is followed from here."""
    theirs = select(Actor.id).where(Actor.host.in_(hosts))
    ends = or_(Follow.follower_id.in_(theirs), Follow.target_id.in_(theirs))
    found = select(Follow.id).where(ends, Follow.accepted_at.is_not(None)).limit(1)
    return await tx.one(found) is not None
