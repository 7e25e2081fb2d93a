"""The node itself as an actor (Application): signs fetches and reports, so that nobody's reading is told."""

from typing import Final

from federation import keys
from federation.keys import PrivateKey
from node.database import Transaction
from node.database.tables import Actor
from node.errors import NotFound
from node.queries import actors as actor_rows
from node.services import addresses
from node.services.newcomers import KeyPair, add_local

USERNAME: Final = "node"
"""Reserved: nobody else of this node can have it."""


async def find(tx: Transaction) -> Actor | None:
    return await actor_rows.by_uri(tx, addresses.application(tx))


async def required(tx: Transaction) -> Actor:
    """Raises `NotFound` before the first start."""
    found = await find(tx)
    if found is None:
        raise NotFound("This node has not been set up: run `ordito init`.")
    return found


async def ensure(tx: Transaction, pair: KeyPair) -> Actor:
    """Makes it where it is not there yet."""
    found = await find(tx)
    if found is not None:
        return found
    return await add_local(tx, "Application", USERNAME, pair, name=tx.settings.node_name)


def signing_key(pem: str) -> PrivateKey:
    return keys.load_private_key(pem)
