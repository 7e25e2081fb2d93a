"""Accounts: one's own, and others'."""

from typing import Any

from node.mastodon import rendering
from node.mastodon.calls import Call
from node.mastodon.entities.accounts import credential_account
from node.mastodon.errors import Absent
from node.mastodon.routing import Access, Routes
from node.queries import actors as actor_rows, follows as follow_rows

routes = Routes()


@routes.get("/api/v1/accounts/verify_credentials", "profile", "read", "read:accounts", returns="CredentialAccount")
async def verify_credentials(call: Call) -> Any:
    async with call.reading() as tx:
        figures = await rendering.figures(tx, call, call.actor)
        requests = await follow_rows.count_pending(tx, [call.actor.id])
        return credential_account(call.actor, call.user, figures, tx.settings.base_url, requests)


@routes.get("/api/v1/accounts/{id:[0-9]+}", "read", "read:accounts", access=Access.ANYBODY, returns="Account")
async def show(call: Call) -> Any:
    async with call.reading() as tx:
        actor = await actor_rows.by_id(tx, call.id())
        if actor is None or actor.type == "Application":
            raise Absent
        return await rendering.account(tx, call, actor)
