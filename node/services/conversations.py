"""Direct conversations of this node's people: kept as posts come and go, read and put away by each for herself."""

from collections.abc import Iterable

from federation.addressing import Visibility
from node.database import Transaction
from node.database.tables import Actor, Conversation, Post
from node.errors import NotFound
from node.queries import conversations as conversation_rows


async def carry_on(tx: Transaction, author: Actor, post: Post, named: Iterable[int]) -> None:
    """A new post, if it is direct: unread by those of this node whom it names, read by her who wrote it."""
    if post.visibility != Visibility.DIRECT:
        return
    for actor_id in await conversation_rows.people_here(tx, {author.id, *named}):
        conversation_id = await conversation_rows.carry_on(tx, actor_id, post, unread=actor_id != author.id)
        tx.tell_of("conversation", conversation_id, actor_id)


async def required(tx: Transaction, actor: Actor, conversation_id: int) -> Conversation:
    found = await conversation_rows.one(tx, actor.id, conversation_id)
    if found is None:
        raise NotFound("There is no such conversation.")
    return found


async def mark(tx: Transaction, actor: Actor, conversation_id: int, *, unread: bool) -> Conversation:
    found = await required(tx, actor, conversation_id)
    await conversation_rows.mark(tx, found, unread=unread)
    return found


async def put_away(tx: Transaction, actor: Actor, conversation_id: int) -> None:
    """For her alone: nothing that was written is deleted."""
    await conversation_rows.remove(tx, await required(tx, actor, conversation_id))
