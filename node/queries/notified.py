"""Whom a notice is for: people of this node, and what each has said about notices; a few queries for all of them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, union

from node.database import Transaction
from node.database.tables import (
    Actor,
    Block,
    Follow,
    GroupModerator,
    Mention,
    Mute,
    MutedHost,
    Notification,
    NotificationPermission,
    NotificationPolicy,
    PollVote,
    Post,
    PushSubscription,
    ThreadMute,
    User,
)


@dataclass(slots=True)
class Reader:
    """Somebody of this node who may be told something. `push`: her apps that asked for it."""

    actor_id: int
    rules: dict[str, Any]
    push: list[PushSubscription] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Between:
    """What stands between a reader and a sender: when he began to follow her, if he does."""

    follows: bool = False
    followed_since: datetime | None = None
    let_through: bool = False


async def readers(tx: Transaction, actor_ids: Collection[int]) -> dict[int, Reader]:
    """Of these the people of this node who can sign in."""
    if not actor_ids:
        return {}
    statement = (
        select(User.actor_id, NotificationPolicy.rules, PushSubscription)
        .join(Actor, Actor.id == User.actor_id)
        .outerjoin(NotificationPolicy, NotificationPolicy.actor_id == User.actor_id)
        .outerjoin(PushSubscription, PushSubscription.user_id == User.id)
        .where(User.actor_id.in_(set(actor_ids)), User.disabled_at.is_(None), Actor.deleted_at.is_(None))
    )
    found: dict[int, Reader] = {}
    for actor_id, rules, subscription in await tx.rows(statement):
        reader = found.setdefault(actor_id, Reader(actor_id, rules or {}))
        if subscription is not None:
            reader.push.append(subscription)
    return found


async def unwilling(
    tx: Transaction, actor_ids: Collection[int], kind: str, sender: Actor, post: Post | None
) -> set[int]:
    """Of these readers those who block or mute the sender, her server or the thread; and who have this notice
    already."""
    about = Notification.post_id == post.id if post is not None else Notification.post_id.is_(None)
    told = and_(Notification.type == kind, Notification.from_id == sender.id, about)
    parts = [
        select(Block.actor_id).where(Block.actor_id.in_(actor_ids), Block.target_id == sender.id),
        select(Mute.actor_id).where(Mute.actor_id.in_(actor_ids), Mute.target_id == sender.id, _lasts(tx)),
        select(Notification.actor_id).where(Notification.actor_id.in_(actor_ids), told),
    ]
    if sender.host is not None:
        parts.append(select(MutedHost.actor_id).where(MutedHost.actor_id.in_(actor_ids), MutedHost.host == sender.host))
    if post is not None:
        root = post.root_id or post.id
        parts.append(select(ThreadMute.actor_id).where(ThreadMute.actor_id.in_(actor_ids), ThreadMute.root_id == root))
    return {row[0] for row in await tx.rows(union(*parts))}


def _lasts(tx: Transaction) -> ColumnElement[bool]:
    return Mute.notifications & or_(Mute.until.is_(None), Mute.until > tx.now)


async def between(tx: Transaction, actor_ids: Collection[int], sender: Actor) -> dict[int, Between]:
    """For each of these readers."""
    accepted = Follow.accepted_at.is_not(None)
    to_him = select(Follow.follower_id).where(Follow.follower_id.in_(actor_ids), Follow.target_id == sender.id)
    of_him = select(Follow.target_id, Follow.accepted_at).where(
        Follow.target_id.in_(actor_ids), Follow.follower_id == sender.id
    )
    let = select(NotificationPermission.actor_id).where(
        NotificationPermission.actor_id.in_(actor_ids), NotificationPermission.from_id == sender.id
    )
    following = set(await tx.all(to_him.where(accepted)))
    since = {row[0]: row[1] for row in await tx.rows(of_him.where(accepted))}
    permitted = set(await tx.all(let))
    return {one: Between(one in following, since.get(one), one in permitted) for one in actor_ids}


async def named_in(tx: Transaction, post: Post) -> Sequence[int]:
    """Whom it names aloud; of a direct post, everybody whom it is for."""
    told = or_(Mention.silent.is_(False), Post.visibility == "direct")
    statement = select(Mention.actor_id).join(Post, Post.id == Mention.post_id).where(Mention.post_id == post.id, told)
    return await tx.all(statement)


async def who_have_it(tx: Transaction, post: Post, actor_ids: Collection[int]) -> set[int]:
    """Of these who were told already that there is this post."""
    kinds = Notification.type.in_(("mention", "status")), Notification.post_id == post.id
    return set(await tx.all(select(Notification.actor_id).where(*kinds, Notification.actor_id.in_(actor_ids))))


async def who_took_part(tx: Transaction, post: Post) -> set[int]:
    """People of this node who boosted or answered it."""
    theirs = or_(Post.reblog_of_id == post.id, Post.in_reply_to_id == post.id)
    here = select(Post.author_id).join(Actor, Actor.id == Post.author_id).where(theirs, Actor.host.is_(None))
    return set(await tx.all(here.where(Post.deleted_at.is_(None), Actor.type == "Person").distinct()))


async def who_voted(tx: Transaction, post: Post) -> set[int]:
    return set(await tx.all(select(PollVote.actor_id).where(PollVote.post_id == post.id).distinct()))


async def who_moderate(tx: Transaction, roles: Iterable[str]) -> Sequence[int]:
    """People of this node with one of these roles."""
    return await tx.all(select(User.actor_id).where(User.role.in_(tuple(roles)), User.disabled_at.is_(None)))


async def who_moderate_group(tx: Transaction, group_id: int) -> Sequence[int]:
    return await tx.all(select(GroupModerator.actor_id).where(GroupModerator.group_id == group_id))
