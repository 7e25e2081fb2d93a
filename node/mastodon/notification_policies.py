"""What is done with notifications of strangers, and the requests of those whose notifications are kept apart."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from node.database import Transaction
from node.database.tables import Actor
from node.mastodon import notices
from node.mastodon.answers import Page
from node.mastodon.calls import Call, ids
from node.mastodon.entities import notifications as entities
from node.mastodon.errors import Absent
from node.mastodon.notifications import MOST, READ, WRITE
from node.mastodon.paging import window
from node.mastodon.routing import Routes
from node.queries import notification_requests as request_rows
from node.services import notification_policies as policies

_POLICY: Final = {"takes": "notification_policy", "returns": "NotificationPolicy"}
_BOOLEAN_POLICY: Final = {"takes": "boolean_notification_policy", "returns": "BooleanNotificationPolicy"}
_REQUESTS: Final = "/api/v1/notifications/requests"

routes = Routes()


async def _shown(call: Call, form: Callable[..., Any]) -> Any:
    async with call.reading() as tx:
        return form(await policies.of(tx, call.actor), await request_rows.totals(tx, call.actor))


async def _changed(call: Call, form: Callable[..., Any], changes: Mapping[str, str]) -> Any:
    async def work(tx: Transaction) -> Any:
        return form(await policies.change(tx, call.actor, changes), await request_rows.totals(tx, call.actor))

    return await call.run(work)


@routes.get("/api/v2/notifications/policy", *READ, returns="NotificationPolicy")
async def show_policy(call: Call) -> Any:
    return await _shown(call, entities.policy)


@routes.patch("/api/v2/notifications/policy", *WRITE, **_POLICY)
@routes.put("/api/v2/notifications/policy", *WRITE, **_POLICY)
async def change_policy(call: Call) -> Any:
    return await _changed(call, entities.policy, call.parameters)


@routes.get("/api/v1/notifications/policy", *READ, returns="BooleanNotificationPolicy")
async def show_boolean_policy(call: Call) -> Any:
    return await _shown(call, entities.boolean_policy)


@routes.patch("/api/v1/notifications/policy", *WRITE, **_BOOLEAN_POLICY)
@routes.put("/api/v1/notifications/policy", *WRITE, **_BOOLEAN_POLICY)
async def change_boolean_policy(call: Call) -> Any:
    named = {f"for_{name}": call.get(f"filter_{name}") for name in entities.BOOLEAN_RULES}
    changes = {name: "filter" if value else "accept" for name, value in named.items() if value is not None}
    return await _changed(call, entities.boolean_policy, changes)


@routes.get(_REQUESTS, *READ, takes="window", returns="[NotificationRequest]", pages=True)
async def index(call: Call) -> Any:
    async with call.reading() as tx:
        rows = await request_rows.page(tx, call.actor, window(call, default=40, most=MOST))
        items = await notices.requests(tx, call, rows)
        return Page(items, older=rows[-1].latest_id if rows else None, newer=rows[0].latest_id if rows else None)


@routes.get(f"{_REQUESTS}/merged", *READ, returns="Merged")
async def merged(call: Call) -> Any:  # noqa: ARG001  # every handler has one
    """What is accepted is merged in the same transaction."""
    return {"merged": True}


@routes.get(f"{_REQUESTS}/{{id:[0-9]+}}", *READ, returns="NotificationRequest")
async def show(call: Call) -> Any:
    async with call.reading() as tx:
        found = await request_rows.one(tx, call.actor, call.id())
        if found is None:
            raise Absent
        return (await notices.requests(tx, call, [found]))[0]


async def _answer(call: Call, answer: Callable[[Transaction, Actor, list[int]], Awaitable[None]]) -> Any:
    """The one at this address."""

    async def work(tx: Transaction) -> None:
        if await request_rows.one(tx, call.actor, call.id()) is None:
            raise Absent
        await answer(tx, call.actor, [call.id()])

    await call.run(work)
    return {}


@routes.post(f"{_REQUESTS}/{{id:[0-9]+}}/accept", *WRITE, returns="Empty")
async def accept(call: Call) -> Any:
    return await _answer(call, policies.accept)


@routes.post(f"{_REQUESTS}/{{id:[0-9]+}}/dismiss", *WRITE, returns="Empty")
async def dismiss(call: Call) -> Any:
    return await _answer(call, policies.dismiss)


@routes.post(f"{_REQUESTS}/accept", *WRITE, takes="notification_requests", returns="Empty")
async def accept_many(call: Call) -> Any:
    await call.run(lambda tx: policies.accept(tx, call.actor, ids(call.get("id"))))
    return {}


@routes.post(f"{_REQUESTS}/dismiss", *WRITE, takes="notification_requests", returns="Empty")
async def dismiss_many(call: Call) -> Any:
    await call.run(lambda tx: policies.dismiss(tx, call.actor, ids(call.get("id"))))
    return {}
