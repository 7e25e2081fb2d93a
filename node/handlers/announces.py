"""Announce: a boost, or a group passing on an activity (FEP-1b12); and taking a boost back."""

from federation.identifiers import host_of
from federation.vocabulary import Activity
from node.database import Transaction
from node.database.tables import Actor, Post
from node.errors import Ignored, Later, Missing, Refused
from node.handlers.confirmation import RELAYED, acted, confirm, holds, in_its_own_house
from node.handlers.processing import dispatch
from node.handlers.table import Incoming, inbox
from node.queries import actors as actor_rows, follows as follow_rows, inbox_items, posts as post_rows
from node.queries.visibility import OPEN
from node.services import addresses, groups, notifications, tombstones


@inbox.on("Announce", *RELAYED)
async def relayed(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """Authenticates the inner activity and lets it take effect in this same transaction."""
    inner, group = activity.object, incoming.sender
    if not isinstance(inner, Activity):
        await boost(tx, activity, incoming)
        return
    if incoming.relayed_by is not None:
        raise Refused("group.nested")
    if not group.is_group:
        raise Refused("group.not_a_group")
    if addresses.is_ours(tx, inner.actor):
        await _ours(tx, inner, group)
        return
    if not await _concerns_us(tx, inner, group):
        await _hold_if_asked(tx, group)
        raise Ignored("group.no_follower")
    await _check_host(tx, inner.actor)
    taken = await confirm(tx, inner, group)
    sender = await actor_rows.required(tx, inner.actor)
    await dispatch(tx, inner, Incoming(sender, relayed_by=group, fetched=not taken))


async def _concerns_us(tx: Transaction, inner: Activity, group: Actor) -> bool:
    """Somebody here follows the group, or what is done is done to her (a ban is lifted), or to what we hold of it."""
    if await follow_rows.any_local_follower(tx, group.id) or await holds(tx, inner, group):
        return True
    return in_its_own_house(inner, group) and addresses.is_ours(tx, acted(inner).object_id or "")


async def _hold_if_asked(tx: Transaction, actor: Actor) -> None:
    """What comes from somebody whom we have asked to follow waits (bounded) for the answer."""
    if await follow_rows.any_waiting(tx, actor.id):
        raise Later("our Follow has not been answered yet")


async def _check_host(tx: Transaction, author_uri: str) -> None:
    """A blocked host does not come in through another's Announce (Mastodon CVE-2026-23961)."""
    if await actor_rows.host_blocked(tx, host_of(author_uri)):
        raise Refused("author.blocked")


async def _ours(tx: Transaction, inner: Activity, group: Actor) -> None:
    """What somebody here wrote comes back from the group elsewhere: it has been taken in. Whatever else she is said to
    have done she did here, and it is known."""
    post = await post_rows.by_uri(tx, inner.object_id or "")
    if post is None or post.group_id != group.id or post.deleted_at is not None:
        raise Ignored("group.unknown_post")
    if inner.type in {"Create", "Update"} and not group.is_local:
        await _show(tx, post, group, f"{post.uri}#relayed-by/{group.id}")


@inbox.on("Announce")
async def boost(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """Of a post by its id; an embedded copy is a hint only. A group's boost says that the post is one of its own."""
    if incoming.relayed_by is not None or isinstance(activity.object, Activity):
        raise Refused("group.kind")
    uri = activity.object_id
    if uri is None:
        raise Refused("object.missing")
    post = await post_rows.by_uri(tx, uri)
    await _check_host(tx, uri)
    if not await _wanted(tx, incoming.sender, post):
        await _hold_if_asked(tx, incoming.sender)
        raise Ignored("unsolicited")
    if post is None:
        if uri in tx.tried or addresses.is_ours(tx, uri):
            raise Refused("object.unreachable")
        raise Missing(uri)
    await _may_boost(tx, incoming.sender, post)
    name = activity.id or f"{post.uri}#boost/{incoming.sender.id}"
    if await tombstones.buried(tx, name, incoming.sender.uri):
        raise Ignored("announce.undone")
    named = await post_rows.boost(tx, incoming.sender, name)
    if named is not None and named.reblog_of_id != post.id:
        raise Refused("announce.id")
    await _show(tx, post, incoming.sender, name)


async def _may_boost(tx: Transaction, actor: Actor, post: Post) -> None:
    if post.deleted_at is not None or post.reblog_of_id is not None:
        raise Refused("object.gone")
    if post.visibility not in OPEN and post.author_id != actor.id:
        raise Refused("announce.not_public")
    if await actor_rows.blocks(tx, post.author_id, actor.id):
        raise Refused("announce.blocked")


async def _wanted(tx: Transaction, sender: Actor, post: Post | None) -> bool:
    if post is not None and (await actor_rows.known(tx, post.author_id)).is_local:
        return True
    return await follow_rows.any_local_follower(tx, sender.id)


async def _show(tx: Transaction, post: Post, actor: Actor, uri: str) -> None:
    if actor.is_group and post.group_id is None and groups.claims(post, actor):
        await post_rows.change(tx, post, group_id=actor.id)
    if post.refused_at is not None and post.group_id == actor.id:
        await post_rows.change(tx, post, refused_at=None)
    opens = post.in_reply_to_uri is None or not actor.is_group
    if opens and await post_rows.reblog(tx, actor.id, post.id) is None:
        await groups.add_reblog_row(tx, actor, post, uri, row_id=tx.new_id())


@inbox.on("Undo", "Announce")
async def undo_announce(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """By the id of the boost, or by what was boosted. One that comes before its boost is remembered.

    What a group elsewhere announces no more is none of its threads any more (NodeBB 4.15 moves topics like this).
    """
    if incoming.relayed_by is not None:
        raise Refused("group.kind")
    inner = activity.object
    if isinstance(inner, Activity) and inner.actor != incoming.sender.uri:
        raise Refused("authz.undo")
    row = await post_rows.boost(tx, incoming.sender, activity.object_id or "")
    if row is None and isinstance(inner, Activity):
        post = await post_rows.by_uri(tx, inner.object_id or "")
        row = await post_rows.reblog(tx, incoming.sender.id, post.id) if post is not None else None
    if row is None:
        await tombstones.remember_unseen(tx, activity.object_id or "", incoming.sender.uri)
        return
    await post_rows.delete_row(tx, row)
    await inbox_items.forget(tx, incoming.sender.uri, post_rows.announced_as(incoming.sender, row))
    post = await post_rows.by_id(tx, row.reblog_of_id) if row.reblog_of_id else None
    if post is not None:
        await notifications.taken_back(tx, "reblog", incoming.sender.id, post)
    if post is not None and post.group_id == incoming.sender.id and not incoming.sender.is_local:
        await post_rows.change(tx, post, group_id=None)
