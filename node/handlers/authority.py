"""Whose word counts for what arrives. Rights are rows of ours; a relay lends nobody any."""

from node.database import Transaction
from node.database.tables import Actor
from node.errors import Refused
from node.handlers.table import Incoming
from node.services import permissions


async def check_moderates(tx: Transaction, group: Actor, incoming: Incoming) -> None:
    """Raises `Refused`. What a group passes on counts for that group alone: who it says acted is its word, not a proof.

    Of a group elsewhere its own relay counts, or itself; of a group here, the rows that say who moderates it, and only
    for what a moderator has signed and delivered herself.
    """
    if incoming.relayed_by is not None:
        allowed = incoming.relayed_by.id == group.id
    elif group.is_local:
        allowed = await permissions.moderates(tx, incoming.sender, group)
    else:
        allowed = incoming.sender.id == group.id
    if not allowed:
        raise Refused("authz.moderator")


def check_not_relayed(incoming: Incoming) -> None:
    """Relations are never taken from a relay: nobody follows in another's name."""
    if incoming.relayed_by is not None:
        raise Refused("group.relation")
