"""What moderators of a group do: members, posts, threads, pins, bans, moderators. Each federates as others expect.

Every function takes who does it, here or elsewhere; a person of this node says it in her own name, and a group of this
node relays it, so that followers' nodes see who did it and do the same.
"""

from collections.abc import Awaitable, Callable, Set as AbstractSet
from datetime import datetime

from federation.vocabulary import Document
from node.database import Transaction
from node.database.tables import Actor, Post
from node.errors import Invalid, NotFound
from node.queries import actors as actor_rows, follows as follow_rows, groups as group_rows, posts as post_rows
from node.services import activities, audiences, follows, outbox, permissions
from node.services.groups import PARTICIPANTS
from node.services.naming import name_of


async def approve(tx: Transaction, moderator: Actor, group: Actor, member: Actor) -> None:
    """Lets her in who has asked. Raises `Forbidden`, and `NotFound` where nobody has."""
    await permissions.may_moderate(tx, moderator, group)
    await follows.accept(tx, group, member)


async def invite(tx: Transaction, moderator: Actor, group: Actor, person: Actor) -> None:
    """Her Follow is accepted when it comes; one that waits already is accepted now."""
    await permissions.may_moderate(tx, moderator, group)
    await group_rows.invite(tx, group.id, person.id)
    if await follow_rows.between(tx, person.id, group.id) is not None:
        await follows.accept(tx, group, person)


async def remove_member(tx: Transaction, moderator: Actor, group: Actor, member: Actor) -> None:
    """Refuses a request or ends a membership; she may ask again (a ban forbids that)."""
    await permissions.may_moderate(tx, moderator, group)
    await follows.reject(tx, group, member)


async def remove_post(tx: Transaction, moderator: Actor, group: Actor, post: Post, reason: str) -> None:
    """Takes a post out of the group, here and at its followers' nodes. Its author still sees it, marked."""
    await permissions.may_moderate(tx, moderator, group)
    _of_group(group, post)
    activity = activities.delete(tx, moderator, post, group=group, reason=reason)
    await _say_of(tx, moderator, group, activity, post)
    await hide(tx, group, post, reason)


async def hide(tx: Transaction, group: Actor, post: Post, reason: str) -> None:
    """The effect of a removal, wherever it was decided. The group's boost stays, and shows no more than the post.

    A second removal, by another moderator or come by another way, takes no reason away by giving none.
    """
    await group_rows.unpin(tx, group.id, post.id)
    await post_rows.change(tx, post, removed_at=tx.now, removal_reason=reason.strip() or post.removal_reason)


async def show_again(tx: Transaction, post: Post) -> None:
    """The effect of taking a removal back."""
    await post_rows.change(tx, post, removed_at=None, removal_reason=None)


async def restore_post(tx: Transaction, moderator: Actor, group: Actor, post: Post) -> None:
    """Takes a removal back; what its author deleted stays deleted."""
    await permissions.may_moderate(tx, moderator, group)
    _of_group(group, post)
    removal = activities.delete(tx, moderator, post, group=group, reason="")
    await show_again(tx, post)
    await _say_of(tx, moderator, group, activities.undo(tx, removal), post)


async def lock(tx: Transaction, moderator: Actor, group: Actor, post: Post, *, locked: bool) -> None:
    """Ends or reopens the answers to a post and all below it."""
    await permissions.may_moderate(tx, moderator, group)
    _of_group(group, post)
    activity = activities.lock(tx, moderator, post, group)
    await _say_of(tx, moderator, group, activity if locked else activities.undo(tx, activity), post)
    await post_rows.lock(tx, post, moderator if locked else None)


async def pin(tx: Transaction, moderator: Actor, group: Actor, post: Post, *, pinned: bool) -> None:
    """To or from what the group shows first (`featured`)."""
    await permissions.may_moderate(tx, moderator, group)
    _of_group(group, post)
    kind = "Add" if pinned else "Remove"
    collection = group.featured_uri or f"{group.uri}/featured"
    activity = activities.change_collection(tx, kind, moderator, group, item=post.uri, collection=collection)
    await _say_of(tx, moderator, group, activity, post)
    await (group_rows.pin if pinned else group_rows.unpin)(tx, group.id, post.id)


