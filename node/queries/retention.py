"""What may be forgotten of the past, in parts that hold the one writer only shortly.

A function that takes `after` looks at the next rows behind that id and returns the last one it saw, None at the end.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from node.database import Transaction, id_at
from node.database.tables import Actor, Delivery, OwnActivity, Post, Relay, Tombstone

PART: Final = 500
_WITH_TEXT: Final = ("Create", "Update", "Announce")


async def relays(tx: Transaction, before: datetime) -> int:
    """That something was passed on before then; how many rows that was."""
    old = select(Relay.id).where(Relay.id < id_at(before)).limit(PART)
    return await tx.change(delete(Relay).where(Relay.id.in_(await tx.all(old))))


async def deliveries(tx: Transaction, before: datetime, after: int) -> int | None:
    """Those that ended, but the first about a thing to each inbox: its Delete, and that of its author, goes there."""
    ended = select(Delivery.id).where(Delivery.id > after, Delivery.id < id_at(before), Delivery.due_at.is_(None))
    ids = await tx.all(ended.order_by(Delivery.id).limit(PART))
    if not ids:
        return None
    first, earlier = aliased(Delivery), aliased(OwnActivity)
    told_before = exists(
        select(first.id)
        .join(earlier, earlier.id == first.activity_id)
        .where(earlier.object_uri == OwnActivity.object_uri, earlier.actor_id == OwnActivity.actor_id)
        .where(earlier.id < OwnActivity.id, first.inbox == Delivery.inbox)
        .correlate(OwnActivity, Delivery)
    )
    repeated = select(Delivery.id).join(OwnActivity, OwnActivity.id == Delivery.activity_id)
    gone = await tx.all(repeated.where(Delivery.id.in_(ids), told_before))
    await tx.execute(delete(Delivery).where(Delivery.id.in_(gone)))
    return int(ids[-1])


async def activities(tx: Transaction, before: datetime, after: int) -> int | None:
    """What this node's actors said before then, unless a delivery or an outbox still refers to it."""
    seen = select(OwnActivity.id).where(OwnActivity.id > after, OwnActivity.id < id_at(before))
    ids = await tx.all(seen.order_by(OwnActivity.id).limit(PART))
    if not ids:
        return None
    delivered = exists(select(Delivery.id).where(Delivery.activity_id == OwnActivity.id).correlate(OwnActivity))
    gone = select(OwnActivity.id).where(OwnActivity.id.in_(ids), ~delivered, ~_listed())
    await tx.execute(delete(OwnActivity).where(OwnActivity.id.in_(await tx.all(gone))))
    return int(ids[-1])


def _listed() -> ColumnElement[bool]:
    """What outboxes show of a post that stands (`queries.outboxes`): its Create, a boost, what a group passed on
    first."""
    post, boost, earlier = aliased(Post), aliased(Post), aliased(OwnActivity)
    stands = exists(
        select(post.id).where(post.uri == OwnActivity.object_uri, post.deleted_at.is_(None)).correlate(OwnActivity)
    )
    is_boost = exists(select(boost.id).where(boost.uri == OwnActivity.uri).correlate(OwnActivity))
    bare = exists(select(post.id).where(post.uri == earlier.uri).correlate(earlier))
    passed_on_before = exists(
        select(earlier.id)
        .where(earlier.object_uri == OwnActivity.object_uri, earlier.actor_id == OwnActivity.actor_id)
        .where(earlier.type == "Announce", earlier.id < OwnActivity.id, ~bare)
        .correlate(OwnActivity)
    )
    first = (OwnActivity.type == "Announce") & ~passed_on_before
    return is_boost | (stands & or_(OwnActivity.type == "Create", first))


async def deleted_texts(tx: Transaction, before: datetime, after: int) -> int | None:
    """Empties what was said before then with a post, or of an account, that has been deleted since and whose Delete has
    reached whom it could."""
    seen = select(OwnActivity.id).where(OwnActivity.id > after, OwnActivity.id < id_at(before))
    ids = await tx.all(seen.order_by(OwnActivity.id).limit(PART))
    if not ids:
        return None
    about = OwnActivity.object_uri
    post = exists(select(Post.id).where(Post.uri == about, Post.deleted_at.is_not(None)).correlate(OwnActivity))
    actor = exists(select(Actor.id).where(Actor.uri == about, Actor.deleted_at.is_not(None)).correlate(OwnActivity))
    owed = Delivery.due_at.is_not(None)
    waits = exists(select(Delivery.id).where(Delivery.activity_id == OwnActivity.id, owed).correlate(OwnActivity))
    full = select(OwnActivity.id).where(OwnActivity.id.in_(ids), OwnActivity.type.in_(_WITH_TEXT))
    dead = await tx.all(full.where(OwnActivity.document != "", post | actor, ~waits))
    await tx.execute(update(OwnActivity).where(OwnActivity.id.in_(dead)).values(document="", public=False))
    return int(ids[-1])


async def unseen_tombstones(tx: Transaction, before: datetime, most: int) -> int:
    """What an actor took back that was never here, beyond so many newest ones of hers; how many rows that was."""
    unseen = Tombstone.former_type.is_(None)
    number = func.row_number().over(
        partition_by=Tombstone.actor_hash, order_by=(Tombstone.deleted_at.desc(), Tombstone.hash)
    )
    ranked = select(Tombstone.hash, Tombstone.deleted_at, number.label("number")).where(unseen).subquery()
    beyond = select(ranked.c.hash).where(ranked.c.number > most, ranked.c.deleted_at < before).limit(PART)
    return await tx.change(delete(Tombstone).where(Tombstone.hash.in_(await tx.all(beyond))))
