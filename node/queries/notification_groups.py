"""Notices as groups: those of one key as one, that of its newest; a page in a fixed number of queries.

A group stands once in all pages, where its newest notice stands. Since its notices lie within half a day, whether one
of those on a page has a newer one beyond the page's edge is asked of that half day alone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import String, case, cast, func, literal, select

from node.database import Transaction
from node.database.ids import RANDOM_BITS
from node.database.tables import Actor, Notification
from node.queries import notifications
from node.queries.notifications import Wanted, shown_to, unread_by
from node.queries.windows import Page, bounded

LOOKED_AT: Final = 400
"""Notices that are read for one page: where one post is liked by more, a page holds fewer groups."""
SAMPLE: Final = 8
ALONE: Final = "ungrouped-"
SPAN: Final = timedelta(hours=12) // timedelta(milliseconds=1) << RANDOM_BITS
"""How far apart ids in one group may be."""


@dataclass(slots=True)
class Group:
    """As its newest notice has it. `sample_ids`: who did it, the newest first."""

    key: str
    kind: str
    latest_id: int
    latest_at: datetime
    oldest_id: int
    total: int
    post_id: int | None
    report_id: int | None
    sample_ids: list[int]


@dataclass(frozen=True, slots=True)
class GroupPage:
    """`older` and `newer` are where the pages beside it begin; None where there was nothing."""

    groups: Sequence[Group] = ()
    older: int | None = None
    newer: int | None = None


def _key(grouped: Collection[str]) -> Any:
    """Types that the app does not want grouped stand each by itself."""
    alone = literal(ALONE).concat(cast(Notification.id, String))
    return case((Notification.type.in_(grouped), Notification.group_key), else_=alone)


async def page(tx: Transaction, viewer: Actor, wanted: Wanted, grouped: Collection[str], window: Page) -> GroupPage:
    """Newest first."""
    key = _key(grouped)
    hers = shown_to(tx, viewer, wanted)
    looked_at = bounded(select(Notification.id, key).where(hers), window, Notification.id).limit(LOOKED_AT)
    rows = [(int(notice_id), str(name)) for notice_id, name in await tx.rows(looked_at)]
    if not rows:
        return GroupPage()
    begun = await _begun_before(tx, select(key).where(hers), window)
    places = _places([(notice_id, name) for notice_id, name in rows if name not in begun], window)
    chosen = dict(list(places.items())[: window.size])
    groups = await _whole(tx, hers, key, chosen) if chosen else []
    all_shown = not window.upwards and len(places) <= window.size
    reached = rows[-1][0] if all_shown else min(chosen.values())
    return GroupPage(groups, reached, max(chosen.values(), default=None))


async def _begun_before(tx: Transaction, keys: Any, window: Page) -> set[str]:
    """Groups that stand on a page before, by a newer notice."""
    if window.before is None:
        return set()
    beyond = Notification.id >= window.before, Notification.id < window.before + SPAN
    return set(await tx.all(keys.where(*beyond).distinct()))


def _places(rows: Sequence[tuple[int, str]], window: Page) -> dict[str, int]:
    """Where each group stands: at its newest, in the order in which pages take them."""
    places: dict[str, int] = {}
    for notice_id, name in rows:
        if window.upwards:
            places.pop(name, None)
        places.setdefault(name, notice_id)
    return places


async def of_key(tx: Transaction, viewer: Actor, wanted: Wanted, group_key: str) -> Group | None:
    newest = select(func.max(Notification.id)).where(shown_to(tx, viewer, wanted), _named(group_key))
    found = await tx.one(newest)
    if found is None:
        return None
    key = _key(()) if group_key.startswith(ALONE) else Notification.group_key
    return (await _whole(tx, shown_to(tx, viewer, wanted), key, {group_key: int(found)}))[0]


async def _whole(tx: Transaction, hers: Any, key: Any, places: Mapping[str, int]) -> list[Group]:
    """All of these groups, whether each notice of theirs is within the page or not; the newest first."""
    each = {"partition_by": key}
    numbered = (
        select(
            *(key.label("key"), Notification.type, Notification.id, Notification.created_at, Notification.from_id),
            *(Notification.post_id, Notification.report_id),
            func.row_number().over(**each, order_by=Notification.id.desc()).label("number"),
            func.count().over(**each).label("total"),
            func.min(Notification.id).over(**each).label("oldest_id"),
        )
        .where(hers, key.in_(list(places)))
        .where(Notification.id > min(places.values()) - SPAN, Notification.id < max(places.values()) + SPAN)
        .subquery()
    )
    found: dict[str, Group] = {}
    sampled = select(numbered).where(numbered.c.number <= SAMPLE).order_by(numbered.c.id.desc())
    for row in await tx.rows(sampled):
        group = found.setdefault(row.key, _group(row))
        if row.from_id not in group.sample_ids:
            group.sample_ids.append(row.from_id)
    return list(found.values())


def _group(row: Any) -> Group:
    return Group(
        key=row.key,
        kind=row.type,
        latest_id=row.id,
        latest_at=row.created_at,
        oldest_id=row.oldest_id,
        total=row.total,
        post_id=row.post_id,
        report_id=row.report_id,
        sample_ids=[],
    )


async def sender_ids(tx: Transaction, viewer: Actor, wanted: Wanted, group_key: str) -> Sequence[int]:
    """Of all in a group, the newest first."""
    hers = select(Notification.from_id).where(shown_to(tx, viewer, wanted), _named(group_key))
    return list(dict.fromkeys(await tx.all(hers.order_by(Notification.id.desc()))))


def _named(group_key: str) -> Any:
    """One that stands alone is named by its id, also where it could be grouped."""
    if group_key.startswith(ALONE):
        return Notification.id == int(group_key.removeprefix(ALONE))
    return Notification.group_key == group_key


async def dismiss(tx: Transaction, viewer: Actor, group_key: str) -> None:
    await notifications.remove(tx, viewer, _named(group_key))


async def unread(tx: Transaction, viewer: Actor, wanted: Wanted, grouped: Collection[str], most: int) -> int:
    """How many groups have something that came since she read last; at most so many."""
    keys = select(_key(grouped).label("key")).where(*unread_by(tx, viewer, wanted)).distinct().limit(most).subquery()
    return int(await tx.one(select(func.count()).select_from(keys)))
