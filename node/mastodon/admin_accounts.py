"""Accounts, for moderators of the node: to look through them, to let in, to suspend."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeAlias

from node.database import Transaction
from node.database.tables import Actor, User
from node.mastodon import rendering
from node.mastodon.answers import Page
from node.mastodon.calls import Call, id_of
from node.mastodon.entities import administration as entities
from node.mastodon.entities.accounts import Entity
from node.mastodon.paging import size, window
from node.mastodon.routing import Routes
from node.queries import administration as administration_rows
from node.queries.administration import AccountFilter
from node.services import administration, permissions

routes = Routes()
READ: Final = ("admin:read", "admin:read:accounts")
WRITE: Final = ("admin:write", "admin:write:accounts")
ACCOUNTS: Final = "/api/v1/admin/accounts"
ACCOUNT: Final = f"{ACCOUNTS}/{{id:[0-9]+}}"
FLAGS: Final = ("active", "pending", "disabled", "silenced", "suspended")
Found: TypeAlias = Sequence[tuple[Actor, User | None]]


async def rendered(tx: Transaction, call: Call, rows: Found) -> list[Entity]:
    shown = await rendering.accounts(tx, call, [actor for actor, _ in rows])
    operates = permissions.has_role(call.user, "operator")
    return [
        entities.account(actor, user, item, with_email=operates)
        for (actor, user), item in zip(rows, shown, strict=True)
    ]


@routes.get("/api/v2/admin/accounts", *READ, takes="admin_accounts", returns="[AdminAccount]", pages=True)
async def accounts(call: Call) -> Any:
    return await _page(call, call.get("origin"), call.get("status"), staff=call.get("permissions") == "staff")


@routes.get(ACCOUNTS, *READ, takes="old_admin_accounts", returns="[AdminAccount]", pages=True)
async def accounts_by_flags(call: Call) -> Any:
    """The older form: each status is a flag of its own."""
    origin = next((name for name in ("local", "remote") if call.get(name)), None)
    return await _page(call, origin, next((name for name in FLAGS if call.get(name)), None), staff=call.get("staff"))


async def _page(call: Call, origin: str | None, status: str | None, *, staff: bool | None) -> Page:
    permissions.may_moderate_node(call.user)
    texts = {name: call.get(name) for name in ("username", "display_name", "email")}
    wanted = AccountFilter(
        origin, status, staff=bool(staff), domain=call.get("by_domain"), nothing=bool(call.get("ip")), **texts
    )
    async with call.reading() as tx:
        rows = await administration_rows.accounts(tx, wanted, window(call, default=100, most=200))
        items = await rendered(tx, call, rows)
    older = rows[-1][0].id if len(rows) == size(call, default=100, most=200) else None
    return Page(items, older, rows[0][0].id if rows else None)


@routes.get(ACCOUNT, *READ, returns="AdminAccount")
async def account(call: Call) -> Any:
    async with call.reading() as tx:
        return (await rendered(tx, call, [await administration.account(tx, call.user, call.id())]))[0]


async def _changed(call: Call, change: Callable[[Transaction, User, int], Awaitable[None]]) -> Entity:
    """As it is then; as it was where it is gone."""

    async def work(tx: Transaction) -> Entity:
        before = (await rendered(tx, call, [await administration.account(tx, call.user, call.id())]))[0]
        await change(tx, call.user, call.id())
        found = await administration_rows.account(tx, call.id())
        return (await rendered(tx, call, [found]))[0] if found is not None else before

    return await call.run(work)


@routes.post(f"{ACCOUNT}/action", *WRITE, takes="admin_action")
async def act(call: Call) -> Any:
    report_id, action = id_of(call.get("report_id")), call.get("type", "none")
    await call.run(lambda tx: administration.act(tx, call.user, call.id(), action, report_id))
    return {}


@routes.post(f"{ACCOUNT}/approve", *WRITE, returns="AdminAccount")
async def approve(call: Call) -> Any:
    return await _changed(call, administration.let_in)


@routes.post(f"{ACCOUNT}/reject", *WRITE, returns="AdminAccount")
async def reject(call: Call) -> Any:
    return await _changed(call, administration.turn_away)


@routes.post(f"{ACCOUNT}/enable", *WRITE, returns="AdminAccount")
async def enable(call: Call) -> Any:
    return await _changed(call, administration.enable)


@routes.post(f"{ACCOUNT}/unsuspend", *WRITE, returns="AdminAccount")
async def unsuspend(call: Call) -> Any:
    return await _changed(call, administration.unsuspend)


@routes.post(f"{ACCOUNT}/unsilence", *WRITE, returns="AdminAccount")
@routes.post(f"{ACCOUNT}/unsensitive", *WRITE, returns="AdminAccount")
async def unlimit(call: Call) -> Any:
    return await _changed(call, administration.leave_as_it_is)


@routes.delete(ACCOUNT, *WRITE, returns="AdminAccount")
async def delete(call: Call) -> Any:
    return await _changed(call, administration.delete)
