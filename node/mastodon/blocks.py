"""Whom and what somebody does not want to read: blocks, mutes, servers."""

from typing import Any

from node.mastodon import rendering
from node.mastodon.accounts import MOST, MOST_AT_ONCE, cut, tied
from node.mastodon.answers import Page
from node.mastodon.calls import Call
from node.mastodon.moments import moment_or_none
from node.mastodon.paging import size, window
from node.mastodon.routing import Routes
from node.queries import account_lists, mutes as mute_rows
from node.services import hosts, mutes

routes = Routes()
DOMAIN_BLOCKS = "/api/v1/domain_blocks"


@routes.get("/api/v1/blocks", "follow", "read", "read:blocks", takes="window", returns="[Account]", pages=True)
async def blocks(call: Call) -> Any:
    return await tied(call, lambda tx, part: account_lists.blocked(tx, call.actor.id, part))


@routes.get("/api/v1/mutes", "follow", "read", "read:mutes", takes="window", returns="[MutedAccount]", pages=True)
async def muted(call: Call) -> Any:
    """Each says until when."""
    async with call.reading() as tx:
        rows = await account_lists.muted(tx, call.actor.id, window(call, default=MOST_AT_ONCE, most=MOST))
        items = await rendering.accounts(tx, call, [actor for _, actor in rows])
        until = await mute_rows.between(tx, call.actor.id, [actor.id for _, actor in rows])
    timed = [item | {"mute_expires_at": moment_or_none(until[int(item["id"])].until)} for item in items]
    return cut(call, rows, timed)


@routes.get(DOMAIN_BLOCKS, "follow", "read", "read:blocks", takes="window", returns="[DomainName]", pages=True)
async def muted_hosts(call: Call) -> Any:
    wanted = size(call, default=100, most=200)
    async with call.reading() as tx:
        rows = await mute_rows.hosts(tx, call.actor.id, window(call, default=100, most=200))
    older = rows[-1].id if len(rows) == wanted else None
    return Page([row.host for row in rows], older, rows[0].id if rows else None, newer_by="since_id")


@routes.post(DOMAIN_BLOCKS, "follow", "write", "write:blocks", takes="domain")
async def mute_host(call: Call) -> Any:
    await call.run(lambda tx: mutes.mute_host(tx, call.actor, call.get("domain")))
    return {}


@routes.delete(DOMAIN_BLOCKS, "follow", "write", "write:blocks", takes="domain")
async def unmute_host(call: Call) -> Any:
    await call.run(lambda tx: mutes.unmute_host(tx, call.actor, call.get("domain")))
    return {}


@routes.get(f"{DOMAIN_BLOCKS}/preview", "follow", "read", "read:blocks", takes="domain", returns="DomainBlockPreview")
async def preview(call: Call) -> Any:
    """Which followings would end."""
    async with call.reading() as tx:
        followed, following = await mute_rows.ties_with(tx, call.actor.id, hosts.host_in(call.get("domain")))
    return {"following_count": followed, "followers_count": following}
