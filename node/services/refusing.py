"""Posts that a group does not take: telling their authors elsewhere, and remembering it for those of this node."""

from datetime import timedelta
from typing import Final

from node.database import Transaction
from node.database.tables import Actor, Post
from node.queries import actors as actor_rows, outboxes, posts as post_rows
from node.services import activities, outbox

MOST_AN_HOUR: Final = 5
"""Refusals that one author elsewhere is told. A group sends no more because somebody sends it more."""


async def tell(tx: Transaction, group: Actor, author: Actor, *, create: str, post: str) -> None:
    """Owes her a Reject of her Create (its id, and her post's). Whom the group blocks hears nothing."""
    if author.is_local or await actor_rows.blocks(tx, group.id, author.id):
        return
    an_hour_ago = tx.now - timedelta(hours=1)
    if await outboxes.said_about(tx, "Reject", author.uri, an_hour_ago, MOST_AN_HOUR) >= MOST_AN_HOUR:
        return
    activity = activities.reject_create(tx, group, author, create=create, post=post)
    await outbox.owe(tx, group, activity, [author.inbox], about=author.uri)


async def mark(tx: Transaction, post: Post, group: Actor) -> bool:
    """A group elsewhere did not take a post of this node; whether it was written to that group."""
    if not group.is_group or group.is_local or post.deleted_at is not None:
        return False
    if not (await actor_rows.known(tx, post.author_id)).is_local:
        return False
    addressed = post.group_id == group.id or any(one.id == group.id for one in await post_rows.mentioned(tx, post.id))
    if addressed:
        await post_rows.change(tx, post, refused_at=tx.now)
    return addressed
