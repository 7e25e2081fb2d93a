"""What moderators and operators of the node decide from their apps: accounts, reports, servers."""

from collections.abc import Sequence
from typing import Final

from node.database import Transaction
from node.database.tables import Actor, HostBlock, Report, User
from node.errors import Conflict, Forbidden, Invalid, NotFound
from node.queries import administration, hosts as host_rows, moderation
from node.services import departures, hosts, permissions, sign_ups, users
from node.services.reports import CATEGORIES

NOT_LIMITED: Final = "This node does not limit accounts. Suspend the account, or let its reports be resolved."
_ACTIONS: Final = ("none", "disable", "suspend")


async def account(tx: Transaction, by: User, actor_id: int) -> tuple[Actor, User | None]:
    """Raises `Forbidden`, `NotFound`."""
    permissions.may_moderate_node(by)
    found = await administration.account(tx, actor_id)
    if found is None or found[0].type == "Application":
        raise NotFound("That account is not there.")
    return found


async def _to_act_on(tx: Transaction, by: User, actor_id: int) -> tuple[Actor, User | None]:
    target, user = await account(tx, by, actor_id)
    permissions.may_act_on(by, user)
    return target, user


async def act(tx: Transaction, by: User, actor_id: int, action: str, report_id: int | None) -> None:
    """With it the report is dealt with from which that came; with all but `none`, the others of the account too."""
    target, user = await _to_act_on(tx, by, actor_id)
    if action not in _ACTIONS:
        raise Invalid(NOT_LIMITED, "admin.limit")
    if action == "suspend":
        await departures.suspend(tx, target)
    if action == "disable":
        await users.disable(tx, _own(user))
    report = await moderation.required(tx, report_id) if report_id is not None else None
    closed = [report] if report is not None else []
    for one in closed if action == "none" else [*closed, *await administration.open_reports_of(tx, target.id)]:
        await _close(tx, by, one)


def _own(user: User | None) -> User:
    """Raises `Invalid` for one that does not sign in here."""
    if user is None:
        raise Invalid("Nobody signs in to this account on this node.", "admin.elsewhere")
    return user


async def let_in(tx: Transaction, by: User, actor_id: int) -> None:
    target, user = await _to_act_on(tx, by, actor_id)
    await sign_ups.let_in(tx, _own(user), target)


async def turn_away(tx: Transaction, by: User, actor_id: int) -> None:
    """One who waits to be let in, with all that she gave."""
    target, user = await _to_act_on(tx, by, actor_id)
    if _own(user).pending_since is None:
        raise Forbidden("This action is not allowed", "admin.not_pending")
    await departures.delete_person(tx, target)


async def enable(tx: Transaction, by: User, actor_id: int) -> None:
    _, user = await _to_act_on(tx, by, actor_id)
    await users.enable(tx, _own(user))


async def unsuspend(tx: Transaction, by: User, actor_id: int) -> None:
    target, user = await _to_act_on(tx, by, actor_id)
    if user is not None and user.pending_since is not None:
        raise Invalid("This account waits to be let in.", "admin.pending")
    await departures.unsuspend(tx, target)


async def leave_as_it_is(tx: Transaction, by: User, actor_id: int) -> None:
    """Takes away a limit that no account has here."""
    await _to_act_on(tx, by, actor_id)


async def delete(tx: Transaction, by: User, actor_id: int) -> None:
    """A person of this node who is suspended: for good."""
    permissions.may_operate(by)
    target, _ = await _to_act_on(tx, by, actor_id)
    if not target.is_local or target.type != "Person":
        raise Invalid("Only people of this node are deleted here. Suspend an account of elsewhere.", "admin.delete")
    if target.suspended_at is None:
        raise Forbidden("This action is not allowed", "admin.not_suspended")
    await departures.delete_person(tx, target)


async def report(tx: Transaction, by: User, report_id: int) -> Report:
    """Raises `Forbidden`, `NotFound`."""
    permissions.may_moderate_node(by)
    return await moderation.required(tx, report_id)


async def describe(
    tx: Transaction, by: User, report_id: int, *, category: str | None, rules: Sequence[str] | None
) -> None:
    found = await report(tx, by, report_id)
    if category is not None and category not in CATEGORIES:
        raise Invalid(f"A category is one of {', '.join(CATEGORIES)}.", "report.category")
    kept = {"category": category or found.category, "rules": found.rules if rules is None else list(rules) or None}
    await administration.change_report(tx, found, **kept)


async def assign(tx: Transaction, by: User, report_id: int, *, to_herself: bool) -> None:
    found = await report(tx, by, report_id)
    await administration.change_report(tx, found, assigned_id=by.actor_id if to_herself else None)


async def resolve(tx: Transaction, by: User, report_id: int) -> None:
    await _close(tx, by, await report(tx, by, report_id))


async def reopen(tx: Transaction, by: User, report_id: int) -> None:
    await administration.change_report(tx, await report(tx, by, report_id), closed_at=None, closed_by_id=None)


async def _close(tx: Transaction, by: User, found: Report) -> None:
    if found.closed_at is None:
        await administration.change_report(tx, found, closed_at=tx.now, closed_by_id=by.actor_id)


class Blocked(Conflict):
    """A server that is on the list already, itself."""

    def __init__(self, known: HostBlock) -> None:
        super().__init__("Validation failed: Domain has already been blocked", "host.blocked_already")
        self.known = known


async def host_blocks(tx: Transaction, by: User) -> Sequence[HostBlock]:
    permissions.may_moderate_node(by)
    return await host_rows.blocks(tx)


async def block_host(
    tx: Transaction, by: User, text: str, *, severity: str, private: str | None, public: str | None
) -> HostBlock:
    """Raises `Blocked`; `Invalid` for what would hear a server half."""
    permissions.may_operate(by)
    _whole(severity)
    host = hosts.host_in(text)
    known = await host_rows.block(tx, host)
    if known is not None:
        raise Blocked(known)
    await hosts.block(tx, host)
    return await host_rows.comment(tx, host, private=private, public=public)


def _whole(severity: str) -> None:
    if severity != "suspend":
        raise Invalid("This node blocks a server as a whole: the severity is suspend.", "host.severity")


async def describe_host_block(
    tx: Transaction, by: User, known: HostBlock, *, severity: str, private: str | None, public: str | None
) -> HostBlock:
    permissions.may_operate(by)
    _whole(severity)
    return await host_rows.comment(tx, known.host, private=private, public=public)


async def unblock_host(tx: Transaction, by: User, known: HostBlock) -> None:
    permissions.may_operate(by)
    await hosts.unblock(tx, known.host)
