"""Servers that this node has blocked, for its operators; moderators may read the list."""

from typing import Any, Final

from node.database import Transaction
from node.database.tables import HostBlock
from node.mastodon.answers import Answer, Page
from node.mastodon.calls import Call
from node.mastodon.entities.administration import domain_block, domain_block_id
from node.mastodon.errors import Absent
from node.mastodon.paging import size, window
from node.mastodon.routing import Routes
from node.services import administration

routes = Routes()
READ: Final = ("admin:read", "admin:read:domain_blocks")
WRITE: Final = ("admin:write", "admin:write:domain_blocks")
BLOCKS: Final = "/api/v1/admin/domain_blocks"
BLOCK: Final = f"{BLOCKS}/{{id:[0-9]+}}"


async def _one(tx: Transaction, call: Call) -> HostBlock:
    """Raises `Absent`."""
    for row in await administration.host_blocks(tx, call.user):
        if domain_block_id(row.host) == call.id():
            return row
    raise Absent


def _said(call: Call) -> dict[str, Any]:
    comments = {"private": call.get("private_comment"), "public": call.get("public_comment")}
    return {"severity": call.get("severity", "suspend"), **comments}


@routes.get(BLOCKS, *READ, takes="window", returns="[AdminDomainBlock]", pages=True)
async def blocks(call: Call) -> Any:
    """In the order of their ids, which has no meaning."""
    part, most = window(call, default=100, most=200), size(call, default=100, most=200)
    async with call.reading() as tx:
        rows = await administration.host_blocks(tx, call.user)
    known = sorted(((domain_block_id(row.host), row) for row in rows), key=lambda one: one[0], reverse=True)
    within = [one for one in known if (part.before is None or one[0] < part.before) and one[0] > part.floor]
    found = within[-most:] if part.upwards else within[:most]
    older = found[-1][0] if len(found) == most else None
    return Page([domain_block(row) for _, row in found], older, found[0][0] if found else None)


@routes.get(BLOCK, *READ, returns="AdminDomainBlock")
async def block(call: Call) -> Any:
    async with call.reading() as tx:
        return domain_block(await _one(tx, call))


@routes.post(BLOCKS, *WRITE, takes="admin_domain_block", returns="AdminDomainBlock")
async def add(call: Call) -> Any:
    async def work(tx: Transaction) -> Any:
        try:
            return domain_block(await administration.block_host(tx, call.user, call.get("domain"), **_said(call)))
        except administration.Blocked as error:
            return Answer({"error": str(error), "existing_domain_block": domain_block(error.known)}, status=422)

    return await call.run(work)


@routes.put(BLOCK, *WRITE, takes="admin_domain_block_change", returns="AdminDomainBlock")
async def change(call: Call) -> Any:
    async def work(tx: Transaction) -> Any:
        known = await _one(tx, call)
        return domain_block(await administration.describe_host_block(tx, call.user, known, **_said(call)))

    return await call.run(work)


@routes.delete(BLOCK, *WRITE, returns="AdminDomainBlock")
async def remove(call: Call) -> Any:
    async def work(tx: Transaction) -> Any:
        known = await _one(tx, call)
        await administration.unblock_host(tx, call.user, known)
        return domain_block(known)

    return await call.run(work)
