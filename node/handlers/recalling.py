"""Looks up at once what a batch of activities will ask for one by one: senders, objects, what they answer and name."""

from collections.abc import Iterable, Iterator

from federation.addressing import recipients
from federation.vocabulary import Activity, PostDocument
from node.database import Transaction
from node.queries import actors, follows, posts
from node.services import tombstones


async def recall(tx: Transaction, activities: Iterable[Activity]) -> None:
    """A handful of queries for a whole batch. What is not recalled is looked up when it is needed."""
    batch = list(activities)
    senders = {activity.actor for activity in batch}
    written = [document for activity in batch if (document := _post(activity)) is not None]
    await actors.recall(tx, senders | {uri for document in written for uri in _named(document)})
    await posts.recall(tx, (uri for document in written for uri in (document.id, document.in_reply_to) if uri))
    await tombstones.recall(tx, ((document.id, document.author) for document in written))
    known = await actors.by_uris(tx, senders)
    await follows.recall_local_followers(tx, (actor.id for actor in known.values()))


def _post(activity: Activity) -> PostDocument | None:
    return activity.object if isinstance(activity.object, PostDocument) else None


def _named(document: PostDocument) -> Iterator[str]:
    yield document.author
    yield from recipients(document.to, document.cc, document.audience)
    yield from (mention.href for mention in document.mentions)
