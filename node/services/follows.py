"""Following, joining, and the answers to both."""

from datetime import timedelta
from typing import Final

from federation.identifiers import host_of
from node.database import Transaction
from node.database.tables import Actor, Follow
from node.errors import Forbidden, Invalid, NotFound
from node.queries import (
    actors as actor_rows,
    follows as follow_rows,
    groups as group_rows,
    inbox_items,
    jobs,
    lists as list_rows,
)
from node.services import activities, notifications, outbox

ANSWER_AFTER: Final = timedelta(seconds=1)
"""Takahe 0.11 loses an Accept that comes before the Follow's own POST has returned. What the same actor owes that inbox
waits behind it."""


async def request(tx: Transaction, follower: Actor, target: Actor) -> Follow:
    """A person of this node wants to follow somebody, or to join a group, anywhere."""
    if follower.id == target.id:
        raise Invalid("You cannot follow yourself.", "follow.self")
    if await actor_rows.blocks(tx, target.id, follower.id):
        raise NotFound("That account is not there.")
    if not target.is_local and await actor_rows.host_blocked(tx, host_of(target.uri)):
        raise Forbidden("This node has blocked the server of that account.", "host.blocked")
    known = await follow_rows.between(tx, follower.id, target.id)
    if known is not None and known.accepted_at is not None:
        return known
    activity = activities.follow(tx, follower, target)
    follow = await follow_rows.add(tx, follower, target, activity["id"])
    await follow_rows.change(tx, follow, rejected_at=None)
    if target.is_local:
        await _decide(tx, follow, follower, target)
    else:
        await outbox.owe(tx, follower, activity, [target.inbox], about=target.uri)
    return follow


async def receive(tx: Transaction, follower: Actor, target: Actor, uri: str) -> None:
    """A Follow from elsewhere. One that is known gets its answer again, and nothing else happens."""
    if await actor_rows.blocks(tx, target.id, follower.id):
        await _reject(tx, follower, target, uri)
        return
    follow = await follow_rows.add(tx, follower, target, uri)
    if follow.accepted_at is not None:
        await _owe_answer(tx, "Accept", target, follower, uri)
    else:
        await _decide(tx, follow, follower, target)


async def _decide(tx: Transaction, follow: Follow, follower: Actor, target: Actor) -> None:
    if target.is_group and await group_rows.banned(tx, target.id, follower.id):
        await _reject(tx, follower, target, follow.uri)
        if follower.is_local:
            raise Forbidden("The moderators of this group have closed it to you.", "group.banned")
        return
    joining = (await group_rows.required(tx, target)).joining if target.is_group else None
    if joining == "invite" and not await group_rows.invited(tx, target.id, follower.id):
        await _reject(tx, follower, target, follow.uri)
        if follower.is_local:
            raise Forbidden("This group is joined by invitation: ask one of its moderators.", "group.invite_only")
        return
    if target.locked and joining != "invite":
        await notifications.asked(tx, follower, target)
        return
    await notifications.followed(tx, follower, target)
    await _accept(tx, follow, target, follower)


async def accept(tx: Transaction, target: Actor, follower: Actor) -> None:
    """Lets a follower in: the owner of the account, or a moderator of the group, has said yes (or nobody is asked)."""
    follow = await follow_rows.between(tx, follower.id, target.id)
    if follow is None:
        raise NotFound("There is no such request.")
    await notifications.granted(tx, follower, target)
    await _accept(tx, follow, target, follower)


async def _accept(tx: Transaction, follow: Follow, target: Actor, follower: Actor) -> None:
    if follow.accepted_at is None:
        await follow_rows.change(tx, follow, accepted_at=tx.now, rejected_at=None)
        tx.tell("posts")
    if follower.is_local:
        await _leave_old_places(tx, follower, target)
    else:
        await _owe_answer(tx, "Accept", target, follower, follow.uri)


async def reject(tx: Transaction, target: Actor, follower: Actor) -> None:
    """Refuses a request, or ends a following that was accepted: nothing more goes there."""
    follow = await follow_rows.between(tx, follower.id, target.id)
    if follow is None:
        raise NotFound("There is no such request.")
    await _reject(tx, follower, target, follow.uri)


async def _reject(tx: Transaction, follower: Actor, target: Actor, uri: str) -> None:
    await left(tx, follower, target)
    if not follower.is_local:
        await _owe_answer(tx, "Reject", target, follower, uri)


async def left(tx: Transaction, follower: Actor, target: Actor) -> None:
    """The end of a following, whoever ends it: what is still owed to her inbox is withdrawn with it."""
    await follow_rows.remove(tx, follower.id, target.id)
    if follower.is_local:
        await list_rows.leave_lists_of(tx, follower.id, target.id)
    await notifications.ended(tx, follower, target)
    await outbox.withdraw(tx, target, follower)


async def _owe_answer(tx: Transaction, kind: str, target: Actor, follower: Actor, uri: str) -> None:
    activity = activities.answer(tx, kind, target, follower, uri)
    await outbox.owe(tx, target, activity, [follower.delivery_inbox], about=uri, after=ANSWER_AFTER)


async def end(tx: Transaction, follower: Actor, target: Actor) -> None:
    """A person of this node unfollows or leaves."""
    follow = await follow_rows.between(tx, follower.id, target.id)
    if follow is None:
        return
    await left(tx, follower, target)
    if not target.is_local:
        undone = activities.follow(tx, follower, target) | {"id": follow.uri}
        await outbox.owe(tx, follower, activities.undo(tx, undone), [target.inbox], about=target.uri)


async def accepted(tx: Transaction, follow: Follow, target: Actor) -> None:
    """Our Follow was answered yes. A group's recent threads are fetched, so that she does not find it empty."""
    if follow.accepted_at is not None:
        return
    await follow_rows.change(tx, follow, accepted_at=tx.now, rejected_at=None)
    await inbox_items.wake(tx, target.uri)
    tx.tell("posts")
    await _leave_old_places(tx, await actor_rows.known(tx, follow.follower_id), target)
    if target.is_group:
        await jobs.add(tx, "backfill", target.uri, {"group": target.uri})


async def rejected(tx: Transaction, follow: Follow) -> None:
    """Our Follow was answered no, or taken back later."""
    await follow_rows.change(tx, follow, accepted_at=None, rejected_at=tx.now)
    tx.tell("posts")


async def move(tx: Transaction, old: Actor, new: Actor) -> None:
    """Followers here of an account that moved ask to follow its new place, as Mastodon's do, whether either account
    approves its followers or not: who approves is asked anew. They leave the old one when the new one has said yes.

    A membership of a group never moves by itself; nor does anybody go where one blocks the other.
    """
    if old.is_group or new.is_group:
        return
    for follower in await follow_rows.followers(tx, old.id):
        if follower.is_local and follower.id != new.id and not await _apart(tx, follower, new):
            follow = await request(tx, follower, new)
            if follow.accepted_at is not None:
                await end(tx, follower, old)


async def _apart(tx: Transaction, one: Actor, other: Actor) -> bool:
    """Whether either blocks the other."""
    return await actor_rows.blocks(tx, one.id, other.id) or await actor_rows.blocks(tx, other.id, one.id)


async def _leave_old_places(tx: Transaction, follower: Actor, new: Actor) -> None:
    """Ends her following of accounts that have moved to one that takes her now, if both say so."""
    if new.is_group or not new.also_known_as:
        return
    for old in await follow_rows.following(tx, follower.id):
        if old.moved_to == new.uri and old.uri in new.also_known_as and not old.is_group:
            await end(tx, follower, old)
