"""What somebody keeps of posts for herself: bookmarks, and threads of which she wants no notices."""

from sqlalchemy import delete

from node.database import Transaction
from node.database.tables import Bookmark, Post, ThreadMute


async def bookmark(tx: Transaction, actor_id: int, post: Post) -> None:
    """Twice is once."""
    tx.insert(Bookmark, [{"id": tx.new_id(), "actor_id": actor_id, "post_id": post.id}], once=True)


async def unbookmark(tx: Transaction, actor_id: int, post: Post) -> None:
    await tx.execute(delete(Bookmark).where(Bookmark.actor_id == actor_id, Bookmark.post_id == post.id))


async def mute_thread(tx: Transaction, actor_id: int, post: Post) -> None:
    """All of it, whichever of its posts that was."""
    tx.insert(ThreadMute, [{"id": tx.new_id(), "actor_id": actor_id, "root_id": post.root_id or post.id}], once=True)


async def unmute_thread(tx: Transaction, actor_id: int, post: Post) -> None:
    muted = ThreadMute.actor_id == actor_id, ThreadMute.root_id == (post.root_id or post.id)
    await tx.execute(delete(ThreadMute).where(*muted))
