"""What may be forgotten of the past, in parts that hold the one writer only shortly.

A function that takes `after` looks at the next rows behind that id and returns the last one it saw, None at the end.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Column, ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from node.database import Transaction, id_at
from node.database.tables import (
    Actor,
    ActorKey,
    Base,
    Delivery,
    InboxItem,
    Job,
    Notification,
    OwnActivity,
    Post,
    Relay,
    Tombstone,
)

PART: Final = 500
_WITH_TEXT: Final = ("Create", "Update", "Announce")
REFERENCES: Final[tuple[Column[int], ...]] = tuple(
    column
    for table in Base.metadata.sorted_tables
    for column in table.columns
    if any(key.column.table is Actor.__table__ for key in column.foreign_keys) and table is not ActorKey.__table__
)
"""All that refers to an account, but its own keys."""


async def relays(tx: Transaction, before: datetime) -> int:
    """That something was passed on before then; how many rows that was."""
    old = select(Relay.id).where(Relay.id < id_at(before)).limit(PART)
    return await tx.change(delete(Relay).where(Relay.id.in_(await tx.all(old))))


async def notices(tx: Transaction, before: datetime) -> int:
    """What somebody was told before then; how many rows that was."""
    old = select(Notification.id).where(Notification.id < id_at(before)).limit(PART)
    return await tx.change(delete(Notification).where(Notification.id.in_(await tx.all(old))))


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


async def unused_actors(
    tx: Transaction, before: datetime, after: int
) -> tuple[int | None, Sequence[tuple[int, str, datetime]]]:
    """Of the next accounts (id, host, when it was fetched) those elsewhere that were not fetched since then and that
    nothing refers to. What is decided of one stays: who is suspended, or has said that she is gone."""
    seen = select(Actor.id).where(Actor.id > after, Actor.id < id_at(before)).order_by(Actor.id).limit(PART)
    ids = await tx.all(seen)
    if not ids:
        return None, []
    found = select(Actor.id, Actor.host, Actor.fetched_at).where(Actor.id.in_(ids), *_unused(before))
    return int(ids[-1]), [(row_id, host, at) for row_id, host, at in await tx.rows(found.order_by(Actor.id))]


async def forget_actors(tx: Transaction, ids: Sequence[int], before: datetime) -> int:
    """Those that are unused still, with their keys; how many that is. Nobody comes to refer to one meanwhile: on
    PostgreSQL they are locked before that is looked at."""
    named = select(Actor.id).where(Actor.id.in_(ids))
    held = await tx.all(named.with_for_update(skip_locked=True))
    gone = await tx.all(select(Actor.id).where(Actor.id.in_(held), *_unused(before)))
    if gone:
        await tx.execute(delete(Actor).where(Actor.id.in_(gone)))
        tx.tell("actors")
    return len(gone)


def _unused(before: datetime) -> list[ColumnElement[bool]]:
    elsewhere = Actor.host.is_not(None), Actor.fetched_at < before
    undecided = Actor.suspended_at.is_(None), Actor.deleted_at.is_(None)
    return [*elsewhere, *undecided, *(~reference for reference in _references())]


def _references() -> list[ColumnElement[bool]]:
    """Rows that refer to an account; and what waits that names it: by it, about it, or for it."""
    rows = [exists(select(column).where(column == Actor.id).correlate(Actor)) for column in REFERENCES]
    waiting = (
        select(InboxItem.id).where(InboxItem.actor_uri == Actor.uri, InboxItem.due_at.is_not(None)),
        select(Job.id).where(Job.key == Actor.uri),
        select(OwnActivity.id).where(OwnActivity.object_uri == Actor.uri),
        select(Delivery.id).where(Delivery.inbox == Actor.inbox, Delivery.due_at.is_not(None)),
    )
    return [*rows, *(exists(statement.correlate(Actor)) for statement in waiting)]
