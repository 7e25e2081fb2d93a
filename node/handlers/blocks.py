"""Block: of one person by another, or by a moderator a ban from a group; and lifting either."""

from federation.vocabulary import Activity
from node.database import Transaction
from node.database.tables import Actor
from node.errors import Ignored, Refused
from node.handlers.authority import check_moderates, check_not_relayed
from node.handlers.table import Incoming, inbox
from node.queries import actors as actor_rows, groups as group_rows
from node.services import blocks, moderating
from node.services.naming import name_of


@inbox.on("Block", "Person")
async def block(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """A personal block ends the following both ways. With a group as target it is a ban."""
    if activity.target is not None:
        await _ban(tx, activity, incoming)
        return
    check_not_relayed(incoming)
    target = await actor_rows.by_uri(tx, activity.object_id or "")
    if target is None or not target.is_local:
        raise Ignored("block.unknown")
    await blocks.receive(tx, incoming.sender, target, name_of(activity.id, activity.document))


@inbox.on("Undo", "Block")
async def undo_block(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    inner = activity.object
    if isinstance(inner, Activity) and inner.target is not None:
        await _unban(tx, activity, inner, incoming)
        return
    check_not_relayed(incoming)
    target = await actor_rows.by_uri(tx, inner.object_id or "") if isinstance(inner, Activity) else None
    if target is None:
        raise Ignored("block.unknown")
    await actor_rows.unblock(tx, incoming.sender, target)


async def _ban(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    group, person = await _banned(tx, activity, incoming)
    if await group_rows.moderates(tx, person.id, group.id):
        raise Refused("authz.moderator")
    if group.is_local:
        await moderating.relay(tx, group, incoming.sender, activity.document, person.uri, also=person)
    await moderating.close_to(tx, group, person, until=activity.ends_at, reason=activity.summary)


async def _unban(tx: Transaction, activity: Activity, inner: Activity, incoming: Incoming) -> None:
    """`inner` is the undone Block."""
    group, person = await _banned(tx, inner, incoming)
    await group_rows.unban(tx, group.id, person.id)
    if group.is_local:
        await moderating.relay(tx, group, incoming.sender, activity.document, person.uri, also=person)


async def _banned(tx: Transaction, activity: Activity, incoming: Incoming) -> tuple[Actor, Actor]:
    group = await actor_rows.by_uri(tx, activity.target or "")
    if group is None or not group.is_group:
        raise Ignored("block.elsewhere")
    await check_moderates(tx, group, incoming)
    person = await actor_rows.by_uri(tx, activity.object_id or "")
    if person is None:
        raise Ignored("block.unknown")
    return group, person
