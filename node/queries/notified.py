"""Whom a notice is for: people of this node, and what each has said about notices; a few queries for all of them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, bindparam, literal, or_, select, union

from node.database import Transaction
from node.database.columns import BigId
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
from node.queries.unwanted import lasts


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


ABOUT_FOLLOWS: Final = ("follow", "follow_request")
_READER: Final = "notice.reader"
_UNWILLING: Final = "notice.unwilling"
_ACTORS: Final[Any] = bindparam("actor_ids", expanding=True)
_SENDER: Final = bindparam("sender_id", type_=BigId)
_READERS: Final = (
    select(User.actor_id, NotificationPolicy.rules, PushSubscription)
    .join(Actor, Actor.id == User.actor_id)
    .outerjoin(NotificationPolicy, NotificationPolicy.actor_id == User.actor_id)
    .outerjoin(PushSubscription, PushSubscription.user_id == User.id)
    .where(User.actor_id.in_(_ACTORS), User.disabled_at.is_(None), Actor.deleted_at.is_(None))
)


async def readers(tx: Transaction, actor_ids: Collection[int]) -> dict[int, Reader]:
    """Of these the people of this node who can sign in."""
    asked = tx.memory.missing(_READER, actor_ids)
    known = {one: tx.memory.get(_READER, one) for one in actor_ids if one not in asked}
    found = {one: reader for one, reader in known.items() if reader is not None}
    return found | await _readers(tx, asked)


async def recall(tx: Transaction, actor_ids: Iterable[int]) -> None:
    """Looks up at once who of them can be told something, for a batch that will ask for each."""
    wanted = tx.memory.missing(_READER, actor_ids)
    tx.memory.put_all(_READER, wanted, await _readers(tx, wanted))


async def _readers(tx: Transaction, actor_ids: Sequence[int]) -> dict[int, Reader]:
    found: dict[int, Reader] = {}
    if actor_ids:
        for actor_id, rules, subscription in await tx.rows(_READERS, actor_ids=actor_ids):
            reader = found.setdefault(actor_id, Reader(actor_id, rules or {}))
            if subscription is not None:
                reader.push.append(subscription)
    return found


async def recall_followers(tx: Transaction, pairs: Iterable[tuple[int, int]]) -> None:
    """The same of (reader, follower): who of the readers is unwilling to hear of that follower, and for which kind of
    notice."""
    wanted = tx.memory.missing(_UNWILLING, [(*pair, kind) for pair in pairs for kind in ABOUT_FOLLOWS])
    if not wanted:
        return
    read, followers = ({key[side] for key in wanted} for side in (0, 1))
    unheard = union(
        select(Block.actor_id, Block.target_id).where(Block.actor_id.in_(read), Block.target_id.in_(followers)),
        select(Mute.actor_id, Mute.target_id).where(
            Mute.actor_id.in_(read), Mute.target_id.in_(followers), _of_notices(literal(tx.now, Mute.until.type))
        ),
        select(MutedHost.actor_id, Actor.id)
        .join(Actor, Actor.host == MutedHost.host)
        .where(MutedHost.actor_id.in_(read), Actor.id.in_(followers)),
    )
    told = select(Notification.actor_id, Notification.from_id, Notification.type).where(
        Notification.actor_id.in_(read), Notification.from_id.in_(followers), Notification.post_id.is_(None)
    )
    silent = {(row[0], row[1]) for row in await tx.rows(unheard)}
    have = {(row[0], row[1], row[2]) for row in await tx.rows(told)}
    tx.memory.put_all(_UNWILLING, wanted, {key: key[:2] in silent or key in have for key in wanted})


def forget_followers(tx: Transaction) -> None:
    """Their notices have changed in this work."""
    tx.memory.forget_all(_UNWILLING)


@cache
def _unwilling(*, about_post: bool, elsewhere: bool) -> Any:
    """`elsewhere`: the sender is on another server."""
    about = Notification.post_id == bindparam("post_id", type_=BigId) if about_post else Notification.post_id.is_(None)
    told = and_(Notification.type == bindparam("kind"), Notification.from_id == _SENDER, about)
    silent = _of_notices(bindparam("now", type_=Mute.until.type))
    parts = [
        select(Block.actor_id).where(Block.actor_id.in_(_ACTORS), Block.target_id == _SENDER),
        select(Mute.actor_id).where(Mute.actor_id.in_(_ACTORS), Mute.target_id == _SENDER, silent),
        select(Notification.actor_id).where(Notification.actor_id.in_(_ACTORS), told),
    ]
    if elsewhere:
        from_there = MutedHost.host == bindparam("host")
        parts.append(select(MutedHost.actor_id).where(MutedHost.actor_id.in_(_ACTORS), from_there))
    if about_post:
        thread = ThreadMute.root_id == bindparam("root_id", type_=BigId)
        parts.append(select(ThreadMute.actor_id).where(ThreadMute.actor_id.in_(_ACTORS), thread))
    return union(*parts)


async def unwilling(
    tx: Transaction, actor_ids: Collection[int], kind: str, sender: Actor, post: Post | None
) -> set[int]:
    """Of these readers those who block or mute the sender, her server or the thread; and who have this notice
    already."""
    keys = [(one, sender.id, kind) for one in actor_ids]
    if post is None and not tx.memory.missing(_UNWILLING, keys):
        return {key[0] for key in keys if tx.memory.get(_UNWILLING, key)}
    statement = _unwilling(about_post=post is not None, elsewhere=sender.host is not None)
    bound: dict[str, Any] = {"actor_ids": list(actor_ids), "kind": kind, "sender_id": sender.id, "now": tx.now}
    if sender.host is not None:
        bound["host"] = sender.host
    if post is not None:
        bound |= {"post_id": post.id, "root_id": post.root_id or post.id}
    return {row[0] for row in await tx.rows(statement, **bound)}


def _of_notices(now: ColumnElement[datetime]) -> ColumnElement[bool]:
    return Mute.notifications & lasts(now)


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
