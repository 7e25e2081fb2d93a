"""Posts by id and address, what belongs to them, and writing them."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import and_, bindparam, delete, func, or_, select, update
from sqlalchemy.orm import aliased

from federation.addressing import Visibility
from node.database import Transaction
from node.database.memory import UNKNOWN
from node.database.tables import (
    Actor,
    Bookmark,
    Delivery,
    GroupBan,
    Mention,
    Notification,
    OwnActivity,
    Pin,
    PollVote,
    Post,
    PostEdit,
    PostTag,
    Reaction,
)
from node.errors import Gone, NotFound
from node.queries import follows as follow_rows, search_index, visibility

_BY_URI: Final = "post.uri"
_ORPHANS: Final = "post.orphans"

_OF_URI: Final = select(Post).where(Post.uri == bindparam("uri"))


async def by_id(tx: Transaction, post_id: int) -> Post | None:
    return await tx.get(Post, post_id)


async def by_uri(tx: Transaction, uri: str) -> Post | None:
    known = tx.memory.get(_BY_URI, uri)
    found: Post | None = known if known is not UNKNOWN else await tx.one(_OF_URI, uri=uri)
    return found


async def by_uris(tx: Transaction, uris: Iterable[str]) -> dict[str, Post]:
    wanted = set(uris)
    if not wanted:
        return {}
    return {post.uri: post for post in await tx.all(select(Post).where(Post.uri.in_(wanted)))}


async def recall(tx: Transaction, uris: Iterable[str]) -> None:
    """Looks up all of them at once, for a batch that will ask for each: posts, and answers that wait for them."""
    wanted = tx.memory.missing(_BY_URI, uris)
    if not wanted:
        return
    tx.memory.put_all(_BY_URI, wanted, await by_uris(tx, wanted))
    tx.memory.put_all(_ORPHANS, wanted, dict.fromkeys(await orphaned(tx, wanted), True))


async def orphaned(tx: Transaction, uris: Iterable[str]) -> set[str]:
    """Which of these have answers that do not have their parent yet."""
    # That is asked here and not of the database: SQLite would take the index of all posts that answer nothing.
    answers = select(Post.in_reply_to_uri, Post.in_reply_to_id).where(Post.in_reply_to_uri.in_(set(uris)))
    return {uri for uri, parent_id in await tx.rows(answers) if parent_id is None}


async def by_ids(tx: Transaction, ids: Iterable[int]) -> dict[int, Post]:
    wanted = set(ids)
    if not wanted:
        return {}
    return {post.id: post for post in await tx.all(select(Post).where(Post.id.in_(wanted)))}


async def by_url(tx: Transaction, url: str) -> Post | None:
    """By its id or the address of its page: what a person pastes."""
    found: Post | None = await tx.one(select(Post).where(or_(Post.uri == url, Post.url == url)).order_by(Post.id))
    return found


async def visible(tx: Transaction, post_id: int, viewer: Actor | None) -> Post:
    """The post, if this viewer may see it. Raises `Gone` for one of ours that was deleted, else `NotFound`."""
    found: Post | None = await tx.one(select(Post).where(Post.id == post_id, visibility.visible_to(viewer)))
    if found is not None:
        return found
    post = await tx.get(Post, post_id)
    if post is not None and post.deleted_at is not None and post.visibility in visibility.OPEN:
        raise Gone("This post was deleted.", post.uri, post.type)
    raise NotFound("This post does not exist, or you may not see it.")


async def visible_among(tx: Transaction, ids: Collection[int], viewer: Actor | None) -> list[Post]:
    """Those that this viewer may see, in the order in which they are asked for."""
    found = await tx.all(select(Post).where(Post.id.in_(ids), visibility.visible_to(viewer))) if ids else ()
    known = {post.id: post for post in found}
    return [known[post_id] for post_id in ids if post_id in known]


async def shown(tx: Transaction, post_id: int, viewer: Actor | None) -> Post:
    """The same; under the id of a boost, the post that it shows."""
    post = await visible(tx, post_id, viewer)
    return post if post.reblog_of_id is None else await visible(tx, post.reblog_of_id, viewer)


async def add(tx: Transaction, values: dict[str, Any]) -> Post:
    """A new row; a reply's `root_id` is its parent's, an opener's its own."""
    tx.tell("posts")
    post = tx.add(Post, values)
    tx.memory.put(_BY_URI, post.uri, post)
    tx.tell_of("post", post.id)
    _tell_figures(tx, post)
    if post.reblog_of_id is None:
        await search_index.wait(tx, post.id)
    return post


