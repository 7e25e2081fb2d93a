"""Statuses for later: those that wait, another time for one, calling one off."""

from typing import Any

from node.database import Transaction
from node.database.tables import ScheduledPost
from node.mastodon.answers import Page
from node.mastodon.calls import Call
from node.mastodon.entities.accounts import Entity
from node.mastodon.entities.scheduled import scheduled
from node.mastodon.paging import window
from node.mastodon.routing import Routes
from node.queries import scheduled as scheduled_rows
from node.services import scheduling

ALL = "/api/v1/scheduled_statuses"
ONE = ALL + "/{id:[0-9]+}"
READ = ("read", "read:statuses")
WRITE = ("write", "write:statuses")

routes = Routes()


@routes.get(ALL, *READ, takes="window", returns="[ScheduledStatus]", pages=True)
async def listed(call: Call) -> Any:
    async with call.reading() as tx:
        rows = await scheduled_rows.page(tx, call.actor.id, window(call))
        files = await scheduled_rows.files(tx, rows)
        items = [scheduled(row, files[row.id], tx.settings.base_url) for row in rows]
        full = len(rows) == window(call).size
        return Page(items, older=rows[-1].id if full else None, newer=rows[0].id if rows else None)


async def scheduled_status(tx: Transaction, row: ScheduledPost) -> Entity:
    return scheduled(row, (await scheduled_rows.files(tx, [row]))[row.id], tx.settings.base_url)


@routes.get(ONE, *READ, returns="ScheduledStatus")
async def show(call: Call) -> Any:
    async with call.reading() as tx:
        return await scheduled_status(tx, await scheduling.own(tx, call.actor, call.id()))


@routes.put(ONE, *WRITE, takes="Rescheduling", returns="ScheduledStatus")
async def change(call: Call) -> Any:
    async def work(tx: Transaction) -> Entity:
        row = await scheduling.change(tx, call.actor, call.id(), call.get("scheduled_at"))
        return await scheduled_status(tx, row)

    return await call.run(work)


@routes.delete(ONE, *WRITE)
async def cancel(call: Call) -> Any:
    await call.run(lambda tx: scheduling.cancel(tx, call.actor, call.id()))
    return {}
