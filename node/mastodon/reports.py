"""Reports: somebody asks the moderators to look at an account and at posts of it."""

from typing import Any

from node.database import Transaction
from node.mastodon import rendering
from node.mastodon.calls import Call, id_of, ids
from node.mastodon.entities.accounts import Entity
from node.mastodon.entities.reports import report
from node.mastodon.routing import Routes
from node.queries import accounts as account_rows, moderation
from node.services import node_actor, reports
from node.services.reports import About

routes = Routes()


@routes.post("/api/v1/reports", "write", "write:reports", takes="report", returns="Report")
async def file(call: Call) -> Any:
    """Of the posts those count that she may read, or everybody may."""
    about = About(call.get("category", "other"), call.get("rule_ids", ()))
    target_id = id_of(call.get("account_id")) or 0

    async def work(tx: Transaction) -> Entity:
        target = await account_rows.known_to(tx, call.actor, target_id)
        posts = await moderation.reportable(tx, call.actor, target.id, ids(call.get("status_ids")))
        how = {"forward": call.get("forward", False), "about": about}
        node = await node_actor.required(tx)
        made = await reports.file(tx, node, call.actor, target, posts, call.get("comment", ""), **how)
        return report(await moderation.required(tx, made), await rendering.account(tx, call, target))

    return await call.run(work)
