"""What there is between somebody and other accounts, in both directions: for many of them in a fixed number of queries.

What she keeps for herself of them stands here too: notes, endorsements, suggestions that she put away.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select

from node.database import Transaction
from node.database.tables import AccountNote, Actor, Block, DismissedSuggestion, Endorsement, Follow, Mute
from node.queries import actors as actor_rows, mutes
from node.queries.unwanted import unread


@dataclass(frozen=True, slots=True)
class RelationshipView:
    """`follows` is her wish to follow it, `followed` its wish to follow her: accepted, waiting or refused."""

    actor: Actor
    follows: Follow | None
    followed: Follow | None
    blocks: bool
    blocked: bool
    mute: Mute | None
    host_muted: bool
    endorsed: bool
    note: str


async def of(tx: Transaction, viewer: Actor, actor_ids: Sequence[int]) -> list[RelationshipView]:
    """In the order of the ids; those that are not known here are left out."""
    actors = await actor_rows.by_ids(tx, actor_ids)
    follows, followed = await _follows(tx, viewer.id, actors)
    blocks, blocked = await _blocks(tx, viewer.id, actors)
    muted = await mutes.between(tx, viewer.id, list(actors))
    hosts = {muted_host.host for muted_host in await mutes.hosts(tx, viewer.id)}
    shown = select(Endorsement.target_id).where(Endorsement.actor_id == viewer.id, Endorsement.target_id.in_(actors))
    endorsed = set(await tx.all(shown))
    kept = select(AccountNote).where(AccountNote.actor_id == viewer.id, AccountNote.target_id.in_(actors))
    notes = {note.target_id: note.text for note in await tx.all(kept)}
    return [
        RelationshipView(
            actor=actors[actor_id],
            follows=follows.get(actor_id),
            followed=followed.get(actor_id),
            blocks=actor_id in blocks,
            blocked=actor_id in blocked,
            mute=muted.get(actor_id),
            host_muted=actors[actor_id].host in hosts,
            endorsed=actor_id in endorsed,
            note=notes.get(actor_id, ""),
        )
        for actor_id in actor_ids
        if actor_id in actors
    ]


async def _follows(
    tx: Transaction, viewer_id: int, others: Collection[int]
) -> tuple[dict[int, Follow], dict[int, Follow]]:
    """(by her, of her), by the other one."""
    mine = (Follow.follower_id == viewer_id) & Follow.target_id.in_(others)
    theirs = (Follow.target_id == viewer_id) & Follow.follower_id.in_(others)
    rows = await tx.all(select(Follow).where(or_(mine, theirs)))
    by_her = {row.target_id: row for row in rows if row.follower_id == viewer_id}
    return by_her, {row.follower_id: row for row in rows if row.target_id == viewer_id}


async def _blocks(tx: Transaction, viewer_id: int, others: Collection[int]) -> tuple[set[int], set[int]]:
    mine = (Block.actor_id == viewer_id) & Block.target_id.in_(others)
    theirs = (Block.target_id == viewer_id) & Block.actor_id.in_(others)
    rows = await tx.rows(select(Block.actor_id, Block.target_id).where(or_(mine, theirs)))
    by_her = {target_id for actor_id, target_id in rows if actor_id == viewer_id}
    return by_her, {actor_id for actor_id, target_id in rows if target_id == viewer_id}


def put_away(viewer: Actor, now: datetime) -> ColumnElement[bool]:
    """The clause over `Actor`: whom she does not want to be suggested."""
    dismissed = select(DismissedSuggestion.target_id).where(DismissedSuggestion.actor_id == viewer.id)
    return Actor.id.in_(dismissed) | unread(Actor.id, viewer.id, now)


async def set_note(tx: Transaction, actor_id: int, target_id: int, text: str) -> None:
    """An empty one takes it away."""
    await tx.execute(delete(AccountNote).where(AccountNote.actor_id == actor_id, AccountNote.target_id == target_id))
    if text:
        tx.insert(AccountNote, [{"id": tx.new_id(), "actor_id": actor_id, "target_id": target_id, "text": text}])


async def endorse(tx: Transaction, actor_id: int, target_id: int) -> None:
    row = {"id": tx.new_id(), "actor_id": actor_id, "target_id": target_id}
    tx.insert(Endorsement, [row], once=True)


async def unendorse(tx: Transaction, actor_id: int, target_id: int) -> None:
    await tx.execute(delete(Endorsement).where(Endorsement.actor_id == actor_id, Endorsement.target_id == target_id))


async def dismiss(tx: Transaction, actor_id: int, target_id: int) -> None:
    row = {"id": tx.new_id(), "actor_id": actor_id, "target_id": target_id}
    tx.insert(DismissedSuggestion, [row], once=True)
