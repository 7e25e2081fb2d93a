"""Reports, for moderators of the node. What was reported they read, whomever it was written for."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from node.database import Transaction
from node.database.tables import Report
from node.mastodon import rendering
from node.mastodon.admin_accounts import rendered as accounts_rendered
from node.mastodon.answers import Page
from node.mastodon.calls import Call, id_of
from node.mastodon.entities import administration as entities
from node.mastodon.entities.accounts import Entity
from node.mastodon.paging import size, window
from node.mastodon.routing import Routes
from node.queries import actors as actor_rows, administration as administration_rows, posts as post_rows
from node.services import administration, node_actor, permissions

routes = Routes()
READ: Final = ("admin:read", "admin:read:reports")
WRITE: Final = ("admin:write", "admin:write:reports")
REPORTS: Final = "/api/v1/admin/reports"
REPORT: Final = f"{REPORTS}/{{id:[0-9]+}}"


async def rendered(tx: Transaction, call: Call, rows: Sequence[Report]) -> list[Entity]:
    """A page in a fixed number of queries."""
    node = await node_actor.required(tx)
    named = {one for row in rows for one in (row.target_id, row.reporter_id, row.assigned_id, row.closed_by_id) if one}
    actors = list((await actor_rows.by_ids(tx, {node.id, *named})).values())
    users = await administration_rows.users_of(tx, [actor.id for actor in actors])
    items = await accounts_rendered(tx, call, [(actor, users.get(actor.id)) for actor in actors])
    accounts = {actor.id: item for actor, item in zip(actors, items, strict=True)}
    hosts = {actor.id: actor.host or tx.settings.host for actor in actors}
    statuses = await _statuses(tx, call, rows)
    return [
        entities.report(
            row,
            accounts.__getitem__,
            entities.reporter(accounts[node.id], hosts.get(row.reporter_id or node.id, tx.settings.host)),
            [statuses[post_id] for post_id in row.posts if post_id in statuses],
        )
        for row in rows
    ]


async def _statuses(tx: Transaction, call: Call, rows: Sequence[Report]) -> dict[int, Entity]:
    known = await post_rows.by_ids(tx, (post_id for row in rows for post_id in row.posts))
    standing = [post for post in known.values() if post.deleted_at is None]
    return {int(item["id"]): item for item in await rendering.statuses(tx, call, standing)}


@routes.get(REPORTS, *READ, takes="admin_reports", returns="[AdminReport]", pages=True)
async def reports(call: Call) -> Any:
    """Who made one is told to nobody, so that asking for those of somebody finds none."""
    permissions.may_moderate_node(call.user)
    how = {"resolved": call.get("resolved", False)}
    target_id = id_of(call.get("target_account_id"))
    async with call.reading() as tx:
        part = window(call, default=100, most=200)
        asked_by = call.get("account_id") is not None
        rows = [] if asked_by else await administration_rows.reports(tx, part, target_id=target_id, **how)
        items = await rendered(tx, call, rows)
    older = rows[-1].id if len(rows) == size(call, default=100, most=200) else None
    return Page(items, older, rows[0].id if rows else None)


@routes.get(REPORT, *READ, returns="AdminReport")
async def report(call: Call) -> Any:
    async with call.reading() as tx:
        return (await rendered(tx, call, [await administration.report(tx, call.user, call.id())]))[0]


async def _changed(call: Call, change: Callable[[Transaction], Awaitable[None]]) -> Entity:
    async def work(tx: Transaction) -> Entity:
        await change(tx)
        return (await rendered(tx, call, [await administration.report(tx, call.user, call.id())]))[0]

    return await call.run(work)


@routes.put(REPORT, *WRITE, takes="admin_report", returns="AdminReport")
async def describe(call: Call) -> Any:
    how = {"category": call.get("category"), "rules": call.get("rule_ids")}
    return await _changed(call, lambda tx: administration.describe(tx, call.user, call.id(), **how))


@routes.post(f"{REPORT}/assign_to_self", *WRITE, returns="AdminReport")
async def assign_to_self(call: Call) -> Any:
    return await _changed(call, lambda tx: administration.assign(tx, call.user, call.id(), to_herself=True))


@routes.post(f"{REPORT}/unassign", *WRITE, returns="AdminReport")
async def unassign(call: Call) -> Any:
    return await _changed(call, lambda tx: administration.assign(tx, call.user, call.id(), to_herself=False))


@routes.post(f"{REPORT}/resolve", *WRITE, returns="AdminReport")
async def resolve(call: Call) -> Any:
    return await _changed(call, lambda tx: administration.resolve(tx, call.user, call.id()))


@routes.post(f"{REPORT}/reopen", *WRITE, returns="AdminReport")
async def reopen(call: Call) -> Any:
    return await _changed(call, lambda tx: administration.reopen(tx, call.user, call.id()))
