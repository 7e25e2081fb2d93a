"""Announce: a boost, or a group passing on an activity (FEP-1b12); and taking a boost back."""

import orjson

from federation.vocabulary import Activity
from node.database import Transaction
from node.database.tables import Actor, Post
from node.errors import Ignored, Missing, Refused
from node.handlers.confirmation import RELAYED, confirm
from node.handlers.table import Incoming, inbox
from node.queries import actors, follows, posts
from node.queries.visibility import OPEN
from node.services import addresses, groups


@inbox.on("Announce", *RELAYED)
async def relayed(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """Authenticates the inner activity and lets it take effect in this same transaction."""
    from node.handlers.processing import dispatch

    inner, group = activity.object, incoming.sender
    if not isinstance(inner, Activity):
        await boost(tx, activity, incoming)
        return
    if incoming.relayed_by is not None:
        raise Refused("group.nested")
    if not group.is_group:
        raise Refused("group.not_a_group")
    if addresses.is_ours(tx, inner.actor) and inner.type in {"Create", "Update", "Delete"}:
        await _ours(tx, inner, group)
        return
    if not await follows.any_local_follower(tx, group.id):
        raise Ignored("group.no_follower")
    taken = await confirm(tx, inner, group)
    sender = await actors.required(tx, inner.actor)
    if sender.suspended_at is not None:
        raise Refused("author.suspended")
    await dispatch(tx, inner, Incoming(sender, relayed_by=group, fetched=not taken))


async def _ours(tx: Transaction, inner: Activity, group: Actor) -> None:
    """What somebody here wrote comes back from the group elsewhere: it has been taken in."""
    post = await posts.by_uri(tx, inner.object_id or "")
    if post is None or post.group_id != group.id:
        raise Ignored("group.unknown_post")
    if inner.type == "Create":
        await _show(tx, post, group, f"{post.uri}#relayed-by/{group.id}")


@inbox.on("Announce")
async def boost(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """Of a post by its id; an embedded copy is a hint only. A group's boost says that the post is one of its own."""
    if incoming.relayed_by is not None:
        raise Refused("group.kind")
    uri = activity.object_id
    if uri is None:
        raise Refused("object.missing")
    post = await posts.by_uri(tx, uri)
    if not await _wanted(tx, incoming.sender, post):
        raise Ignored("unsolicited")
    if post is None:
        if uri in tx.tried or addresses.is_ours(tx, uri):
            raise Refused("object.unreachable")
        raise Missing(uri)
    if post.deleted_at is not None or post.reblog_of_id is not None:
        raise Refused("object.gone")
    if post.visibility not in OPEN and post.author_id != incoming.sender.id:
        raise Refused("announce.not_public")
    await _show(tx, post, incoming.sender, activity.id or f"{post.uri}#boost/{incoming.sender.id}")


async def _wanted(tx: Transaction, sender: Actor, post: Post | None) -> bool:
    if post is not None and (await actors.known(tx, post.author_id)).is_local:
        return True
    return await follows.any_local_follower(tx, sender.id)


async def _show(tx: Transaction, post: Post, actor: Actor, uri: str) -> None:
    if actor.is_group and post.group_id is None and _names(post, actor):
        await posts.change(tx, post, group_id=actor.id)
    opens = post.in_reply_to_uri is None or not actor.is_group
    if opens and await posts.reblog(tx, actor.id, post.id) is None:
        await groups.add_reblog_row(tx, actor, post, uri, row_id=tx.new_id())


def _names(post: Post, group: Actor) -> bool:
    """Whether a stored post was written to this group: its own document says so."""

    return post.document is not None and groups.names(group, orjson.loads(post.document))


@inbox.on("Undo", "Announce")
async def undo_announce(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """By the id of the boost, or by what was boosted."""
    row = await posts.by_uri(tx, activity.object_id or "")
    inner = activity.object
    if row is None and isinstance(inner, Activity):
        post = await posts.by_uri(tx, inner.object_id or "")
        row = await posts.reblog(tx, incoming.sender.id, post.id) if post is not None else None
    if row is None:
        raise Ignored("undo.unknown")
    if row.author_id != incoming.sender.id or row.reblog_of_id is None:
        raise Refused("authz.undo")
    await posts.delete_row(tx, row)
