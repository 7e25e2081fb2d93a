"""The activities that this node sends, as documents without their proof (`outbox` adds it)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from federation.addressing import Visibility
from federation.identifiers import PUBLIC
from federation.vocabulary import Document
from node.database import Transaction
from node.database.tables import Actor, Post
from node.services import addresses, documents


def _new(tx: Transaction, kind: str, actor: Actor, target: Any, *, uri: str | None = None) -> Document:
    return {
        "@context": documents.POST_CONTEXT,
        "id": uri or addresses.activity(tx, tx.new_id()),
        "type": kind,
        "actor": actor.uri,
        "object": target,
    }


async def create(tx: Transaction, author: Actor, post: Post) -> Document:
    """Its id is a fragment of the post's: a peer that fetches it (Mastodon, to boost it) gets the post."""
    target = await documents.post(tx, post, context=False)
    activity = _new(tx, "Create", author, target, uri=f"{post.uri}#create")
    return activity | _addressed_as(target) | {"published": target["published"]}


async def update(tx: Transaction, author: Actor, post: Post) -> Document:
    """With the whole post; its `updated` is what tells peers that it is newer."""
    target = await documents.post(tx, post, context=False)
    activity = _new(tx, "Update", author, target, uri=f"{post.uri}#update/{tx.new_id()}")
    return activity | _addressed_as(target) | {"updated": documents.stamp(tx.now)}


async def update_actor(tx: Transaction, actor: Actor) -> Document:
    """With the whole actor, in the context of actors, to its followers."""
    target = await documents.actor(tx, actor)
    activity = _new(tx, "Update", actor, target, uri=f"{actor.uri}#update/{tx.new_id()}")
    return activity | {"@context": target.pop("@context"), "to": [PUBLIC], "cc": [actor.followers_uri]}


def delete(tx: Transaction, actor: Actor, post: Post, *, group: Actor | None, reason: str | None = None) -> Document:
    """By the author: with a Tombstone. By a moderator of the group: the id, and a `summary` that says why."""
    own = actor.id == post.author_id
    target: Any = post.uri
    if own:
        target = {"id": post.uri, "type": "Tombstone", "formerType": post.type}
    uri = f"{post.uri}#delete" if own else addresses.activity(tx, tx.new_id())
    activity = _new(tx, "Delete", actor, target, uri=uri) | _to_group(actor, group)
    return activity if reason is None else activity | {"summary": reason}


def delete_actor(tx: Transaction, actor: Actor) -> Document:
    """For every server that ever heard of it."""
    return _new(tx, "Delete", actor, actor.uri, uri=f"{actor.uri}#delete") | {"to": [PUBLIC]}


def follow(tx: Transaction, follower: Actor, target: Actor) -> Document:
    return _new(tx, "Follow", follower, target.uri) | {"to": [target.uri]}


def answer(tx: Transaction, kind: str, target: Actor, follower: Actor, follow_uri: str) -> Document:
    """Accept or Reject of a Follow. The Follow is embedded: some match it by id, some by its actor and object."""
    inner = {"id": follow_uri, "type": "Follow", "actor": follower.uri, "object": target.uri}
    return _new(tx, kind, target, inner) | {"to": [follower.uri]}


def reject_create(tx: Transaction, group: Actor, author: Actor, *, create: str, post: str) -> Document:
    """FEP-1b12: the group does not take the post of a Create."""
    inner = {"id": create, "type": "Create", "actor": author.uri, "object": post}
    return _new(tx, "Reject", group, inner) | {"to": [author.uri]}


def undo(tx: Transaction, activity: Document) -> Document:
    """Embeds what is undone, without its context and proof."""
    inner = {name: value for name, value in activity.items() if name not in {"@context", "proof"}}
    undone: Document = {
        "@context": documents.POST_CONTEXT,
        "id": addresses.activity(tx, tx.new_id()),
        "type": "Undo",
        "actor": activity["actor"],
        "object": inner,
    }
    return undone | {name: inner[name] for name in ("to", "cc", "audience") if name in inner}


