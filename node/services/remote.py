"""Storing what other nodes serve and send: actors and posts, as rows.

The caller has proved that a document is authentic (`handlers.confirmation`, or fetched from its own id). What a
document refers to and is not stored raises `Missing`, once; what could not be fetched is done without.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson

from federation.addressing import Visibility, narrower, recipients, visibility
from federation.identifiers import Handle, host_of
from federation.signatures import Scheme
from federation.vocabulary import RFC_9421, ActorDocument, PostDocument
from node.database import Transaction, id_at, id_for_delivered
from node.database.tables import Actor, Post
from node.errors import Missing, NotFound, Refused
from node.queries import actors as actor_rows, peers, posts as post_rows
from node.queries.visibility import OPEN
from node.services import addresses, conversations, notifications, tombstones
from node.services.markup import clean_html, plain


async def recall_stored(tx: Transaction, found: Sequence[tuple[ActorDocument, Handle | None]]) -> None:
    """Looks up at once what `store_actor` will ask for each of many."""
    documents, handles = zip(*found, strict=True)
    await actor_rows.recall_stored(
        tx,
        [document.id for document in documents],
        [str(handle).lower() for handle in handles if handle is not None],
        [key.id for document in documents for key in document.keys],
    )
    await actor_rows.recall_host_blocks(tx, {host for one in found for host in _hosts(*one)})


def _hosts(document: ActorDocument, handle: Handle | None) -> tuple[str, ...]:
    """By which an account may be blocked: that of its id, and that of its handle."""
    return (host_of(document.id), handle.host) if handle is not None else (host_of(document.id),)


async def store_actor(tx: Transaction, document: ActorDocument, handle: Handle | None) -> Actor:
    """An actor as its own node serves it now, with the keys it lists now. `handle` was confirmed by WebFinger; without
    one its name is shown with its own host, and it takes nobody's handle.

    One that was deleted stays so, with nothing of it shown, whatever its host serves. Of a host that was blocked while
    this was fetched nothing is stored.
    """
    if addresses.is_ours(tx, document.id):
        raise Refused("origin.ours")
    for host in _hosts(document, handle):
        if await actor_rows.host_blocked(tx, host):
            raise Refused("host.blocked")
    known = await actor_rows.by_uri(tx, document.id)
    if known is not None and known.deleted_at is not None:
        raise Refused("actor.deleted")
    actor = await actor_rows.upsert(tx, _profile(document, handle) | {"fetched_at": tx.now})
    keys = [{"id": key.id, "material": key.material, "assertion": key.assertion} for key in document.keys]
    await actor_rows.set_keys(tx, actor, keys)
    if RFC_9421 in document.implements:
        await peers.learn_scheme(tx, host_of(document.inbox), Scheme.RFC9421.value)
    return actor


def _profile(document: ActorDocument, handle: Handle | None) -> dict[str, Any]:
    """The columns of an actor, its texts made safe."""
    return {
        "uri": document.id,
        "type": document.type,
        "username": document.username,
        "host": handle.host if handle else host_of(document.id),
        "handle": str(handle).lower() if handle else None,
        "name": document.name,
        "summary": clean_html(document.summary),
        "url": document.url,
        "inbox": document.inbox,
        "shared_inbox": document.shared_inbox,
        "outbox": document.outbox,
        "followers_uri": document.followers,
        "following_uri": document.following,
        "featured_uri": document.featured,
        "moderators_uri": document.moderators,
        "locked": document.locked,
        "discoverable": document.discoverable,
        "indexable": document.indexable,
        "posting_restricted": document.posting_restricted,
        "shows_follows": False,
        "icon": document.icon,
        "image": document.image,
        "fields": [{"name": entry.name, "value": clean_html(entry.value)} for entry in document.fields],
        "languages": list(document.languages),
        "emojis": [asdict(emoji) for emoji in document.emojis],
        "also_known_as": list(document.also_known_as),
        "moved_to": document.moved_to,
        "published": document.published,
    }


async def store_post(tx: Transaction, document: PostDocument, *, delivered: bool) -> tuple[Post, bool]:
    """The row of a post, and whether it is new. `delivered` sent to us now; else fetched, at its place in the past."""
    if document.is_vote:
        raise Refused("post.vote")
    existing = await post_rows.by_uri(tx, document.id)
    if existing is not None:
        return existing, False
    author = await _author(tx, document)
    parent = await answered(tx, document.in_reply_to) if document.in_reply_to else None
    await _may_answer(tx, author, parent)
    named = await _named(tx, document)
    root_id = (parent.root_id or parent.id) if parent else None
    post_id = _id(tx, document, delivered=delivered)
    values = {
        "id": post_id,
        "uri": document.id,
        "url": document.url or document.id,
        "type": document.type,
        "author_id": author.id,
        "visibility": _visibility(document, author, named).value,
        "in_reply_to_id": parent.id if parent else None,
        "in_reply_to_uri": document.in_reply_to,
        "root_id": root_id or post_id,
        "published": min(document.published or tx.now, tx.now),
        "created_at": tx.now,
        **_contents(document),
        "name": await _title(tx, document, post_id, root_id),
        "locked_at": tx.now if document.locked else None,
        "locked_by_id": author.id if document.locked else None,
        "edited_at": _edited(document),
    }
    post = await post_rows.add(tx, values)
    mentioned = {mention.href for mention in document.mentions}
    await post_rows.add_mentions(
        tx, post.id, ((a.id, a.uri not in mentioned) for a in named.values() if a.id != author.id)
    )
    await post_rows.set_tags(tx, post.id, document.hashtags)
    await post_rows.adopt_orphans(tx, post)
    if delivered:
        await notifications.posted(tx, author, post, _told(post, named, mentioned))
        await conversations.carry_on(tx, author, post, (actor.id for actor in named.values()))
    return post, True


def _told(post: Post, named: dict[str, Actor], mentioned: set[str]) -> list[int]:
    """People of this node whom it mentions; those to whom a direct post goes, also where it does not (Lemmy 0.19)."""
    private = post.visibility == Visibility.DIRECT
    return [a.id for a in named.values() if a.is_local and not a.is_group and (private or a.uri in mentioned)]


async def _author(tx: Transaction, document: PostDocument) -> Actor:
    """Who wrote what is new here, if it may be stored. Raises `Refused`, `Missing`."""
    if addresses.is_ours(tx, document.id):
        raise Refused("origin.ours")
    author = await actor_rows.required(tx, document.author)
    if author.suspended_at is not None or author.deleted_at is not None:
        raise Refused("author.suspended")
    if await tombstones.buried(tx, document.id, document.author):
        raise Refused("post.deleted")
    return author


def _id(tx: Transaction, document: PostDocument, *, delivered: bool) -> int:
    if delivered:
        return id_for_delivered(document.published, tx.now)
    return id_at(min(document.published or tx.now, tx.now))


async def answered(tx: Transaction, uri: str) -> Post | None:
    """What is answered, fetched if need be; an answer whose parent cannot be had stands by itself until it comes."""
    parent = await post_rows.by_uri(tx, uri)
    if parent is None and not addresses.is_ours(tx, uri) and uri not in tx.tried:
        raise Missing(uri)
    return parent


async def _may_answer(tx: Transaction, author: Actor, parent: Post | None) -> None:
    """Raises `Refused` for an answer to what somebody of this node wrote to others than its author, or on her own page
    while she blocks him: whoever learns the address of a post gets no place in its thread by that. Who may read what
    was written elsewhere is not known here; in a group it is the group that takes an answer or not."""
    if parent is None or not addresses.is_ours(tx, parent.uri):
        return
    if parent.group_id is None and await actor_rows.blocks(tx, parent.author_id, author.id):
        raise Refused("author.blocked")
    if parent.visibility in OPEN:
        return
    try:
        await post_rows.visible(tx, parent.id, author)
    except NotFound as error:
        raise Refused("reply.not_visible") from error


async def _named(tx: Transaction, document: PostDocument) -> dict[str, Actor]:
    """Known actors that the post addresses or mentions. Unknown ones are not fetched: anybody can name thousands."""
    uris = {*recipients(document.to, document.cc, document.audience), *(m.href for m in document.mentions)}
    return await actor_rows.by_uris(tx, uris)


def _visibility(document: PostDocument, author: Actor, named: dict[str, Actor]) -> Visibility:
    members = {actor.followers_uri for actor in named.values() if actor.is_group and actor.followers_uri}
    if document.type == "ChatMessage":
        return Visibility.DIRECT
    return visibility(document.to, document.cc, author.followers_uri, members)


def _contents(document: PostDocument) -> dict[str, Any]:
    """The columns that an edit may change, made safe. The summary of an Article is shown where it has no text."""
    warning = plain(document.warning)
    return {
        "name": document.name,
        "content": clean_html(document.content or ("" if warning else document.summary)),
        "content_map": {code: clean_html(text) for code, text in document.content_map.items()} or None,
        "summary": warning,
        "source": document.source,
        "language": document.language,
        "sensitive": document.sensitive,
        "attachments": [asdict(attachment) for attachment in document.attachments],
        "emojis": [asdict(emoji) for emoji in document.emojis],
        "poll": _jsonable(asdict(document.poll)) if document.poll else None,
        "event": _jsonable(asdict(document.event)) if document.event else None,
        "context_uri": document.context,
        "document": orjson.dumps(document.document).decode(),
    }


def _jsonable(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


async def _title(tx: Transaction, document: PostDocument, post_id: int, root_id: int | None) -> str:
    """NodeBB 4.15 repeats the title of a topic in every answer: it is said once, by what opens the thread."""
    if not document.name or root_id is None or root_id == post_id:
        return document.name
    opener = await post_rows.by_id(tx, root_id)
    return "" if opener is not None and opener.name == document.name else document.name


async def update_post(tx: Transaction, post: Post, document: PostDocument) -> bool:
    """Takes over an edit by the author, keeps how it read before; whether the text changed.

    Without a newer `updated` only what is counted (a poll) is taken. The author never changes; it is read by fewer than
    before where the edit says so, by more never.
    """
    newer = document.updated is not None and document.updated > (post.edited_at or post.published)
    values = _contents(document) | {"name": await _title(tx, document, post.id, post.root_id)}
    if not newer:
        await post_rows.change(tx, post, poll=values["poll"])
        return False
    named = await _named(tx, document)
    values |= _lock(tx, post, document) | {"visibility": await _narrowed(tx, post, document, named)}
    await post_rows.keep_edit(tx, post)
    await post_rows.change(tx, post, edited_at=document.updated, **values)
    await post_rows.set_tags(tx, post.id, document.hashtags, replaces=True)
    mentioned = [named[mention.href] for mention in document.mentions if mention.href in named]
    author = await actor_rows.known(tx, post.author_id)
    await notifications.edited(tx, author, post, (a.id for a in mentioned if a.is_local))
    await post_rows.add_mentions(tx, post.id, ((a.id, False) for a in mentioned if a.id != post.author_id))
    return True


async def _narrowed(tx: Transaction, post: Post, document: PostDocument, named: dict[str, Actor]) -> Visibility:
    """Who may read it after an edit. One that names nobody says nothing of that."""
    before = Visibility(post.visibility)
    if not document.to and not document.cc:
        return before
    return narrower(before, _visibility(document, await actor_rows.known(tx, post.author_id), named))


def _edited(document: PostDocument) -> datetime | None:
    """When it became what it is, where its author says that it was something else."""
    if document.updated is None or document.published is None or document.updated <= document.published:
        return None
    return document.updated


def _lock(tx: Transaction, post: Post, document: PostDocument) -> dict[str, Any]:
    """What an edit changes of the lock. What a moderator locked stays so, whatever the author edits."""
    if document.locked and post.locked_at is None and not _was_locked(post):
        return {"locked_at": tx.now, "locked_by_id": post.author_id}
    if not document.locked and post.locked_by_id == post.author_id:
        return {"locked_at": None, "locked_by_id": None}
    return {}


def _was_locked(post: Post) -> bool:
    """By its author, in her own document."""
    return post.document is not None and orjson.loads(post.document).get("commentsEnabled") is False
