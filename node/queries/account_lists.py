"""Accounts that something ties to another one: followers, blocks, requests and the like, a page at a time.

The cursor of such a list is the id of what ties them, the newest first. Who is gone or suspended stands in none.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.orm import aliased

from node.database import Transaction
from node.database.tables import Actor, Block, Endorsement, Follow, Mute
from node.queries.unwanted import lasts
from node.queries.windows import Page, bounded, newest_first

_EARLIER, _THEIRS = aliased(Follow), aliased(Follow)
FAMILIAR: Final = 10
"""Of those whom both know, so many for each account."""


def standing(actor: Any = Actor) -> ColumnElement[bool]:
    """Not deleted, not suspended, and of no server that this node has blocked."""
    here: ColumnElement[bool] = actor.deleted_at.is_(None) & actor.suspended_at.is_(None)
    clause: ColumnElement[bool] = here & actor.host_blocked_at.is_(None)
    return clause


def not_apart(viewer: Actor | None, actor: Any = Actor) -> ColumnElement[bool]:
    """Neither blocks the other."""
    if viewer is None:
        return true()
    blocking = select(Block.actor_id).where(Block.target_id == viewer.id)
    blocked = select(Block.target_id).where(Block.actor_id == viewer.id)
    clause: ColumnElement[bool] = actor.id.not_in(blocking) & actor.id.not_in(blocked)
    return clause


async def followers(tx: Transaction, target_id: int, viewer: Actor | None, page: Page) -> Sequence[tuple[int, Actor]]:
    """(id of the follow, who follows): accepted ones."""
    tied = select(Follow.id, Actor).join(Actor, Actor.id == Follow.follower_id)
    tied = tied.where(Follow.target_id == target_id, Follow.accepted_at.is_not(None), not_apart(viewer))
    return await part(tx, tied, Follow.id, page)


async def following(tx: Transaction, follower_id: int, viewer: Actor | None, page: Page) -> Sequence[tuple[int, Actor]]:
    """(id of the follow, who is followed). Her memberships of groups are nobody else's to know."""
    tied = select(Follow.id, Actor).join(Actor, Actor.id == Follow.target_id)
    tied = tied.where(Follow.follower_id == follower_id, Follow.accepted_at.is_not(None), not_apart(viewer))
    own = viewer is not None and viewer.id == follower_id
    return await part(tx, tied if own else tied.where(Actor.type != "Group"), Follow.id, page)


async def blocked(tx: Transaction, actor_id: int, page: Page) -> Sequence[tuple[int, Actor]]:
    tied = select(Block.id, Actor).join(Actor, Actor.id == Block.target_id)
    return await part(tx, tied.where(Block.actor_id == actor_id), Block.id, page)


async def muted(tx: Transaction, actor_id: int, page: Page) -> Sequence[tuple[int, Actor]]:
    """Until now: a mute that has ended ties nobody."""
    tied = select(Mute.id, Actor).join(Actor, Actor.id == Mute.target_id)
    return await part(tx, tied.where(Mute.actor_id == actor_id, lasts(tx.now)), Mute.id, page)


async def requests(tx: Transaction, target_ids: Collection[int], page: Page) -> Sequence[tuple[int, Actor, int]]:
    """(id of the follow, who asks, id of whom or what she asks): of each account what it has asked first."""
    asks = select(Follow.id, Actor, Follow.target_id).join(Actor, Actor.id == Follow.follower_id)
    earlier = exists(
        select(_EARLIER.id)
        .where(_EARLIER.follower_id == Follow.follower_id, _EARLIER.id < Follow.id, _waits(_EARLIER, target_ids))
        .correlate(Follow)
    )
    return await part(tx, asks.where(_waits(Follow, target_ids), ~earlier), Follow.id, page)


async def first_request(tx: Transaction, follower_id: int, target_ids: Collection[int]) -> Follow | None:
    """What this account has asked first of any of them, and nobody has answered."""
    asked = select(Follow).where(Follow.follower_id == follower_id, _waits(Follow, target_ids))
    found: Follow | None = await tx.one(asked.order_by(Follow.id).limit(1))
    return found


def _waits(follow: Any, target_ids: Collection[int]) -> ColumnElement[bool]:
    unanswered = follow.accepted_at.is_(None) & follow.rejected_at.is_(None)
    clause: ColumnElement[bool] = follow.target_id.in_(target_ids) & unanswered
    return clause


async def endorsed(tx: Transaction, actor_id: int, viewer: Actor | None, page: Page) -> Sequence[tuple[int, Actor]]:
    """Whom she shows on her profile, as long as she follows them."""
    tied = (
        select(Endorsement.id, Actor)
        .join(Actor, Actor.id == Endorsement.target_id)
        .join(Follow, (Follow.follower_id == Endorsement.actor_id) & (Follow.target_id == Endorsement.target_id))
        .where(Endorsement.actor_id == actor_id, Follow.accepted_at.is_not(None), not_apart(viewer))
    )
    return await part(tx, tied, Endorsement.id, page)


async def familiar(tx: Transaction, viewer: Actor, target_ids: Iterable[int]) -> dict[int, list[Actor]]:
    """Whom she follows of those who follow each of these, and who let everybody see that. Of no group: who is in it is
    not told."""
    tied = (
        select(_THEIRS.target_id, Actor)
        .join(Actor, Actor.id == _THEIRS.follower_id)
        .join(Follow, (Follow.target_id == Actor.id) & (Follow.follower_id == viewer.id))
        .where(_THEIRS.target_id.in_(set(target_ids)), _THEIRS.target_id.not_in(_groups()))
        .where(_THEIRS.accepted_at.is_not(None), Follow.accepted_at.is_not(None))
        .where(Actor.shows_follows.is_(True), Actor.type != "Group", standing())
        .order_by(_THEIRS.id.desc())
    )
    found: dict[int, list[Actor]] = {}
    for target_id, actor in await tx.rows(tied):
        found.setdefault(target_id, []).append(actor)
    return {target_id: actors[:FAMILIAR] for target_id, actors in found.items()}


def _groups() -> Any:
    group = aliased(Actor)
    return select(group.id).where(group.type == "Group")


async def part(tx: Transaction, statement: Any, cursor: Any, page: Page) -> Sequence[Any]:
    """Rows of those who stand."""
    return newest_first(await tx.rows(bounded(statement.where(standing()), page, cursor)), page)
