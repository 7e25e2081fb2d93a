"""Like and EmojiReact, and taking them back; a Dislike counts as nothing."""

from federation.vocabulary import Activity
from node.database import Transaction
from node.database.tables import Post
from node.errors import Ignored, Later, NotFound, Refused
from node.handlers.table import Incoming, inbox
from node.queries import inbox_items, posts as post_rows
from node.services import groups, notifications, tombstones
from node.services.markup import plain

LONGEST_EMOJI = 80


async def _post(tx: Transaction, uri: str) -> Post:
    """A post that we hold: an unknown one is not fetched for a like of it."""
    post = await post_rows.by_uri(tx, uri)
    if post is None:
        raise Ignored("object.unknown")
    if post.deleted_at is not None:
        raise Refused("object.gone")
    return post


@inbox.on("Like")
@inbox.on("EmojiReact")
async def like(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """Once per actor, post and emoji. Misskey sends its reactions as a Like with `content`."""
    post = await _post(tx, activity.object_id or "")
    if not await _may_see(tx, post, incoming):
        raise Refused("like.not_visible")
    emoji = plain(activity.content).strip()[:LONGEST_EMOJI]
    new = await post_rows.add_reaction(tx, incoming.sender.id, post.id, emoji, activity.id)
    if new:
        await notifications.about_own(tx, "favourite", incoming.sender, post)
    if new and incoming.relayed_by is None:
        await groups.pass_on(tx, post, incoming.sender, activity.document)


async def _may_see(tx: Transaction, post: Post, incoming: Incoming) -> bool:
    try:
        await post_rows.visible(tx, post.id, incoming.sender)
    except NotFound:
        return False
    return True


@inbox.on("Dislike")
async def dislike(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """Women who dare to write are not voted down here, nor passed on that they were."""
    await _post(tx, activity.object_id or "")
    raise Ignored("dislike")


@inbox.on("Undo", "Like", "EmojiReact")
async def undo_like(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """By the id of the Like, or by what was liked (PieFed names a fresh inner id)."""
    found = await post_rows.reaction_by_uri(tx, activity.object_id or "")
    inner = activity.object
    if found is None and isinstance(inner, Activity):
        post = await _post(tx, inner.object_id or "")
        found = await post_rows.reaction(tx, incoming.sender.id, post.id, plain(inner.content).strip()[:LONGEST_EMOJI])
    if found is None:
        await _not_there(tx, activity.object_id or "", incoming)
        return
    if found.actor_id != incoming.sender.id:
        raise Refused("authz.undo")
    await post_rows.remove_reaction(tx, found.actor_id, found.post_id, found.emoji)
    if found.uri is not None:
        await tombstones.remember_unseen(tx, found.uri, incoming.sender.uri)
        await inbox_items.forget(tx, incoming.sender.uri, found.uri)
    post = await _post_of(tx, found.post_id)
    await notifications.taken_back(tx, "favourite", incoming.sender.id, post)
    if incoming.relayed_by is None:
        await groups.pass_on(tx, post, incoming.sender, activity.document)


async def _not_there(tx: Transaction, uri: str, incoming: Incoming) -> None:
    """It may have been taken back already, since it comes from its actor and by the group; else it comes late."""
    if incoming.relayed_by is not None or await tombstones.buried(tx, uri, incoming.sender.uri):
        raise Ignored("undo.known")
    raise Later("its Like has not come yet")


async def _post_of(tx: Transaction, post_id: int) -> Post:
    post = await post_rows.by_id(tx, post_id)
    if post is None:
        raise Ignored("object.unknown")
    return post


@inbox.on("Undo", "Dislike")
async def undo_dislike(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    raise Ignored("dislike")