def _tell_figures(tx: Transaction, post: Post) -> None:
    """Of what it answers, or boosts."""
    for other in (post.in_reply_to_id, post.reblog_of_id):
        if other is not None:
            tx.tell_of("figures", other)


async def change(tx: Transaction, post: Post, **values: Any) -> None:
    if not await tx.write(post, values):
        tx.memory.forget(_BY_URI, post.uri)
    tx.tell("posts")
    if values.get("edited_at") is not None:
        tx.tell_of("edit", post.id)
        await search_index.wait(tx, post.id)
    elif "poll" in values:
        tx.tell_of("figures", post.id)
    if values.get("removed_at") is not None or values.get("refused_at") is not None:
        tx.tell_of("deletion", post.id, post.author_id)


async def lock(tx: Transaction, post: Post, by: Actor | None) -> None:
    """By somebody; None takes the lock away."""
    await change(tx, post, locked_at=tx.now if by else None, locked_by_id=by.id if by else None)


async def adopt_orphans(tx: Transaction, parent: Post) -> None:
    """Answers that came before their parent find their place; but nothing answers what stands below it, or itself: two
    posts that name each other are a thread that the first of them opens, never a circle."""
    if tx.memory.get(_ORPHANS, parent.uri) is None:
        return
    answers = await tx.all(select(Post).where(Post.in_reply_to_uri == parent.uri))
    for orphan in answers:
        if orphan.in_reply_to_id is not None or orphan.id == parent.root_id:
            continue
        await change(tx, orphan, in_reply_to_id=parent.id)
        moved = update(Post).where(or_(Post.root_id == orphan.id, Post.id == orphan.id))
        await tx.execute(moved.values(root_id=parent.root_id))
        for post in tx.loaded(Post):
            if post.root_id == orphan.id:
                tx.show(post, root_id=parent.root_id)


async def locked_above(tx: Transaction, post: Post) -> bool:
    """Whether this post, or one above it in its thread, is locked."""
    parent = aliased(Post)
    columns = (Post.id, Post.in_reply_to_id, Post.locked_at)
    above = select(*columns).where(Post.id == post.id).cte(recursive=True)
    step = select(parent.id, parent.in_reply_to_id, parent.locked_at).join(above, parent.id == above.c.in_reply_to_id)
    above = above.union(step)
    return await tx.one(select(above.c.id).where(above.c.locked_at.is_not(None)).limit(1)) is not None


async def add_mentions(tx: Transaction, post_id: int, mentions: Iterable[tuple[int, bool]]) -> None:
    """(actor id, silent) of each."""
    rows = [{"id": tx.new_id(), "post_id": post_id, "actor_id": a, "silent": silent} for a, silent in mentions]
    tx.insert(Mention, rows, once=True)


async def set_tags(tx: Transaction, post_id: int, names: Iterable[str], *, replaces: bool = False) -> None:
    if replaces:
        await tx.execute(delete(PostTag).where(PostTag.post_id == post_id))
    folded = dict.fromkeys(name.casefold() for name in names)
    tx.insert(PostTag, [{"id": tx.new_id(), "post_id": post_id, "name": name} for name in folded], once=True)


