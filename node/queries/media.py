"""Uploaded files: whose they are, and what they belong to."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select, update

from node.database import Transaction
from node.database.tables import Actor, MediaFile, Post, PostEdit

PART: Final = 500
READY: Final = "ready"
WITHDRAWN: Final = "withdrawn"
PICTURES: Final = ("avatar", "header")
"""Kinds that belong to an account and not to a post."""


async def add(tx: Transaction, values: Mapping[str, Any]) -> MediaFile:
    return tx.add(MediaFile, values)


async def by_id(tx: Transaction, media_id: int) -> MediaFile | None:
    return await tx.get(MediaFile, media_id)


async def loose(tx: Transaction, actor_id: int, ids: Collection[int], *, locks: bool = False) -> dict[int, MediaFile]:
    """Hers, for posts, by their ids. `locks`: so that no two posts get the same file."""
    named = select(MediaFile).where(MediaFile.id.in_(ids), MediaFile.actor_id == actor_id)
    named = named.where(MediaFile.kind.not_in(PICTURES))
    return {row.id: row for row in await tx.all(named.with_for_update() if locks else named)}


async def change(tx: Transaction, row: MediaFile, **values: Any) -> None:
    await tx.write(row, values)


async def tie(tx: Transaction, ids: Collection[int], actor_id: int, post_id: int) -> None:
    hers = update(MediaFile).where(MediaFile.id.in_(ids), MediaFile.actor_id == actor_id)
    await tx.execute(hers.values(post_id=post_id, scheduled_id=None, state=READY))


async def withdraw(tx: Transaction, post_id: int) -> None:
    """Out of a post; from now on it is as old as a new upload."""
    of_post = update(MediaFile).where(MediaFile.post_id == post_id)
    await tx.execute(of_post.values(post_id=None, state=WITHDRAWN, created_at=tx.now))


async def reserve(tx: Transaction, ids: Collection[int], actor_id: int, scheduled_id: int | None) -> None:
    hers = update(MediaFile).where(MediaFile.id.in_(ids), MediaFile.actor_id == actor_id)
    await tx.execute(hers.where(MediaFile.post_id.is_(None)).values(scheduled_id=scheduled_id))


async def of_post(tx: Transaction, post_id: int) -> Sequence[MediaFile]:
    return await tx.all(select(MediaFile).where(MediaFile.post_id == post_id).order_by(MediaFile.id))


async def of_actor(tx: Transaction, actor_id: int, kinds: Collection[str] = ()) -> Sequence[MediaFile]:
    """All that an account has uploaded, or of these kinds alone."""
    hers = select(MediaFile).where(MediaFile.actor_id == actor_id)
    return await tx.all(hers.where(MediaFile.kind.in_(kinds)) if kinds else hers)


async def unattached(tx: Transaction, before: datetime) -> Sequence[MediaFile]:
    """Some of those that came before then and belong to nothing."""
    old = select(MediaFile).where(MediaFile.created_at < before, MediaFile.kind.not_in(PICTURES))
    return await tx.all(old.where(MediaFile.post_id.is_(None), MediaFile.scheduled_id.is_(None)).limit(PART))


async def remove(tx: Transaction, ids: Collection[int]) -> None:
    await tx.execute(delete(MediaFile).where(MediaFile.id.in_(ids)))


async def served(tx: Transaction, key: str, name: str) -> tuple[str, bool] | None:
    """The content type of a file and whether everybody may keep it; None where no row names it."""
    found = select(MediaFile.media_type, MediaFile.file, MediaFile.preview, Post.visibility)
    found = found.join(Post, Post.id == MediaFile.post_id, isouter=True)
    found = found.join(Actor, Actor.id == MediaFile.actor_id).where(Actor.suspended_at.is_(None))
    rows = await tx.rows(found.where(MediaFile.key == key, MediaFile.state != WITHDRAWN))
    for media_type, file, preview, visibility in rows:
        if name in {file, preview}:
            return (media_type if name == file else "image/webp"), visibility in {None, "public", "unlisted"}
    return None


async def drop_from_edits(tx: Transaction, post_id: int, media_ids: Collection[str]) -> None:
    """Takes files that are gone out of how a post read before."""
    for edit in await tx.all(select(PostEdit).where(PostEdit.post_id == post_id)):
        left = [item for item in edit.attachments if item.get("media_id") not in media_ids]
        if len(left) < len(edit.attachments):
            await tx.execute(update(PostEdit).where(PostEdit.id == edit.id).values(attachments=left))