async def set_moderator(tx: Transaction, moderator: Actor, group: Actor, person: Actor, *, moderates: bool) -> None:
    """Raises `Invalid` where it would take the owner out of the moderators of her group.

    The first of a group that nobody moderates is named by an operator, in the group's name: no other node would take it
    from somebody who is no moderator.
    """
    if not await permissions.moderates(tx, moderator, group):
        await permissions.may_name_first_moderator(tx, moderator, group)
        moderator = group
    if not moderates and group.is_local and (await group_rows.required(tx, group)).owner_id == person.id:
        raise Invalid("The owner moderates her group: hand it over first.", "group.owner")
    kind = "Add" if moderates else "Remove"
    collection = group.moderators_uri or f"{group.uri}/moderators"
    activity = activities.change_collection(tx, kind, moderator, group, item=person.uri, collection=collection)
    await _say(tx, moderator, group, activity, person.uri)
    change: Callable[[Transaction, int, int], Awaitable[None]]
    change = group_rows.add_moderator if moderates else group_rows.remove_moderator
    await change(tx, group.id, person.id)


async def ban(
    tx: Transaction, moderator: Actor, group: Actor, person: Actor, *, until: datetime | None, reason: str
) -> None:
    """Ends her membership and closes the group to her, for good or until a time."""
    await permissions.may_moderate(tx, moderator, group)
    if until is not None and until <= tx.now:
        raise Invalid("That time is over: a ban ends in the future.", "group.ban_over")
    if await group_rows.moderates(tx, person.id, group.id):
        raise Invalid("A moderator cannot be banned: take her out of the moderators first.", "group.moderator")
    activity = activities.ban(tx, moderator, group, person, until=until, reason=reason)
    await _say(tx, moderator, group, activity, person.uri, also=person)
    await close_to(tx, group, person, until=until, reason=reason)


async def close_to(tx: Transaction, group: Actor, person: Actor, *, until: datetime | None, reason: str) -> None:
    """The effect of a ban, wherever it was decided. One who was in, or asked, gets a Reject, which every server
    understands."""
    await group_rows.ban(tx, group.id, person.id, until, reason)
    if await follow_rows.between(tx, person.id, group.id) is None:
        return
    if group.is_local:
        await follows.reject(tx, group, person)
    else:
        await follows.left(tx, person, group)


async def unban(tx: Transaction, moderator: Actor, group: Actor, person: Actor) -> None:
    """Opens the group to her again; she has to join anew."""
    await permissions.may_moderate(tx, moderator, group)
    activity = activities.ban(tx, moderator, group, person, until=None, reason="")
    await _say(tx, moderator, group, activities.undo(tx, activity), person.uri, also=person)
    await group_rows.unban(tx, group.id, person.id)


def _of_group(group: Actor, post: Post) -> None:
    if post.group_id != group.id:
        raise NotFound("That post is not in this group.")


async def _say(
    tx: Transaction, moderator: Actor, group: Actor, activity: Document, about: str, *, also: Actor | None = None
) -> None:
    """In the moderator's name where she is of this node: relayed by a group of ours, sent to a group elsewhere.

    It is kept in both cases: who gets it by a relay may ask for it at its id.
    """
    inboxes = [] if group.is_local else [group.delivery_inbox]
    sealed = await outbox.owe(tx, moderator, activity, inboxes, about=about)
    if group.is_local:
        await relay(tx, group, moderator, sealed, about, also=also)


async def _say_of(tx: Transaction, moderator: Actor, group: Actor, activity: Document, post: Post) -> None:
    """The same of a post: those elsewhere who have it although they do not follow the group are told too."""
    if not group.is_local:
        await _say(tx, moderator, group, activity, post.uri)
        return
    sealed = await outbox.owe(tx, moderator, activity, [], about=post.uri)
    await relay_about(tx, group, moderator, sealed, post)


async def relay_about(tx: Transaction, group: Actor, actor: Actor, activity: Document, post: Post) -> None:
    """Passes on a moderator's act on a post to followers, to whom it went before, and to those who wrote in its
    thread."""
    people = await post_rows.participants(tx, post.root_id or post.id, PARTICIPANTS)
    inboxes = {person.delivery_inbox for person in people} | await post_rows.inboxes_reached(tx, post, group.id)
    author = await actor_rows.known(tx, post.author_id)
    if not author.is_local:
        inboxes.add(author.delivery_inbox)
    await relay(tx, group, actor, activity, post.uri, inboxes=inboxes)


async def relay(
    tx: Transaction,
    group: Actor,
    actor: Actor,
    activity: Document,
    about: str,
    *,
    also: Actor | None = None,
    inboxes: AbstractSet[str] = frozenset(),
) -> None:
    """Passes on a moderator's act to the followers of a group of this node, once, and to the one it concerns."""
    if not await group_rows.note_relay(tx, group.id, name_of(activity.get("id"), activity), actor.id):
        return
    inboxes = inboxes | await audiences.followers_inboxes(tx, group)
    if also is not None and not also.is_local:
        inboxes |= {also.delivery_inbox}
    await outbox.owe(tx, group, activities.relay(tx, group, activity), inboxes, about=about)
