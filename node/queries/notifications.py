"""Notices: reading those that may be shown, a page at once, and writing them.

What a notice tells of may be hidden, muted or gone by the time that it is read: that is asked here each time, by one
clause for lists, single notices, groups and counts.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from node.database import Transaction
from node.database.tables import Actor, Block, Follow, GroupModerator, Marker, Notification, Post, User
from node.queries.unwanted import unheard
from node.queries.visibility import visible_to
from node.queries.windows import Page, part

ABOUT_POSTS: Final = frozenset({"mention", "status", "reblog", "favourite", "poll", "update"})
ABOUT_PEOPLE: Final = frozenset({"follow", "follow_request"})
FOR_MODERATORS: Final = frozenset({"admin.sign_up", "admin.report"})
TYPES: Final = ABOUT_POSTS | ABOUT_PEOPLE | FOR_MODERATORS
_SENDER, _SUBJECT = aliased(Actor), aliased(Post)
_MODERATING: Final = ("moderator", "operator")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which notices: of these types, of one sender; `filtered`: those that her policy keeps apart, None for both."""

    types: frozenset[str] = TYPES
    from_id: int | None = None
    filtered: bool | None = False


def shown_to(tx: Transaction, viewer: Actor, wanted: Wanted) -> ColumnElement[bool]:
    """The clause over `Notification`: hers, from somebody who stands and whom she hears, about what she may see."""
    clause: ColumnElement[bool] = and_(
        Notification.actor_id == viewer.id,
        Notification.type.in_(wanted.types),
        _sender_stands(),
        or_(Notification.type.in_(FOR_MODERATORS), ~_unheard(tx, viewer)),
        or_(Notification.type.not_in(ABOUT_POSTS), _subject_seen_by(viewer)),
        or_(Notification.type != "follow_request", _is_for(viewer)),
    )
    if wanted.from_id is not None:
        clause &= Notification.from_id == wanted.from_id
    if wanted.filtered is not None:
        clause &= Notification.filtered.is_(wanted.filtered)
    if not FOR_MODERATORS.isdisjoint(wanted.types):
        moderates = exists(select(User.id).where(User.actor_id == viewer.id, User.role.in_(_MODERATING)))
        clause &= or_(Notification.type.not_in(FOR_MODERATORS), moderates)
    return clause


def _sender_stands() -> ColumnElement[bool]:
    return exists(
        select(_SENDER.id)
        .where(_SENDER.id == Notification.from_id, _SENDER.deleted_at.is_(None), _SENDER.suspended_at.is_(None))
        .where(_SENDER.host_blocked_at.is_(None))
        .correlate(Notification)
    )


def _unheard(tx: Transaction, viewer: Actor) -> ColumnElement[bool]:
    """Of somebody whom she blocks or mutes, or on a server of which she wants to see nothing."""
    blocked = select(Block.id).where(Block.actor_id == viewer.id, Block.target_id == Notification.from_id)
    return exists(blocked.correlate(Notification)) | unheard(Notification.from_id, viewer.id, tx.now)


def _subject_seen_by(viewer: Actor) -> ColumnElement[bool]:
    return exists(
        select(_SUBJECT.id)
        .where(_SUBJECT.id == Notification.post_id, visible_to(viewer, _SUBJECT))
        .correlate(Notification)
    )


def _is_for(viewer: Actor) -> ColumnElement[bool]:
    """A request that waits, to follow her, or to join a group that she moderates."""
    groups = select(GroupModerator.group_id).where(GroupModerator.actor_id == viewer.id)
    target = or_(Follow.target_id == viewer.id, Follow.target_id.in_(groups))
    waiting = Follow.accepted_at.is_(None), Follow.rejected_at.is_(None), target
    return exists(select(Follow.id).where(Follow.follower_id == Notification.from_id, *waiting).correlate(Notification))


async def page(tx: Transaction, viewer: Actor, wanted: Wanted, window: Page) -> Sequence[Notification]:
    """Newest first."""
    return await part(tx, select(Notification).where(shown_to(tx, viewer, wanted)), window, Notification.id)


async def these(tx: Transaction, viewer: Actor, ids: Collection[int]) -> Sequence[Notification]:
    """Of these what her list shows, the oldest first: for streams and push."""
    shown = Notification.id.in_(ids), shown_to(tx, viewer, Wanted())
    return await tx.all(select(Notification).where(*shown).order_by(Notification.id))


async def one(tx: Transaction, viewer: Actor, notice_id: int) -> Notification | None:
    """Kept apart or not, if it may be shown to her."""
    shown = shown_to(tx, viewer, Wanted(filtered=None))
    found: Notification | None = await tx.one(select(Notification).where(Notification.id == notice_id, shown))
    return found


async def unread(tx: Transaction, viewer: Actor, wanted: Wanted, most: int) -> int:
    """How many came since she read last, by her apps' marker; at most so many."""
    newer = select(Notification.id).where(*unread_by(tx, viewer, wanted)).limit(most).subquery()
    return int(await tx.one(select(func.count()).select_from(newer)))


def unread_by(tx: Transaction, viewer: Actor, wanted: Wanted) -> tuple[ColumnElement[bool], ...]:
    read = select(Marker.last_read_id).where(Marker.actor_id == viewer.id, Marker.timeline == "notifications")
    return shown_to(tx, viewer, wanted), Notification.id > func.coalesce(read.scalar_subquery(), 0)


def add(tx: Transaction, values: dict[str, Any]) -> int:
    """Gathered; its id."""
    notice_id = tx.new_id()
    row = {"id": notice_id, "created_at": tx.now, "post_id": None, "report_id": None, **values}
    row.setdefault("group_key", f"ungrouped-{notice_id}")
    tx.insert(Notification, [row], once=True)
    tx.tell_of("notification", notice_id, values["actor_id"])
    return notice_id


async def turn(tx: Transaction, actor_id: int, from_id: int, former: str, kind: str, group_key: str) -> None:
    """Makes notices of one type those of another: of a request that was granted."""
    theirs = Notification.actor_id == actor_id, Notification.from_id == from_id, Notification.type == former
    await tx.execute(update(Notification).where(*theirs).values(type=kind, group_key=group_key))


async def withdraw(
    tx: Transaction, types: Collection[str], from_id: int, *, post_id: int | None = None, actor_ids: Iterable[int] = ()
) -> None:
    """Of what was undone: notices of a sender about a post, or to somebody."""
    of_sender = delete(Notification).where(Notification.from_id == from_id, Notification.type.in_(types))
    if post_id is not None:
        await tx.execute(of_sender.where(Notification.post_id == post_id))
    else:
        await tx.execute(of_sender.where(Notification.actor_id.in_(set(actor_ids))))


async def remove(tx: Transaction, viewer: Actor, *clauses: ColumnElement[bool]) -> None:
    await tx.execute(delete(Notification).where(Notification.actor_id == viewer.id, *clauses))


async def clear(tx: Transaction, viewer: Actor) -> None:
    """All that her lists show; what is kept apart stays so."""
    await remove(tx, viewer, Notification.filtered.is_(False))


async def dismiss(tx: Transaction, viewer: Actor, notice_id: int) -> None:
    await remove(tx, viewer, Notification.id == notice_id)


async def forget_between(tx: Transaction, actor_id: int, from_id: int) -> None:
    """Of somebody whom she blocks."""
    await tx.execute(delete(Notification).where(Notification.actor_id == actor_id, Notification.from_id == from_id))