async def mentioned(tx: Transaction, post_id: int) -> Sequence[Actor]:
    statement = select(Actor).join(Mention, Mention.actor_id == Actor.id).where(Mention.post_id == post_id)
    return await tx.all(statement.order_by(Mention.id))


async def tags(tx: Transaction, post_id: int) -> Sequence[str]:
    return await tx.all(select(PostTag.name).where(PostTag.post_id == post_id).order_by(PostTag.id))


async def keep_edit(tx: Transaction, post: Post) -> None:
    row = {
        "id": tx.new_id(),
        "post_id": post.id,
        "name": post.name,
        "content": post.content,
        "summary": post.summary,
        "sensitive": post.sensitive,
        "attachments": post.attachments,
        "created_at": post.edited_at or post.published,
    }
    tx.insert(PostEdit, [row])


async def edits(tx: Transaction, post_id: int) -> Sequence[PostEdit]:
    return await tx.all(select(PostEdit).where(PostEdit.post_id == post_id).order_by(PostEdit.id))


async def edits_for(tx: Transaction, post: Post, viewer: Actor | None) -> Sequence[PostEdit]:
    """What of them somebody may read who sees the post: whom an edit of a private one named, nothing from before it."""
    found = await edits(tx, post.id)
    if viewer is None or post.visibility in visibility.OPEN or post.author_id == viewer.id:
        return found
    if post.visibility == Visibility.FOLLOWERS and await follow_rows.accepted(tx, viewer.id, post.author_id):
        return found
    named = await tx.one(select(Mention.id).where(Mention.post_id == post.id, Mention.actor_id == viewer.id))
    return [edit for edit in found if named is not None and edit.id > named]


async def empty(tx: Transaction, post: Post) -> None:
    """Takes everything out of a deleted post but its place in the thread. Reblogs of it go."""
    for table in (PostEdit, PostTag, Reaction, Pin, PollVote, Bookmark, Notification):
        await tx.execute(delete(table).where(table.post_id == post.id))
    named = await tx.all(delete(Mention).where(Mention.post_id == post.id).returning(Mention.actor_id))
    tx.tell_of("deletion", post.id, post.author_id, *named)
    _tell_figures(tx, post)
    await search_index.forget(tx, post.id)
    boosts = await tx.rows(delete(Post).where(Post.reblog_of_id == post.id).returning(Post.id, Post.author_id))
    for boost_id, author_id in boosts:
        tx.tell_of("deletion", boost_id, author_id)
    texts = {"name": "", "content": "", "summary": ""}
    rest: dict[str, Any] = {"attachments": [], "emojis": []}
    for name in ("content_map", "source", "document", "poll", "event", "removal_reason"):
        rest[name] = None
    await change(tx, post, deleted_at=tx.now, **texts, **rest)


async def delete_row(tx: Transaction, post: Post) -> None:
    """For reblogs, which leave nothing behind."""
    await tx.execute(delete(Post).where(Post.id == post.id))
    tx.memory.forget(_BY_URI, post.uri)
    tx.tell("posts")
    tx.tell_of("deletion", post.id, post.author_id)
    _tell_figures(tx, post)


async def of_author(tx: Transaction, author_id: int) -> Sequence[Post]:
    """All that stands, reblogs too: for an actor that goes."""
    return await tx.all(select(Post).where(Post.author_id == author_id, Post.deleted_at.is_(None)))


def boost_uri(actor: Actor, announced: str) -> str:
    """What the row of a boost has as its address, given the id of its Announce. One from elsewhere is named beside its
    actor, in no way that a URL is written, so that it uses up no id: not that of a post, nor of another's boost."""
    return announced if actor.is_local else f"{_boosts_of(actor)}{announced}"


def announced_as(actor: Actor, boost: Post) -> str:
    """The id of the Announce of a boost by this actor."""
    return boost.uri.removeprefix(_boosts_of(actor))


def _boosts_of(actor: Actor) -> str:
    return f"boost:{actor.id}:"


