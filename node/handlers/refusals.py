"""What a group does not take: its Reject of a Create, said by ours and heard of others (FEP-1b12)."""

from federation.vocabulary import Activity
from node.database import Transaction
from node.database.tables import Actor
from node.errors import Forbidden, Ignored, Refused
from node.handlers.authority import check_not_relayed
from node.handlers.table import Incoming, inbox
from node.queries import actors as actor_rows, deliveries, posts as post_rows
from node.services import addresses, refusing


class NotTaken(Refused):
    """A group of this node does not take a post, for good: its author is told (`processing`)."""

    def __init__(self, refusal: Forbidden, group: Actor) -> None:
        super().__init__(refusal.code)
        self.group = group


async def tell(tx: Transaction, group: Actor, author: Actor, create: Activity) -> None:
    """The Create is named by its ids alone: what she wrote is not sent around once more."""
    if create.id is not None and create.object_id is not None:
        await refusing.tell(tx, group, author, create=create.id, post=create.object_id)


@inbox.on("Reject", "Create")
async def reject_create(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """A group elsewhere does not take what somebody of this node wrote to it. Whoever says it, its delivery there is
    over."""
    said = activity.object
    check_not_relayed(incoming)
    if not isinstance(said, Activity):
        raise Refused("object.missing")
    ended = await end_delivery(tx, said, incoming.sender)
    post = await post_rows.by_uri(tx, said.object_id or "") if addresses.is_ours(tx, said.actor) else None
    marked = post is not None and await refusing.mark(tx, post, incoming.sender)
    if not ended and not marked:
        raise Ignored("answer.Create")


async def end_delivery(tx: Transaction, said: Activity, by: Actor) -> bool:
    """What we are still trying to deliver to the host of the one who rejects it is given up: it has been answered."""
    speaker = await actor_rows.by_uri(tx, said.actor) if addresses.is_ours(tx, said.actor) else None
    about: list[str] = []
    thing: object = said
    while isinstance(thing, Activity):
        about.append(thing.object_id or "")
        thing = thing.object
    return speaker is not None and await deliveries.refuse(tx, by.host or "", speaker.id, said.type, about) > 0
