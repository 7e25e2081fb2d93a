"""What a group has beside an actor's rows: settings, moderators, bans, pins."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, insert, select

from node.database import Transaction, id_at
from node.database.memory import UNKNOWN
from node.database.tables import Actor, Follow, Group, GroupBan, GroupInvitation, GroupModerator, Pin, Post, Relay
from node.errors import NotFound
from node.queries.visibility import visible_to

_BAN: Final = "group.ban"


async def required(tx: Transaction, actor: Actor) -> Group:
    """The settings of a group of this node."""
    group = await tx.get(Group, actor.id)
    if group is None:
        raise NotFound("There is no such group on this node.")
    return group


async def all_local(tx: Transaction) -> Sequence[tuple[Actor, Group]]:
    statement = select(Actor, Group).join(Group, Group.id == Actor.id).where(Actor.deleted_at.is_(None))
    return [(actor, group) for actor, group in await tx.rows(statement.order_by(Actor.id))]


async def listed(tx: Transaction) -> Sequence[tuple[Actor, Group]]:
    """The groups of this node that everybody may know of."""
    statement = select(Actor, Group).join(Group, Group.id == Actor.id)
    standing = statement.where(Actor.deleted_at.is_(None), Actor.suspended_at.is_(None))
    rows = await tx.rows(standing.where(Group.visibility == "public").order_by(Actor.id))
    return [(actor, group) for actor, group in rows]


async def visible(tx: Transaction, actor: Actor, viewer: Actor | None) -> Group | None:
    """The settings of a group, None for one of another node. To others than its members a hidden one is `NotFound`."""
    group = await tx.get(Group, actor.id)
    if group is None or group.visibility != "hidden":
        return group
    membership = select(Follow.id).where(Follow.target_id == actor.id, Follow.accepted_at.is_not(None))
    if viewer is None or await tx.one(membership.where(Follow.follower_id == viewer.id)) is None:
        raise NotFound("There is no such group on this node.")
    return group


async def pinned_for(tx: Transaction, actor: Actor, viewer: Actor | None) -> Sequence[Post]:
    """What an actor features, as far as this viewer may see it."""
    statement = select(Post).join(Pin, Pin.post_id == Post.id).where(Pin.actor_id == actor.id, visible_to(viewer))
    return await tx.all(statement.order_by(Pin.id.desc()))


async def add(tx: Transaction, values: dict[str, Any]) -> None:
    await tx.execute(insert(Group).values(**values))


async def change(tx: Transaction, group: Group, **values: Any) -> None:
    await tx.write(group, values)
    tx.tell("actors")


async def owned_by(tx: Transaction, actor_id: int) -> Sequence[Group]:
    return await tx.all(select(Group).where(Group.owner_id == actor_id))


async def moderators(tx: Transaction, group_id: int) -> Sequence[Actor]:
    statement = select(Actor).join(GroupModerator, GroupModerator.actor_id == Actor.id)
    return await tx.all(statement.where(GroupModerator.group_id == group_id).order_by(GroupModerator.id))


async def moderates(tx: Transaction, actor_id: int, group_id: int) -> bool:
    statement = select(GroupModerator.id).where(
        GroupModerator.group_id == group_id, GroupModerator.actor_id == actor_id
    )
    return await tx.one(statement) is not None


async def moderated_by(tx: Transaction, actor_id: int) -> Sequence[Actor]:
    """The groups of this node that she moderates."""
    statement = select(Actor).join(GroupModerator, GroupModerator.group_id == Actor.id)
    mine = statement.where(GroupModerator.actor_id == actor_id, Actor.host.is_(None), Actor.deleted_at.is_(None))
    return await tx.all(mine.order_by(Actor.id))


async def add_moderator(tx: Transaction, group_id: int, actor_id: int) -> None:
    tx.insert(GroupModerator, [{"id": tx.new_id(), "group_id": group_id, "actor_id": actor_id}], once=True)
    tx.tell("actors")


async def remove_moderator(tx: Transaction, group_id: int, actor_id: int) -> None:
    statement = delete(GroupModerator).where(GroupModerator.group_id == group_id, GroupModerator.actor_id == actor_id)
    await tx.execute(statement)
    tx.tell("actors")


async def forget(tx: Transaction, actor_id: int) -> None:
    """An actor that goes moderates nothing and features nothing; of a group, nobody moderates it."""
    moderation = (GroupModerator.actor_id == actor_id) | (GroupModerator.group_id == actor_id)
    await tx.execute(delete(GroupModerator).where(moderation))
    await tx.execute(delete(Pin).where(Pin.actor_id == actor_id))
    tx.tell("actors", "posts")


async def banned(tx: Transaction, group_id: int, actor_id: int) -> bool:
    """Whether a ban stands now; one that has ended counts no more."""
    known = tx.memory.get(_BAN, (group_id, actor_id))
    if known is not UNKNOWN:
        return bool(known)
    of_her = GroupBan.group_id == group_id, GroupBan.actor_id == actor_id
    return await tx.one(select(GroupBan.id).where(*of_her, _lasts(tx))) is not None


async def recall_bans(tx: Transaction, pairs: Iterable[tuple[int, int]]) -> None:
    """Looks up at once for which (group, actor) a ban stands."""
    wanted = tx.memory.missing(_BAN, pairs)
    if not wanted:
        return
    groups, people = ({pair[side] for pair in wanted} for side in (0, 1))
    of_them = GroupBan.group_id.in_(groups), GroupBan.actor_id.in_(people)
    rows = await tx.rows(select(GroupBan.group_id, GroupBan.actor_id).where(*of_them, _lasts(tx)))
    tx.memory.put_all(_BAN, wanted, dict.fromkeys(rows, True))


def _lasts(tx: Transaction) -> ColumnElement[bool]:
    return GroupBan.until.is_(None) | (GroupBan.until > tx.now)


async def bans(tx: Transaction, group_id: int) -> Sequence[tuple[Actor, GroupBan]]:
    """Those that stand now."""
    statement = select(Actor, GroupBan).join(GroupBan, GroupBan.actor_id == Actor.id)
    standing = statement.where(GroupBan.group_id == group_id, _lasts(tx))
    return [(actor, ban) for actor, ban in await tx.rows(standing.order_by(GroupBan.id))]


async def ban(tx: Transaction, group_id: int, actor_id: int, until: datetime | None, reason: str) -> None:
    await unban(tx, group_id, actor_id)
    row = {"group_id": group_id, "actor_id": actor_id, "until": until, "reason": reason, "created_at": tx.now}
    tx.memory.forget(_BAN, (group_id, actor_id))
    tx.insert(GroupBan, [{"id": tx.new_id(), **row}])


async def unban(tx: Transaction, group_id: int, actor_id: int) -> None:
    await tx.execute(delete(GroupBan).where(GroupBan.group_id == group_id, GroupBan.actor_id == actor_id))
    tx.memory.forget(_BAN, (group_id, actor_id))


async def pin(tx: Transaction, actor_id: int, post_id: int) -> None:
    tx.insert(Pin, [{"id": tx.new_id(), "actor_id": actor_id, "post_id": post_id}], once=True)
    tx.tell("posts")


async def unpin(tx: Transaction, actor_id: int, post_id: int) -> None:
    await tx.execute(delete(Pin).where(Pin.actor_id == actor_id, Pin.post_id == post_id))
    tx.tell("posts")


async def pinned(tx: Transaction, actor_id: int) -> Sequence[Post]:
    statement = (
        select(Post).join(Pin, Pin.post_id == Post.id).where(Pin.actor_id == actor_id, Post.deleted_at.is_(None))
    )
    return await tx.all(statement.order_by(Pin.id.desc()))


async def invite(tx: Transaction, group_id: int, actor_id: int) -> None:
    row = {"id": tx.new_id(), "group_id": group_id, "actor_id": actor_id, "created_at": tx.now}
    tx.insert(GroupInvitation, [row], once=True)


async def invited(tx: Transaction, group_id: int, actor_id: int) -> bool:
    statement = select(GroupInvitation.id).where(
        GroupInvitation.group_id == group_id, GroupInvitation.actor_id == actor_id
    )
    return await tx.one(statement) is not None


async def note_relay(tx: Transaction, group_id: int, activity_uri: str, actor_id: int, *, brings: bool = False) -> bool:
    """Whether this activity is relayed for the first time; `brings`: a new post comes with it.

    It is named beside its actor: nobody uses up the id of another's, which she may know before it comes.
    """
    row = {"group_id": group_id, "activity_uri": f"{actor_id}:{activity_uri}", "actor_id": actor_id, "brings": brings}
    row["relayed_at"] = tx.now
    return await tx.insert_new(Relay, {"id": tx.new_id(), **row})


async def relayed_since(
    tx: Transaction, group_id: int, actor_id: int, since: datetime, most: int, *, brings: bool
) -> Sequence[datetime]:
    """When the group passed on what this actor did, newest first, so many at most: new posts, or all else."""
    recent = select(Relay.relayed_at).where(Relay.actor_id == actor_id, Relay.id >= id_at(since))
    theirs = recent.where(Relay.group_id == group_id, Relay.relayed_at > since, Relay.brings.is_(brings))
    return await tx.all(theirs.order_by(Relay.id.desc()).limit(most))
