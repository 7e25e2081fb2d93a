"""Accounts and reports as moderators of the node look through them, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, false, or_, select

from node.database import Transaction
from node.database.tables import Actor, Report, User
from node.queries.windows import Page, bounded, newest_first, part

STAFF: Final = ("moderator", "operator")


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """What they have to be. `status`: active, pending, disabled, silenced or suspended; `origin`: local or remote."""

    origin: str | None = None
    status: str | None = None
    staff: bool = False
    username: str | None = None
    display_name: str | None = None
    domain: str | None = None
    email: str | None = None
    nothing: bool = False
    """Asks for what this node does not know: addresses from which somebody came."""


async def accounts(tx: Transaction, wanted: AccountFilter, page: Page) -> Sequence[tuple[Actor, User | None]]:
    """The newest first, without what was deleted and without the node itself."""
    statement = select(Actor, User).outerjoin(User, User.actor_id == Actor.id)
    standing = Actor.deleted_at.is_(None), Actor.type != "Application"
    found = bounded(statement.where(*standing, *_conditions(wanted)), page, Actor.id)
    return [(actor, user) for actor, user in newest_first(await tx.rows(found), page)]


async def account(tx: Transaction, actor_id: int) -> tuple[Actor, User | None] | None:
    statement = select(Actor, User).outerjoin(User, User.actor_id == Actor.id)
    rows = await tx.rows(statement.where(Actor.id == actor_id, Actor.deleted_at.is_(None)))
    return (rows[0][0], rows[0][1]) if rows else None


async def users_of(tx: Transaction, actor_ids: Sequence[int]) -> dict[int, User]:
    """The log-ins behind accounts, by account."""
    return {user.actor_id: user for user in await tx.all(select(User).where(User.actor_id.in_(actor_ids)))}


def _conditions(wanted: AccountFilter) -> list[ColumnElement[bool]]:
    origins = {"local": Actor.host.is_(None), "remote": Actor.host.is_not(None)}
    found: list[ColumnElement[bool]] = [false()] if wanted.nothing else []
    if wanted.origin in origins:
        found.append(origins[wanted.origin])
    if wanted.status is not None:
        found.append(_status(wanted.status))
    if wanted.staff:
        found.append(User.role.in_(STAFF))
    if wanted.username:
        found.append(Actor.username.istartswith(wanted.username, autoescape=True))
    if wanted.display_name:
        found.append(Actor.name.icontains(wanted.display_name, autoescape=True))
    if wanted.domain:
        found.append(Actor.host == wanted.domain.lower())
    if wanted.email:
        found.append(User.email == wanted.email.lower())
    return found


def _status(name: str) -> ColumnElement[bool]:
    """One that waits to be let in is suspended too until then. Nobody is silenced here."""
    waits, disabled = User.pending_since.is_not(None), User.disabled_at.is_not(None)
    suspended = Actor.suspended_at.is_not(None)
    known: dict[str, ColumnElement[bool]] = {
        "pending": waits,
        "disabled": and_(disabled, Actor.suspended_at.is_(None)),
        "suspended": and_(suspended, User.pending_since.is_(None)),
        "active": and_(Actor.suspended_at.is_(None), or_(User.id.is_(None), User.disabled_at.is_(None))),
    }
    return known.get(name, false())


async def reports(tx: Transaction, page: Page, *, resolved: bool, target_id: int | None) -> Sequence[Report]:
    """The newest first; those that are dealt with, or those that are not."""
    statement = select(Report).where(Report.closed_at.is_not(None) if resolved else Report.closed_at.is_(None))
    if target_id is not None:
        statement = statement.where(Report.target_id == target_id)
    return await part(tx, statement, page, Report.id)


async def open_reports_of(tx: Transaction, target_id: int) -> Sequence[Report]:
    return await tx.all(select(Report).where(Report.target_id == target_id, Report.closed_at.is_(None)))


async def change_report(tx: Transaction, report: Report, **values: Any) -> None:
    await tx.write(report, {**values, "changed_at": tx.now})