def vote(tx: Transaction, actor: Actor, post: Post, author: Actor, *, name: str, vote_id: int) -> Document:
    """A choice in a poll (FEP-9967): to its author alone. Ids as Mastodon's."""
    uri = f"{actor.uri}#votes/{vote_id}"
    to = [author.uri]
    note = {"id": uri, "type": "Note", "name": name, "attributedTo": actor.uri, "inReplyTo": post.uri, "to": to}
    return _new(tx, "Create", actor, note, uri=f"{uri}/activity") | {"to": to}


def like(tx: Transaction, actor: Actor, post: Post, author: Actor, group: Actor | None) -> Document:
    """To the author; in a group to the group as well, which passes it on."""
    activity = _new(tx, "Like", actor, post.uri)
    if group is None:
        return activity | {"to": [author.uri]}
    return activity | {"to": [author.uri, group.uri], "audience": group.uri}


def reblog(tx: Transaction, actor: Actor, boost: Post, post: Post, author: Actor) -> Document:
    """A boost: the bare id, which every peer fetches from its author's node. One for followers: to them alone."""
    followers = [actor.followers_uri] if actor.followers_uri else []
    match boost.visibility:
        case Visibility.PUBLIC:
            to, cc = [PUBLIC], [*followers, author.uri]
        case Visibility.UNLISTED:
            to, cc = followers, [PUBLIC, author.uri]
        case _:
            to, cc = followers, []
    announce = _new(tx, "Announce", actor, post.uri, uri=boost.uri)
    return announce | {"published": documents.stamp(tx.now), "to": to, "cc": cc}


def relay(tx: Transaction, group: Actor, activity: Document) -> Document:
    """A group passing on an activity (FEP-1b12): unchanged, its author's proof in it."""
    return _new(tx, "Announce", group, activity) | {
        "published": documents.stamp(tx.now),
        "to": [PUBLIC],
        "cc": [group.followers_uri],
        "audience": group.uri,
    }


def change_collection(
    tx: Transaction, kind: str, actor: Actor, group: Actor | None, *, item: str, collection: str
) -> Document:
    """Add or Remove of a featured post or a moderator."""
    return _new(tx, kind, actor, item) | {"target": collection} | _to_group(actor, group)


def lock(tx: Transaction, actor: Actor, post: Post, group: Actor) -> Document:
    """Lemmy 1.0, Mbin, PieFed: no more answers."""
    return _new(tx, "Lock", actor, post.uri) | _to_group(actor, group)


def ban(tx: Transaction, actor: Actor, group: Actor, target: Actor, *, until: datetime | None, reason: str) -> Document:
    """Lemmy: a Block whose `target` is the group. Mastodon reads any Block as a personal one."""
    activity = _new(tx, "Block", actor, target.uri) | {"target": group.uri, "removeData": False, "summary": reason}
    if until is not None:
        activity["endTime"] = documents.stamp(until)
    return activity | _to_group(actor, group)


def block(tx: Transaction, actor: Actor, target: Actor) -> Document:
    return _new(tx, "Block", actor, target.uri) | {"to": [target.uri]}


def flag(tx: Transaction, node: Actor, objects: Iterable[str], text: str, target: Actor) -> Document:
    """Signed by the node, not by the woman who reports."""
    return _new(tx, "Flag", node, list(objects)) | {"content": text, "summary": text, "to": [target.uri]}


def move(tx: Transaction, actor: Actor, target_uri: str) -> Document:
    """`target_uri` has to name the actor in its `alsoKnownAs`."""
    return _new(tx, "Move", actor, actor.uri) | {"target": target_uri, "to": [actor.followers_uri]}


def _addressed_as(target: Document) -> Document:
    return {name: target[name] for name in ("to", "cc", "audience") if name in target}


def _to_group(actor: Actor, group: Actor | None) -> Document:
    if group is None:
        return {"to": [PUBLIC], "cc": [actor.followers_uri] if actor.followers_uri else []}
    return {"to": [PUBLIC], "cc": [group.uri], "audience": group.uri}