async def boost(tx: Transaction, actor: Actor, announced: str) -> Post | None:
    """What this actor boosted under this id; nobody else's."""
    found = await by_uri(tx, boost_uri(actor, announced))
    return found if found is not None and found.reblog_of_id is not None and found.author_id == actor.id else None


async def original(tx: Transaction, boost: Post) -> Post:
    """What it shows: it goes with that."""
    found = await tx.get(Post, boost.reblog_of_id)
    if found is None:
        raise NotFound("That post is not there.")
    return found


async def reblog(tx: Transaction, actor_id: int, post_id: int) -> Post | None:
    found: Post | None = await tx.one(select(Post).where(Post.reblog_of_id == post_id, Post.author_id == actor_id))
    return found


async def add_reaction(tx: Transaction, actor_id: int, post_id: int, emoji: str, uri: str | None) -> bool:
    """Whether it is new: one per actor, post and emoji."""
    row = {"actor_id": actor_id, "post_id": post_id, "emoji": emoji, "uri": uri, "created_at": tx.now}
    tx.tell("posts")
    tx.tell_of("figures", post_id)
    return await tx.insert_new(Reaction, {"id": tx.new_id(), **row})


async def reaction_by_uri(tx: Transaction, uri: str) -> Reaction | None:
    found: Reaction | None = await tx.one(select(Reaction).where(Reaction.uri == uri))
    return found


async def reaction(tx: Transaction, actor_id: int, post_id: int, emoji: str) -> Reaction | None:
    statement = select(Reaction).where(Reaction.actor_id == actor_id, Reaction.post_id == post_id)
    found: Reaction | None = await tx.one(statement.where(Reaction.emoji == emoji))
    return found


async def remove_reaction(tx: Transaction, actor_id: int, post_id: int, emoji: str) -> None:
    statement = delete(Reaction).where(Reaction.actor_id == actor_id, Reaction.post_id == post_id)
    await tx.execute(statement.where(Reaction.emoji == emoji))
    tx.tell("posts")
    tx.tell_of("figures", post_id)


async def remove_reactions_of(tx: Transaction, actor_id: int) -> None:
    await tx.execute(delete(Reaction).where(Reaction.actor_id == actor_id))
    tx.tell("posts")


async def participants(tx: Transaction, root_id: int, limit: int) -> Sequence[Actor]:
    """Who wrote in a thread, those of other nodes whom its group has not closed itself to."""
    wrote = select(Post.author_id).where(Post.root_id == root_id, Post.deleted_at.is_(None)).distinct()
    group = select(Post.group_id).where(Post.id == root_id).scalar_subquery()
    standing = or_(GroupBan.until.is_(None), GroupBan.until > tx.now)
    banned = select(GroupBan.actor_id).where(GroupBan.group_id == group, standing)
    people = select(Actor).where(Actor.id.in_(wrote), Actor.host.is_not(None), Actor.id.not_in(banned))
    return await tx.all(people.where(Actor.deleted_at.is_(None), Actor.suspended_at.is_(None)).limit(limit))


async def inboxes_reached(tx: Transaction, post: Post, sender_id: int) -> set[str]:
    """Inboxes that were owed any activity of this sender about the post: its Delete goes there too."""
    statement = (
        select(Delivery.inbox)
        .join(OwnActivity, OwnActivity.id == Delivery.activity_id)
        .where(OwnActivity.object_uri == post.uri, OwnActivity.actor_id == sender_id)
        .distinct()
    )
    return set(await tx.all(statement))


async def count(tx: Transaction) -> tuple[int, int]:
    """(posts, answers) written on this node, for NodeInfo."""
    local = and_(
        Post.author_id == Actor.id, Actor.host.is_(None), Post.reblog_of_id.is_(None), Post.deleted_at.is_(None)
    )
    statement = select(func.count(), func.count(Post.in_reply_to_uri)).select_from(Post).join(Actor, local)
    total, answers = (await tx.rows(statement))[0]
    return int(total) - int(answers), int(answers)
