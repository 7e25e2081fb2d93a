"""What moderators do to groups, here or elsewhere: pins, moderators, locks, and reports to them."""

from federation.vocabulary import Activity
from node.database import Transaction
from node.database.tables import Actor, Post
from node.errors import Ignored, Refused
from node.handlers.authority import check_moderates
from node.handlers.table import Incoming, inbox
from node.queries import actors as actor_rows, groups as group_rows, posts as post_rows
from node.services import groups, moderating, permissions, reports


@inbox.on("Add")
async def add(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    await _change_collection(tx, activity, incoming, adds=True)


@inbox.on("Remove")
async def remove(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    await _change_collection(tx, activity, incoming, adds=False)


async def _change_collection(tx: Transaction, activity: Activity, incoming: Incoming, *, adds: bool) -> None:
    """To or from the featured posts of an actor, or the moderators of a group."""
    owner = await actor_rows.by_collection(tx, activity.target) if activity.target else None
    if owner is None:
        raise Ignored("collection.unknown")
    if owner.is_group:
        await check_moderates(tx, owner, incoming)
    elif owner.id != incoming.sender.id or incoming.relayed_by is not None:
        raise Refused("authz.collection")
    item = activity.object_id or ""
    if activity.target == owner.featured_uri:
        await _change_pin(tx, owner, activity, incoming, adds=adds)
        return
    await _change_moderator(tx, owner, item, adds=adds)
    if owner.is_local:
        await moderating.relay(tx, owner, incoming.sender, activity.document, item)


async def _change_pin(tx: Transaction, owner: Actor, activity: Activity, incoming: Incoming, *, adds: bool) -> None:
    post = await post_rows.by_uri(tx, activity.object_id or "")
    if post is None or owner.id not in {post.group_id, post.author_id}:
        raise Ignored("object.unknown")
    await (group_rows.pin if adds else group_rows.unpin)(tx, owner.id, post.id)
    if owner.is_local:
        await moderating.relay_about(tx, owner, incoming.sender, activity.document, post)


async def _change_moderator(tx: Transaction, group: Actor, person_uri: str, *, adds: bool) -> None:
    person = await actor_rows.required(tx, person_uri)
    if not adds and group.is_local and (await group_rows.required(tx, group)).owner_id == person.id:
        raise Refused("authz.owner")
    await (group_rows.add_moderator if adds else group_rows.remove_moderator)(tx, group.id, person.id)


async def _thread(tx: Transaction, uri: str) -> tuple[Post, Actor]:
    post = await post_rows.by_uri(tx, uri)
    if post is None or post.group_id is None:
        raise Ignored("object.unknown")
    group = await actor_rows.known(tx, post.group_id)
    if group.deleted_at is not None:
        raise Ignored("group.deleted")
    return post, group


@inbox.on("Lock")
async def lock(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """By a moderator, or by the author of what is locked (Mbin), who lifts no lock but her own."""
    await _lock(tx, activity.object_id or "", activity, incoming, locked=True)


@inbox.on("Undo", "Lock")
async def unlock(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    inner = activity.object
    uri = inner.object_id if isinstance(inner, Activity) else None
    await _lock(tx, uri or "", activity, incoming, locked=False)


async def _lock(tx: Transaction, uri: str, activity: Activity, incoming: Incoming, *, locked: bool) -> None:
    post, group = await _thread(tx, uri)
    own = post.author_id == incoming.sender.id and (locked or post.locked_by_id == post.author_id)
    if not own:
        await check_moderates(tx, group, incoming)
    elif incoming.relayed_by is None:
        await permissions.may_edit(tx, incoming.sender, post)
    if not locked or post.locked_at is None or not own:
        await post_rows.lock(tx, post, incoming.sender if locked else None)
    if group.is_local and not (own and await groups.too_often(tx, group, incoming.sender, activity.document)):
        await moderating.relay_about(tx, group, incoming.sender, activity.document, post)


@inbox.on("Flag")
async def flag(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """A report, for moderators alone. About an account of this node, its posts, or posts in its groups."""
    uris = activity.objects or ((activity.object_id,) if activity.object_id else ())
    await reports.receive(tx, incoming.sender, uris, activity.content or activity.summary, activity.id)
