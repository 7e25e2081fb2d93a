"""Update, Delete and Move of actors."""

from datetime import timedelta
from typing import Final

from federation.vocabulary import Activity
from node.database import Transaction
from node.database.tables import Actor
from node.errors import Missing, Refused
from node.handlers.table import Incoming, inbox
from node.queries import actors as actor_rows, inbox_items
from node.services import departures, follows

_ACTORS: Final = ("Application", "Group", "Organization", "Person", "Service")

MOVE_AGAIN_AFTER: Final = timedelta(days=30)
"""Mastodon waits 7 days. An account that is passed around takes followers where they did not want to go."""


@inbox.on("Update", *_ACTORS)
async def update(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """The profile is read anew from its own address: keys are never taken from an Update."""
    uri = activity.object_id or ""
    if uri != incoming.sender.uri and (incoming.relayed_by is None or uri != incoming.relayed_by.uri):
        raise Refused("authz.actor")
    if uri not in tx.tried:
        raise Missing(uri, "actor")


@inbox.on("Delete", *_ACTORS)
async def delete(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """An account that goes takes everything with it."""
    if activity.object_id != incoming.sender.uri or incoming.relayed_by is not None:
        raise Refused("authz.actor")
    if incoming.sender.deleted_at is None:
        await departures.empty(tx, incoming.sender)


@inbox.on("Move", *_ACTORS)
async def move(tx: Transaction, activity: Activity, incoming: Incoming) -> None:
    """Followers here follow the new account, which must name the old one in `alsoKnownAs`: looked up now."""
    if activity.object_id != incoming.sender.uri or incoming.relayed_by is not None:
        raise Refused("authz.actor")
    if activity.target is None:
        raise Refused("move.target")
    new = await _target(tx, activity.target)
    if incoming.sender.uri not in new.also_known_as:
        raise Refused("move.not_known_as")
    if await inbox_items.handled_since(tx, incoming.sender.uri, "Move", tx.now - MOVE_AGAIN_AFTER):
        raise Refused("move.too_soon")
    await actor_rows.change(tx, incoming.sender, moved_to=new.uri)
    await follows.move(tx, incoming.sender, new)


async def _target(tx: Transaction, uri: str) -> Actor:
    known = await actor_rows.by_uri(tx, uri)
    if known is not None and (known.is_local or tx.tried.get(uri, False)):
        return known
    if uri in tx.tried:
        raise Refused("move.unreachable")
    raise Missing(uri, "actor")
