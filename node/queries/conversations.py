"""Direct conversations: one row for each of this node's people and thread, with its latest post."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select

from federation.addressing import Visibility
from node.database import Transaction
from node.database.tables import Actor, Conversation, Mention, Post
from node.queries import actors as actor_rows
from node.queries.visibility import visible_to
from node.queries.windows import Page, part


@dataclass(frozen=True, slots=True)
class ConversationView:
    """`people`: who has part in it beside her. `last`: the latest post that she may still see."""

    row: Conversation
    people: tuple[Actor, ...]
    last: Post | None


async def people_here(tx: Transaction, actor_ids: Collection[int]) -> Sequence[int]:
    """Those of them who are people of this node."""
    here = Actor.host.is_(None), Actor.type == "Person", Actor.deleted_at.is_(None)
    return await tx.all(select(Actor.id).where(Actor.id.in_(actor_ids), *here).order_by(Actor.id))


async def carry_on(tx: Transaction, actor_id: int, post: Post, *, unread: bool) -> int:
    """The conversation of this post's thread goes on with it, or begins; its id."""
    row = {"id": tx.new_id(), "actor_id": actor_id, "root_id": post.root_id or post.id}
    latest = {"last_post_id": post.id, "unread": unread}
    adding = tx.dialect_insert(Conversation).values(row | latest)
    on = adding.on_conflict_do_update(index_elements=["actor_id", "root_id"], set_=latest)
    return int(await tx.one(on.returning(Conversation.id)))


async def one(tx: Transaction, actor_id: int, conversation_id: int) -> Conversation | None:
    """Hers alone."""
    mine = Conversation.id == conversation_id, Conversation.actor_id == actor_id
    found: Conversation | None = await tx.one(select(Conversation).where(*mine))
    return found


async def these(tx: Transaction, actor_id: int, ids: Collection[int]) -> Sequence[Conversation]:
    """Those of hers among them."""
    hers = Conversation.id.in_(ids), Conversation.actor_id == actor_id
    return await tx.all(select(Conversation).where(*hers).order_by(Conversation.last_post_id))


async def page(tx: Transaction, viewer: Actor, window: Page) -> list[ConversationView]:
    """By their latest posts, the newest first: that is what the cursors are."""
    mine = select(Conversation).where(Conversation.actor_id == viewer.id)
    return await views(tx, viewer, await part(tx, mine, window, Conversation.last_post_id))


async def views(tx: Transaction, viewer: Actor, rows: Sequence[Conversation]) -> list[ConversationView]:
    posts = await _last_posts(tx, viewer, rows)
    shown = {row.id: posts.get(row.root_id) for row in rows}
    people = await _people(tx, [post for post in shown.values() if post is not None])

    def of(row: Conversation) -> ConversationView:
        post = shown[row.id]
        others = people.get(post.id, ()) if post is not None else ()
        return ConversationView(row, tuple(actor for actor in others if actor.id != viewer.id), post)

    return [of(row) for row in rows]


async def _last_posts(tx: Transaction, viewer: Actor, rows: Sequence[Conversation]) -> dict[int, Post]:
    """Of each thread the latest direct post that she may see: what was deleted since is none."""
    if not rows:
        return {}
    direct = Post.root_id.in_([row.root_id for row in rows]), Post.visibility == Visibility.DIRECT
    latest = select(func.max(Post.id)).where(*direct, visible_to(viewer)).group_by(Post.root_id)
    return {post.root_id or post.id: post for post in await tx.all(select(Post).where(Post.id.in_(latest)))}


async def _people(tx: Transaction, posts: Sequence[Post]) -> dict[int, list[Actor]]:
    """Of each post its author, then those whom it names."""
    authors = await actor_rows.by_ids(tx, (post.author_id for post in posts))
    found = {post.id: [authors[post.author_id]] for post in posts}
    named: Any = select(Mention.post_id, Actor).join(Actor, Actor.id == Mention.actor_id).order_by(Mention.id)
    for post_id, actor in await tx.rows(named.where(Mention.post_id.in_(found))):
        found[post_id].append(actor)
    return found


async def mark(tx: Transaction, row: Conversation, *, unread: bool) -> None:
    await tx.write(row, {"unread": unread})


async def remove(tx: Transaction, row: Conversation) -> None:
    """Out of her sight; it comes back with the next post."""
    await tx.execute(delete(Conversation).where(Conversation.id == row.id))
