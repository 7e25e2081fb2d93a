"""Accounts: looking at them, finding them, and lists of those that something ties to one."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from node.database import Transaction
from node.database.tables import Actor
from node.mastodon import rendering
from node.mastodon.answers import Page
from node.mastodon.calls import Call, ids
from node.mastodon.entities.accounts import Entity
from node.mastodon.paging import size, window
from node.mastodon.routing import Access, Routes
from node.queries import account_lists, accounts as account_rows
from node.queries.windows import Page as Window
from node.services import finding, lookups

routes = Routes()
Tied = Sequence[tuple[int, Actor]]
"""Accounts of a list, each with its cursor."""
MOST = 80
MOST_AT_ONCE = 40


async def page(tx: Transaction, call: Call, rows: Tied) -> Page:
    return cut(call, rows, await rendering.accounts(tx, call, [actor for _, actor in rows]))


def cut(call: Call, rows: Tied, items: list[Entity]) -> Page:
    """There is nothing after a page that is shorter than it might be."""
    whole = len(rows) == size(call, default=MOST_AT_ONCE, most=MOST)
    return Page(items, rows[-1][0] if whole else None, rows[0][0] if rows else None, newer_by="since_id")


async def tied(call: Call, find: Callable[[Transaction, Window], Awaitable[Tied]]) -> Page:
    """A page of accounts that something ties to somebody."""
    async with call.reading() as tx:
        return await page(tx, call, await find(tx, window(call, default=MOST_AT_ONCE, most=MOST)))


@routes.get(
    "/api/v1/accounts", "read", "read:accounts", access=Access.ANYBODY, takes="account_ids", returns="[Account]"
)
async def several(call: Call) -> Any:
    async with call.reading() as tx:
        found = await account_rows.all_known_to(tx, call.viewer.actor, ids(call.get("id"))[:MOST_AT_ONCE])
        return await rendering.accounts(tx, call, found)


@routes.get("/api/v1/accounts/{id:[0-9]+}", "read", "read:accounts", access=Access.ANYBODY, returns="Account")
async def show(call: Call) -> Any:
    async with call.reading() as tx:
        return await rendering.account(tx, call, await account_rows.known_to(tx, call.viewer.actor, call.id()))


@routes.get(
    "/api/v1/accounts/lookup", "read", "read:accounts", access=Access.ANYBODY, takes="lookup", returns="Account"
)
async def lookup(call: Call) -> Any:
    async with call.reading() as tx:
        found = await lookups.known_account(tx, call.get("acct"))
        return await rendering.account(tx, call, await account_rows.known_to(tx, call.viewer.actor, found.id))


@routes.get("/api/v1/accounts/search", "read", "read:accounts", takes="account_search", returns="[Account]")
async def search(call: Call) -> Any:
    """Completes what is typed behind an `@` too."""
    wanted = size(call, default=MOST_AT_ONCE, most=MOST)
    how = {name: call.get(name) for name in ("resolve", "offset", "following") if call.get(name)}
    question = finding.Question(call.get("q"), limit=wanted, **how)

    async def work(tx: Transaction) -> Any:
        return await rendering.accounts(tx, call, await finding.accounts(tx, call.actor, question))

    return await call.context.read(work)


async def _follows(call: Call, rows: Callable[[Transaction, int, Actor | None, Window], Awaitable[Tied]]) -> Page:
    """Of somebody who shows them; of others nothing."""

    async def find(tx: Transaction, part: Window) -> Tied:
        target = await account_rows.whose_follows_may_be_read(tx, call.viewer.actor, call.id())
        return await rows(tx, target.id, call.viewer.actor, part) if target is not None else []

    return await tied(call, find)


@routes.get(
    "/api/v1/accounts/{id:[0-9]+}/followers",
    "read",
    "read:accounts",
    access=Access.ANYBODY,
    takes="window",
    returns="[Account]",
    pages=True,
)
async def followers(call: Call) -> Any:
    return await _follows(call, account_lists.followers)


@routes.get(
    "/api/v1/accounts/{id:[0-9]+}/following",
    "read",
    "read:accounts",
    access=Access.ANYBODY,
    takes="window",
    returns="[Account]",
    pages=True,
)
async def following(call: Call) -> Any:
    return await _follows(call, account_lists.following)


@routes.get(
    "/api/v1/accounts/familiar_followers", "read", "read:follows", takes="account_ids", returns="[FamiliarFollowers]"
)
async def familiar_followers(call: Call) -> Any:
    async with call.reading() as tx:
        wanted = await account_rows.all_known_to(tx, call.actor, ids(call.get("id"))[:MOST_AT_ONCE])
        found = await account_lists.familiar(tx, call.actor, [actor.id for actor in wanted])
        everybody = {actor.id: actor for actors in found.values() for actor in actors}
        items = dict(zip(everybody, await rendering.accounts(tx, call, list(everybody.values())), strict=True))
        return [
            {"id": str(actor.id), "accounts": [items[one.id] for one in found.get(actor.id, ())]} for actor in wanted
        ]


@routes.get(
    "/api/v1/accounts/{id:[0-9]+}/endorsements",
    "read",
    "read:accounts",
    access=Access.ANYBODY,
    takes="window",
    returns="[Account]",
    pages=True,
)
async def endorsements_of(call: Call) -> Any:
    async def find(tx: Transaction, part: Window) -> Tied:
        target = await account_rows.known_to(tx, call.viewer.actor, call.id())
        return await account_lists.endorsed(tx, target.id, call.viewer.actor, part)

    return await tied(call, find)


@routes.get("/api/v1/endorsements", "read", "read:accounts", takes="window", returns="[Account]", pages=True)
async def endorsements(call: Call) -> Any:
    return await tied(call, lambda tx, part: account_lists.endorsed(tx, call.actor.id, call.actor, part))
