"""From an accepted activity to its handler: settles the object's type, calls, and names the outcome."""

from dataclasses import dataclass
from typing import Final, Literal

from federation.errors import FederationError
from federation.vocabulary import Activity, ActorDocument, PostDocument, Reference, TombstoneDocument
from node.database import Transaction
from node.database.tables import Actor
from node.errors import Forbidden, Ignored, Invalid, NotFound, Refused
from node.handlers.integrity import check
from node.handlers.refusals import NotTaken, tell
from node.handlers.table import Incoming, inbox
from node.queries import actors as actor_rows, follows as follow_rows, posts as post_rows

_REFUSALS: Final = (Refused, Forbidden, NotFound, Invalid)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an activity: handled, ignored or refused, and why."""

    kind: Literal["handled", "ignored", "refused"]
    reason: str | None = None


async def process(tx: Transaction, activity: Activity, incoming: Incoming) -> Outcome:
    """Takes effect in the caller's transaction, or in nothing of it: a refusal undoes what was done before it; what is
    said of it to the author is not undone.

    Raises `Missing` for what must be fetched first and `Later` for what has to wait for something else.
    """
    try:
        async with tx.savepoint():
            await check(tx, activity)
            await dispatch(tx, activity, incoming)
    except Ignored as ignored:
        return Outcome("ignored", ignored.code)
    except NotTaken as refusal:
        await tell(tx, refusal.group, incoming.sender, activity)
        return Outcome("refused", refusal.code)
    except _REFUSALS as refusal:
        return Outcome("refused", refusal.code)
    except FederationError as error:
        return Outcome("refused", error.reason)
    return Outcome("handled")


async def dispatch(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """Raises `Ignored` for a pair that nothing is registered for."""
    _check_standing(incoming.sender)
    handler = inbox.find(activity.type, await _object_type(tx, activity, incoming.sender))
    if handler is None:
        raise Ignored(f"unknown.{activity.type}")
    await handler(tx, activity, incoming)


def _check_standing(sender: Actor) -> None:
    """Nothing is taken from somebody whom this node has suspended, or who has said that she is gone: whoever holds her
    keys after that is somebody else."""
    if sender.suspended_at is not None:
        raise Refused("author.suspended")
    if sender.deleted_at is not None:
        raise Refused("author.deleted")


async def _object_type(tx: Transaction, activity: Activity, sender: Actor) -> str | None:
    """That of the embedded object, or of the row that its id names: for an Undo, a boost of the sender's first."""
    target = activity.object
    if isinstance(target, Activity | PostDocument | ActorDocument):
        return target.type
    if isinstance(target, Reference | TombstoneDocument):
        if activity.type == "Undo" and await post_rows.boost(tx, sender, target.id) is not None:
            return "Announce"
        return await _stored_type(tx, target.id, sender)
    return None


async def _stored_type(tx: Transaction, uri: str, sender: Actor) -> str | None:
    post = await post_rows.by_uri(tx, uri)
    if post is not None:
        return post.type
    actor = await actor_rows.by_uri(tx, uri)
    if actor is not None:
        return actor.type
    if await follow_rows.by_uri(tx, uri, sender) is not None:
        return "Follow"
    return "Like" if await post_rows.reaction_by_uri(tx, uri) is not None else None
