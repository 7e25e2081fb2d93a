"""What the owner of a group of this node decides, or an operator: to describe it, to close it, to hand it over.

A group that takes no new threads says so by `postingRestrictedToMods` (Lemmy), which followers' nodes read from its
document.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from node.database import Transaction
from node.database.tables import Actor, Group
from node.errors import Invalid
from node.queries import actors as actor_rows, follows as follow_rows, groups as group_rows, users as user_rows
from node.services import activities, audiences, follows, moderating, outbox, permissions, profiles


@dataclass(frozen=True, slots=True)
class Description:
    """What is to change of a group; None stays. `rules` by language: an empty text takes that language away."""

    profile: profiles.Profile
    rules: Mapping[str, str] = field(default_factory=dict)
    topics: Sequence[str] | None = None


async def close(tx: Transaction, by: Actor, group: Actor, *, closed: bool) -> None:
    """Ends or allows new threads; answers go on."""
    row = await owned(tx, by, group)
    await group_rows.change(tx, row, closed_at=tx.now if closed else None)
    await announce_change(tx, group)


async def archive(tx: Transaction, by: Actor, group: Actor, *, archived: bool) -> None:
    """Ends all writing, or allows it again."""
    row = await owned(tx, by, group)
    await group_rows.change(tx, row, archived_at=tx.now if archived else None)
    await announce_change(tx, group)


async def describe(tx: Transaction, by: Actor, group: Actor, description: Description) -> None:
    """Changes what the group says of itself, and tells its followers. Raises `Forbidden`, `Invalid`."""
    row = await owned(tx, by, group)
    values: dict[str, Any] = {}
    if description.rules:
        rules = {code: profiles.checked_text(text) for code, text in description.rules.items()}
        values["rules"] = profiles.changed(row.rules, rules) or {}
    if description.topics is not None:
        values["topics"] = profiles.topics(description.topics)
    if values:
        await group_rows.change(tx, row, **values)
    profile = description.profile.values(tx, group)
    if profile:
        await actor_rows.change(tx, group, **profile)
    if values or profile:
        await announce_change(tx, group)


async def hand_over(tx: Transaction, by: Actor, group: Actor, owner: Actor) -> None:
    """To a person of this node. Raises `Forbidden`, `Invalid`."""
    await owned(tx, by, group)
    await name_owner(tx, group, owner)


async def name_owner(tx: Transaction, group: Actor, owner: Actor) -> None:
    """The new owner of a group of this node: somebody of this node, who moderates it from now on."""
    if not owner.is_local or owner.type != "Person":
        raise Invalid("The owner of a group is a person of its node.", "group.owner")
    await group_rows.change(tx, await group_rows.required(tx, group), owner_id=owner.id)
    if not await group_rows.moderates(tx, owner.id, group.id):
        await moderating.set_moderator(tx, group, group, owner, moderates=True)
    if await follow_rows.between(tx, owner.id, group.id) is None:
        await follow_rows.add(tx, owner, group, f"{group.uri}#owner")
    await follows.accept(tx, group, owner)


async def pass_on(tx: Transaction, owner: Actor) -> None:
    """The groups of an owner who leaves or is suspended go to the moderator who has been one longest, else wait for
    the operator."""
    for group in await group_rows.owned_by(tx, owner.id):
        actor = await actor_rows.known(tx, group.id)
        if actor.deleted_at is not None:
            continue
        heirs = [m for m in await group_rows.moderators(tx, group.id) if m.id != owner.id and await _can_own(tx, m)]
        if heirs:
            await name_owner(tx, actor, heirs[0])
        else:
            await group_rows.change(tx, group, owner_id=None)
        await moderating.set_moderator(tx, actor, actor, owner, moderates=False)


async def _can_own(tx: Transaction, person: Actor) -> bool:
    user = await user_rows.by_actor(tx, person.id) if person.is_local else None
    standing = person.suspended_at is None and person.deleted_at is None
    return standing and user is not None and user.disabled_at is None


async def announce_change(tx: Transaction, group: Actor) -> None:
    """Tells followers that the group's own document has changed."""
    activity = await activities.update_actor(tx, await actor_rows.known(tx, group.id))
    await outbox.owe(tx, group, activity, await audiences.followers_inboxes(tx, group), about=group.uri)


async def owned(tx: Transaction, by: Actor, group: Actor) -> Group:
    """The settings of a group that this person owns, or may decide about. Raises `Forbidden`."""
    row = await group_rows.required(tx, group)
    permissions.may_own(row, by, await user_rows.by_actor(tx, by.id))
    return row
