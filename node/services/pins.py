"""What somebody shows first on her profile (`featured`)."""

from typing import Final

from federation.addressing import Visibility
from node.database import Transaction
from node.database.tables import Actor, Post
from node.errors import Invalid
from node.queries import groups as group_rows
from node.queries.visibility import OPEN
from node.services import activities, audiences, outbox

MOST: Final = 5
"""As many as Mastodon takes."""


async def pin(tx: Transaction, actor: Actor, post: Post) -> None:
    """Twice is once. Raises `Invalid`, in Mastodon's words."""
    if post.author_id != actor.id:
        raise Invalid("Validation failed: Someone else's post cannot be pinned", "pin.author")
    if post.reblog_of_id is not None:
        raise Invalid("Validation failed: A boost cannot be pinned", "pin.boost")
    if post.visibility == Visibility.DIRECT:
        raise Invalid(
            "Validation failed: Posts that are only visible to mentioned users cannot be pinned", "pin.direct"
        )
    before = await group_rows.pinned(tx, actor.id)
    if any(pinned.id == post.id for pinned in before):
        return
    if len(before) >= MOST:
        raise Invalid("Validation failed: You have already pinned the maximum number of posts", "pin.many")
    await group_rows.pin(tx, actor.id, post.id)
    await _tell(tx, "Add", actor, post)


async def unpin(tx: Transaction, actor: Actor, post: Post) -> None:
    if any(pinned.id == post.id for pinned in await group_rows.pinned(tx, actor.id)):
        await group_rows.unpin(tx, actor.id, post.id)
        await _tell(tx, "Remove", actor, post)


async def _tell(tx: Transaction, kind: str, actor: Actor, post: Post) -> None:
    """Her followers elsewhere, of what everybody may read."""
    if post.visibility not in OPEN or actor.featured_uri is None:
        return
    activity = activities.change_collection(tx, kind, actor, None, item=post.uri, collection=actor.featured_uri)
    await outbox.owe(tx, actor, activity, await audiences.followers_inboxes(tx, actor), about=post.uri)
