"""Likes and boosts of this node's people."""

from federation.addressing import Visibility
from federation.vocabulary import Document
from node.database import Transaction
from node.database.tables import Actor, Post
from node.errors import NotFound
from node.queries import actors as actor_rows, posts as post_rows
from node.services import activities, addresses, audiences, groups, notifications, outbox, permissions


async def favourite(tx: Transaction, actor: Actor, post: Post) -> None:
    """Twice is once."""
    if await post_rows.reaction(tx, actor.id, post.id, "") is not None:
        return
    author, group = await _concerned(tx, post)
    activity = activities.like(tx, actor, post, author, group)
    await post_rows.add_reaction(tx, actor.id, post.id, "", activity["id"])
    await notifications.about_own(tx, "favourite", actor, post)
    await _tell(tx, actor, post, activity)


async def unfavourite(tx: Transaction, actor: Actor, post: Post) -> None:
    reaction = await post_rows.reaction(tx, actor.id, post.id, "")
    if reaction is None:
        return
    author, group = await _concerned(tx, post)
    undone = activities.like(tx, actor, post, author, group) | {"id": reaction.uri}
    await post_rows.remove_reaction(tx, actor.id, post.id, "")
    await notifications.taken_back(tx, "favourite", actor.id, post)
    await _tell(tx, actor, post, activities.undo(tx, undone))


async def _concerned(tx: Transaction, post: Post) -> tuple[Actor, Actor | None]:
    author = await actor_rows.known(tx, post.author_id)
    group = await actor_rows.by_id(tx, post.group_id) if post.group_id else None
    return author, group


async def _tell(tx: Transaction, actor: Actor, post: Post, activity: Document) -> None:
    author, group = await _concerned(tx, post)
    inboxes = {other.delivery_inbox for other in (author, group) if other is not None and not other.is_local}
    sealed = await outbox.owe(tx, actor, activity, inboxes, about=post.uri)
    await groups.pass_on(tx, post, actor, sealed)


async def reblog(tx: Transaction, actor: Actor, post: Post, width: Visibility = Visibility.PUBLIC) -> Post:
    """Shows a post to one's followers; `width` says whether others may see that too. Twice is once."""
    permissions.may_reblog(actor, post)
    existing = await post_rows.reblog(tx, actor.id, post.id)
    if existing is not None:
        return existing
    author = await actor_rows.known(tx, post.author_id)
    row_id = tx.new_id()
    uri = addresses.activity(tx, row_id)
    row = await groups.add_reblog_row(tx, actor, post, uri, row_id=row_id, width=width)
    activity = activities.reblog(tx, actor, row, post, author)
    await outbox.owe(tx, actor, activity, await _followers_and(tx, actor, author), about=post.uri)
    return row


async def unreblog(tx: Transaction, actor: Actor, post: Post) -> None:
    """Raises `NotFound` where she had not boosted it."""
    row = await post_rows.reblog(tx, actor.id, post.id)
    if row is None:
        raise NotFound("You have not boosted this post.")
    author = await actor_rows.known(tx, post.author_id)
    undone = activities.reblog(tx, actor, row, post, author)
    await outbox.owe(tx, actor, activities.undo(tx, undone), await _followers_and(tx, actor, author), about=post.uri)
    await post_rows.delete_row(tx, row)
    await notifications.taken_back(tx, "reblog", actor.id, post)


async def _followers_and(tx: Transaction, actor: Actor, author: Actor) -> set[str]:
    inboxes = await audiences.followers_inboxes(tx, actor)
    return inboxes if author.is_local else inboxes | {author.delivery_inbox}
