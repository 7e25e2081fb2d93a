"""Lists: accounts that somebody reads apart, and the groups that she is in."""

from typing import Any, Final

from node.mastodon import rendering
from node.mastodon.answers import Page
from node.mastodon.calls import Call, ids
from node.mastodon.entities.lists import reading_list
from node.mastodon.paging import window
from node.mastodon.routing import Routes
from node.queries import accounts as account_rows
from node.services import lists

READ: Final = ("read", "read:lists")
WRITE: Final = ("write", "write:lists")
ONE: Final = "/api/v1/lists/{id:[0-9]+}"
MOST_AT_ONCE: Final = 200

routes = Routes()


@routes.get("/api/v1/lists", *READ, returns="[List]")
async def every(call: Call) -> Any:
    async with call.reading() as tx:
        return [reading_list(found) for found in await lists.all_of(tx, call.actor)]


@routes.post("/api/v1/lists", *WRITE, takes="NewList", returns="List")
async def create(call: Call) -> Any:
    return reading_list(await call.run(lambda tx: lists.create(tx, call.actor, call.parameters)))


@routes.get(ONE, *READ, returns="List")
async def show(call: Call) -> Any:
    async with call.reading() as tx:
        return reading_list(await lists.required(tx, call.actor, call.id()))


@routes.put(ONE, *WRITE, takes="ChangedList", returns="List")
async def change(call: Call) -> Any:
    return reading_list(await call.run(lambda tx: lists.change(tx, call.actor, call.id(), call.parameters)))


@routes.delete(ONE, *WRITE)
async def remove(call: Call) -> Any:
    await call.run(lambda tx: lists.remove(tx, call.actor, call.id()))
    return {}


@routes.get(f"{ONE}/accounts", *READ, takes="window", returns="[Account]", pages=True)
async def members(call: Call) -> Any:
    """A limit of 0 asks for all of them: Ice Cubes and Tusky do."""
    asked = None if call.get("limit") == 0 else window(call, default=40, most=80)
    async with call.reading() as tx:
        found = await lists.members(tx, await lists.required(tx, call.actor, call.id()), asked)
        items = await rendering.accounts(tx, call, [actor for _, actor in found])
        if asked is None or not found:
            return Page(items)
        return Page(items, found[-1][0] if len(found) == asked.size else None, found[0][0], newer_by="since_id")


@routes.post(f"{ONE}/accounts", *WRITE, takes="ListMembers")
async def add_members(call: Call) -> Any:
    named = ids(call.get("account_ids"))[:MOST_AT_ONCE]
    await call.run(lambda tx: lists.add_members(tx, call.actor, call.id(), named))
    return {}


@routes.delete(f"{ONE}/accounts", *WRITE, takes="ListMembers")
async def remove_members(call: Call) -> Any:
    named = ids(call.get("account_ids"))[:MOST_AT_ONCE]
    await call.run(lambda tx: lists.remove_members(tx, call.actor, call.id(), named))
    return {}


@routes.get("/api/v1/accounts/{id:[0-9]+}/lists", *READ, returns="[List]")
async def with_account(call: Call) -> Any:
    async with call.reading() as tx:
        member = await account_rows.known_to(tx, call.actor, call.id())
        return [reading_list(found) for found in await lists.with_member(tx, call.actor, member)]
