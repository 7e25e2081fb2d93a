"""What a reader is to an account: the word decides which button its page has."""

from dataclasses import dataclass
from typing import Literal

from node.database import Transaction
from node.database.tables import Actor
from node.queries import actors as actor_rows, follows as follow_rows


@dataclass(frozen=True, slots=True)
class Relation:
    """`none`, `self`, `requested` (no answer yet), `refused`, or `accepted`: a follower, or a member of the group."""

    state: Literal["visitor", "none", "self", "requested", "refused", "accepted"]
    blocks: bool = False
    """The reader wants to hear no more of it."""


async def relation_to(tx: Transaction, actor: Actor, viewer: Actor | None) -> Relation:
    if viewer is None:
        return Relation("visitor")
    if viewer.id == actor.id:
        return Relation("self")
    follow = await follow_rows.between(tx, viewer.id, actor.id)
    if follow is None:
        return Relation("none", blocks=await actor_rows.blocks(tx, viewer.id, actor.id))
    if follow.accepted_at is not None:
        return Relation("accepted")
    return Relation("refused" if follow.rejected_at is not None else "requested")
