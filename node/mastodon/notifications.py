"""Notifications, one by one."""

from typing import Any, Final

from node.database import Transaction
from node.mastodon import notices
from node.mastodon.answers import Page
from node.mastodon.calls import Call
from node.mastodon.errors import Absent
from node.mastodon.paging import size, window
from node.mastodon.routing import Routes
from node.queries import notifications as notice_rows

READ: Final = ("read", "read:notifications")
WRITE: Final = ("write", "write:notifications")
MOST: Final = 80
MOST_COUNTED: Final = 1000

routes = Routes()


@routes.get("/api/v1/notifications", *READ, takes="notifications", returns="[Notification]", pages=True)
async def index(call: Call) -> Any:
    async with call.reading() as tx:
        rows = await notice_rows.page(tx, call.actor, notices.wanted(call), window(call, default=40, most=MOST))
        items = await notices.rendered(tx, call, rows)
        return Page(items, older=rows[-1].id if rows else None, newer=rows[0].id if rows else None)


@routes.get("/api/v1/notifications/{id:[0-9]+}", *READ, returns="Notification")
async def show(call: Call) -> Any:
    async with call.reading() as tx:
        found = await notice_rows.one(tx, call.actor, call.id())
        shown = await notices.rendered(tx, call, [found] if found is not None else [])
        if not shown:
            raise Absent
        return shown[0]


@routes.get("/api/v1/notifications/unread_count", *READ, takes="notification_count", returns="Count")
async def unread_count(call: Call) -> Any:
    async with call.reading() as tx:
        most = size(call, default=100, most=MOST_COUNTED)
        return {"count": await notice_rows.unread(tx, call.actor, notices.wanted(call), most)}


@routes.post("/api/v1/notifications/clear", *WRITE, returns="Empty")
async def clear(call: Call) -> Any:
    await call.run(lambda tx: notice_rows.clear(tx, call.actor))
    return {}


@routes.post("/api/v1/notifications/{id:[0-9]+}/dismiss", *WRITE, returns="Empty")
async def dismiss(call: Call) -> Any:
    async def work(tx: Transaction) -> None:
        if await notice_rows.one(tx, call.actor, call.id()) is None:
            raise Absent
        await notice_rows.dismiss(tx, call.actor, call.id())

    await call.run(work)
    return {}
