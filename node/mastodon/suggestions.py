"""Groups and people whom somebody may want to meet."""

from typing import Any, Final

from node.database import Transaction
from node.mastodon import rendering
from node.mastodon.calls import Call
from node.mastodon.entities.accounts import Entity
from node.mastodon.paging import size
from node.mastodon.routing import Routes
from node.queries import accounts as account_rows, relationships as relationship_rows
from node.services import suggesting

routes = Routes()
WHY: Final = {"source": "global", "sources": ["most_followed"]}


async def _accounts(call: Call) -> list[Entity]:
    async with call.reading() as tx:
        found = await suggesting.suggestions(tx, call.actor, call.user, limit=size(call, default=40, most=80))
        return await rendering.accounts(tx, call, found)


@routes.get("/api/v2/suggestions", "read", "read:accounts", takes="suggested", returns="[Suggestion]")
async def suggestions(call: Call) -> Any:
    return [{**WHY, "account": account} for account in await _accounts(call)]


@routes.get("/api/v1/suggestions", "read", "read:accounts", takes="suggested", returns="[Account]")
async def accounts(call: Call) -> Any:
    return await _accounts(call)


@routes.delete("/api/v1/suggestions/{id:[0-9]+}", "write", "write:accounts")
async def dismiss(call: Call) -> Any:
    """It does not come back."""

    async def work(tx: Transaction) -> None:
        target = await account_rows.known_to(tx, call.actor, call.id())
        await relationship_rows.dismiss(tx, call.actor.id, target.id)

    await call.run(work)
    return {}
