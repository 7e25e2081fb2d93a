"""Tells everybody who got a post how it reads now."""

from node.database import Transaction
from node.database.tables import Actor, Post
from node.queries import posts as post_rows
from node.services import activities, audiences, groups, outbox


async def tell(tx: Transaction, author: Actor, post: Post) -> None:
    """Owes an Update of the whole post to whom it is for and who got it before; a group of this node passes it on."""
    activity = await activities.update(tx, author, post)
    inboxes = (await audiences.of(tx, post)).inboxes | await post_rows.inboxes_reached(tx, post, author.id)
    sealed = await outbox.owe(tx, author, activity, inboxes, about=post.uri)
    await groups.pass_on(tx, post, author, sealed)
