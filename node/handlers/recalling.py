"""Looks up at once what a batch of activities will ask for one by one: senders, keys, objects, what they answer and
name."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Final

from federation.addressing import recipients
from federation.proofs import verification_method_of
from federation.vocabulary import Activity, PostDocument, Reference
from node.database import Transaction
from node.queries import (
    actors as actor_rows,
    follows as follow_rows,
    groups as group_rows,
    notified,
    posts as post_rows,
)
from node.services import tombstones

MOST: Final = 5000
"""Ids of one kind: a statement of PostgreSQL takes 32,767 values, and a hundred notes may name as many people."""


async def recall(tx: Transaction, activities: Iterable[Activity]) -> None:
    """A handful of queries for a whole batch. What is not recalled is looked up when it is needed."""
    batch = list(activities)
    senders = {activity.actor for activity in batch}
    senders |= {activity.object.actor for activity in batch if isinstance(activity.object, Activity)}
    named = {activity.object.id for activity in batch if isinstance(activity.object, Reference)}
    written = [document for activity in batch if (document := _post(activity)) is not None]
    also_named = {uri for document in written for uri in _named(document)}
    await actor_rows.recall(tx, islice(chain(senders, named, also_named), MOST))
    answered = {uri for document in written for uri in (document.id, document.in_reply_to) if uri}
    await post_rows.recall(tx, answered | named)
    await tombstones.recall(tx, ((document.id, document.author) for document in written))
    known = await actor_rows.by_uris(tx, senders)
    await follow_rows.recall_local_followers(tx, (actor.id for actor in known.values()))
    await actor_rows.recall_listed_keys(tx, _proving(batch))
    await _recall_follows(tx, [activity for activity in batch if activity.type == "Follow"])


async def _recall_follows(tx: Transaction, batch: Iterable[Activity]) -> None:
    """What is between followers and those they want to follow."""
    named = [(activity.actor, activity.object_id or "") for activity in batch]
    known = await actor_rows.by_uris(tx, (uri for pair in named for uri in pair))
    pairs = [(known[a].id, known[b].id) for a, b in named if a in known and b in known]
    await follow_rows.recall(tx, pairs)
    turned = [(target, follower) for follower, target in pairs]
    await actor_rows.recall_blocks(tx, turned)
    await group_rows.recall_bans(tx, turned)
    await notified.recall(tx, (target for target, _ in turned))
    await notified.recall_followers(tx, turned)


def _proving(batch: Iterable[Activity]) -> Iterator[str]:
    """The keys that proofs name, of what comes and of what is passed on in it."""
    for activity in batch:
        for one in (activity, activity.object):
            method = verification_method_of(one.document) if isinstance(one, Activity) else None
            if method is not None:
                yield method


def _post(activity: Activity) -> PostDocument | None:
    return activity.object if isinstance(activity.object, PostDocument) else None


def _named(document: PostDocument) -> Iterator[str]:
    yield document.author
    yield from recipients(document.to, document.cc, document.audience)
    yield from (mention.href for mention in document.mentions)
