"""Follow, its answers, and taking it back."""

from federation.errors import FederationError
from federation.identifiers import Handle
from federation.vocabulary import Activity
from node.database import Transaction
from node.database.tables import Actor, Follow
from node.errors import Ignored, Later, Refused
from node.handlers.authority import check_not_relayed
from node.handlers.refusals import end_delivery
from node.handlers.table import Incoming, inbox
from node.queries import actors as actor_rows, follows as follow_rows, posts as post_rows
from node.services import addresses, follows


@inbox.on("Follow")
async def follow(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """To a person or group of this node. The object may be an `acct:` URI (FEP-4adb)."""
    check_not_relayed(incoming)
    target = await _target(tx, activity.object_id or "")
    if target is None or not target.is_local or target.deleted_at is not None:
        raise Refused("follow.unknown")
    if target.type == "Application":
        raise Refused("follow.application")
    uri = activity.id or f"{incoming.sender.uri}#follow/{target.id}"
    await follows.receive(tx, incoming.sender, target, uri)


async def _target(tx: Transaction, uri: str) -> Actor | None:
    if not uri.startswith("acct:"):
        return await actor_rows.by_uri(tx, uri)
    try:
        return await actor_rows.by_handle(tx, Handle.parse(uri))
    except FederationError as error:
        raise Refused("follow.unknown") from error


@inbox.on("Accept", "Follow", "Person", "Group", "*")
async def accept(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    check_not_relayed(incoming)
    await follows.accepted(tx, await _our_follow(tx, activity, incoming.sender), incoming.sender)


@inbox.on("Reject", "Follow", "Person", "Group", "*")
async def reject(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """Of our Follow; later, the end of it. Of anything else, its delivery (NodeBB 4.15 rejects what it cannot take)."""
    check_not_relayed(incoming)
    inner = activity.object
    other = inner if isinstance(inner, Activity) and inner.type != "Follow" else None
    if other is not None and await follow_rows.by_uri(tx, other.id or "", incoming.sender) is None:
        if not await end_delivery(tx, other, incoming.sender):
            raise Ignored(f"answer.{other.type}")
        return
    await follows.rejected(tx, await _our_follow(tx, activity, incoming.sender))


async def _our_follow(tx: Transaction, activity: Activity, answerer: Actor) -> Follow:
    """The Follow that we sent to the one who answers.

    By its id; or by the pair, where the inner Follow names our actor; or, where the id was taken for the actor's own
    (Fedify 2.3 resolves `…/users/x#follow/1` to the actor), by that actor.
    """
    inner = activity.object
    found = await follow_rows.by_uri(tx, activity.object_id or "", answerer)
    if found is None and isinstance(inner, Activity) and inner.type == "Follow":
        found = await _between(tx, inner.actor, answerer)
    if found is None and not isinstance(inner, Activity):
        found = await _between(tx, (activity.object_id or "").split("#")[0], answerer)
    if found is None:
        raise await _answers_nothing(tx, activity)
    if found.target_id != answerer.id:
        raise Refused("authz.answer")
    if found.rejected_at is not None:
        raise Refused("follow.not_asked")
    return found


async def _answers_nothing(tx: Transaction, activity: Activity) -> Ignored | Refused:
    """It answers something else: GoToSocial 0.20 approves and rejects answers by their ids. Or a Follow never sent."""
    inner, uri = activity.object, activity.object_id or ""
    if isinstance(inner, Activity) and inner.type != "Follow":
        return Ignored(f"answer.{inner.type}")
    if isinstance(inner, Activity) or (addresses.is_ours(tx, uri) and await post_rows.by_uri(tx, uri) is None):
        return Refused("follow.not_asked")
    return Ignored("answer.unknown")


async def _between(tx: Transaction, follower_uri: str, target: Actor) -> Follow | None:
    follower = await actor_rows.by_uri(tx, follower_uri) if addresses.is_ours(tx, follower_uri) else None
    return await follow_rows.between(tx, follower.id, target.id) if follower is not None else None


@inbox.on("Undo", "Follow")
async def undo_follow(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    check_not_relayed(incoming)
    found = await follow_rows.by_uri(tx, activity.object_id or "", incoming.sender)
    inner = activity.object
    if (found is None or found.follower_id != incoming.sender.id) and isinstance(inner, Activity):
        target = await actor_rows.by_uri(tx, inner.object_id or "")
        found = await follow_rows.between(tx, incoming.sender.id, target.id) if target is not None else None
    if found is None:
        raise Later("its Follow has not come yet")
    if found.follower_id != incoming.sender.id:
        raise Refused("authz.undo")
    await follows.left(tx, incoming.sender, await actor_rows.known(tx, found.target_id))
