"""What somebody does with one account: follows it, blocks it, mutes it, notes something of it. Each says what is then.

A group is followed and left as a person is: that joins and leaves it.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from node.database import Transaction
from node.database.tables import Actor
from node.errors import NotFound
from node.mastodon.calls import Call, ids
from node.mastodon.entities.accounts import Entity
from node.mastodon.entities.relationships import relationship
from node.mastodon.routing import Routes
from node.queries import accounts as account_rows, relationships as relationship_rows
from node.services import acquaintances, blocks, follows, mutes
from node.services.acquaintances import Wishes

routes = Routes()
ACCOUNT = "/api/v1/accounts/{id:[0-9]+}"
MOST = 80
"""Accounts of which one may ask at once."""


async def between(tx: Transaction, call: Call, actor_ids: Sequence[int]) -> list[Entity]:
    return [relationship(view) for view in await relationship_rows.of(tx, call.actor, actor_ids)]


async def changed(call: Call, work: Callable[[Transaction, Actor], Awaitable[Any]]) -> Entity:
    """Does it with the account in the address, as far as she may know of that one; what is between them then."""

    async def whole(tx: Transaction) -> Entity:
        target = await account_rows.known_to(tx, call.actor, call.id())
        await work(tx, target)
        return await after(tx, call, target)

    return await call.run(whole)


async def after(tx: Transaction, call: Call, target: Actor) -> Entity:
    found = await between(tx, call, [target.id])
    if not found:
        raise NotFound("That account is not there.")
    return found[0]


@routes.get("/api/v1/accounts/relationships", "read", "read:follows", takes="account_ids", returns="[Relationship]")
async def relationships(call: Call) -> Any:
    async with call.reading() as tx:
        return await between(tx, call, ids(call.get("id"))[:MOST])


@routes.post(f"{ACCOUNT}/follow", "follow", "write", "write:follows", takes="follow", returns="Relationship")
async def follow(call: Call) -> Any:
    wishes = Wishes(call.get("reblogs"), call.get("notify"), call.get("languages"))
    return await changed(call, lambda tx, target: acquaintances.follow(tx, call.actor, target, wishes))


@routes.post(f"{ACCOUNT}/unfollow", "follow", "write", "write:follows", returns="Relationship")
async def unfollow(call: Call) -> Any:
    return await changed(call, lambda tx, target: follows.end(tx, call.actor, target))


@routes.post(f"{ACCOUNT}/remove_from_followers", "follow", "write", "write:follows", returns="Relationship")
async def remove_from_followers(call: Call) -> Any:
    return await changed(call, lambda tx, target: acquaintances.remove_follower(tx, call.actor, target))


@routes.post(f"{ACCOUNT}/block", "follow", "write", "write:blocks", returns="Relationship")
async def block(call: Call) -> Any:
    return await changed(call, lambda tx, target: blocks.block(tx, call.actor, target))


@routes.post(f"{ACCOUNT}/unblock", "follow", "write", "write:blocks", returns="Relationship")
async def unblock(call: Call) -> Any:
    return await changed(call, lambda tx, target: blocks.unblock(tx, call.actor, target))


@routes.post(f"{ACCOUNT}/mute", "follow", "write", "write:mutes", takes="mute", returns="Relationship")
async def mute(call: Call) -> Any:
    how = {"notifications": call.get("notifications", True), "duration": call.get("duration", 0)}
    return await changed(call, lambda tx, target: mutes.mute(tx, call.actor, target, **how))


@routes.post(f"{ACCOUNT}/unmute", "follow", "write", "write:mutes", returns="Relationship")
async def unmute(call: Call) -> Any:
    return await changed(call, lambda tx, target: mutes.unmute(tx, call.actor, target))


@routes.post(f"{ACCOUNT}/note", "write", "write:accounts", takes="note", returns="Relationship")
async def note(call: Call) -> Any:
    return await changed(call, lambda tx, target: acquaintances.note(tx, call.actor, target, call.get("comment", "")))


@routes.post(f"{ACCOUNT}/pin", "write", "write:accounts", returns="Relationship")
@routes.post(f"{ACCOUNT}/endorse", "write", "write:accounts", returns="Relationship")
async def endorse(call: Call) -> Any:
    return await changed(call, lambda tx, target: acquaintances.endorse(tx, call.actor, target))


@routes.post(f"{ACCOUNT}/unpin", "write", "write:accounts", returns="Relationship")
@routes.post(f"{ACCOUNT}/unendorse", "write", "write:accounts", returns="Relationship")
async def unendorse(call: Call) -> Any:
    return await changed(call, lambda tx, target: relationship_rows.unendorse(tx, call.actor.id, target.id))
