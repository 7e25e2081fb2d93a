"""One person who wants to hear no more of another: the end of both followings, and of what is still owed."""

from node.database import Transaction
from node.database.tables import Actor
from node.errors import Invalid
from node.queries import actors as actor_rows, notifications as notice_rows
from node.services import activities, follows, outbox


async def block(tx: Transaction, actor: Actor, target: Actor) -> None:
    """By somebody of this node. The other's node is told, so that it stops bringing what she does not want."""
    if actor.id == target.id:
        raise Invalid("You cannot block yourself.", "block.self")
    if await actor_rows.blocks(tx, actor.id, target.id):
        return
    await follows.left(tx, actor, target)
    await follows.left(tx, target, actor)
    await outbox.withdraw(tx, actor, target, named=True)
    activity = activities.block(tx, actor, target)
    await actor_rows.block(tx, actor, target, activity["id"])
    await notice_rows.forget_between(tx, actor.id, target.id)
    tx.tell("posts")
    if not target.is_local:
        await outbox.owe(tx, actor, activity, [target.delivery_inbox], about=target.uri)


async def unblock(tx: Transaction, actor: Actor, target: Actor) -> None:
    if not await actor_rows.blocks(tx, actor.id, target.id):
        return
    await actor_rows.unblock(tx, actor, target)
    tx.tell("posts")
    if not target.is_local:
        undone = activities.undo(tx, activities.block(tx, actor, target))
        await outbox.owe(tx, actor, undone, [target.delivery_inbox], about=target.uri)


async def receive(tx: Transaction, actor: Actor, target: Actor, uri: str) -> None:
    """By somebody elsewhere, of a person of this node."""
    await actor_rows.block(tx, actor, target, uri)
    await follows.left(tx, actor, target)
    await follows.left(tx, target, actor)
    await outbox.withdraw(tx, target, actor, named=True)
    tx.tell("posts")
