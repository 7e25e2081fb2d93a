"""The first start of a node: its own actor, and an operator who can sign in."""

from typing import Final

from node.database import Transaction
from node.database.tables import Actor
from node.errors import Conflict
from node.queries import actors as actor_rows, users as user_rows
from node.services import addresses, node_actor
from node.services.newcomers import KeyPair
from node.services.users import NewPerson, add, sign_in_link

OPERATOR: Final = "operator"


async def lacks_node(tx: Transaction) -> bool:
    """Whether the node has no actor yet. Raises `Conflict` where its address is not the one it was set up with."""
    found = await actor_rows.application(tx)
    if found is not None and found.uri != addresses.application(tx):
        former = found.uri.removesuffix("/actor")
        raise Conflict(
            f"This database was set up as {former}, and the settings say {tx.settings.base_url}: a node keeps its "
            "address, which stands in everything it has ever sent. Set ORDITO_BASE_URL as it was (in development, "
            "without it, the port of ORDITO_LISTEN counts), or another ORDITO_DATA_DIR for another node.",
            "setup.address",
        )
    return found is None


async def lacks_operator(tx: Transaction) -> bool:
    return not await user_rows.any_operator(tx)


async def ensure_node(tx: Transaction, pair: KeyPair) -> Actor:
    """Raises `Conflict` where the database was set up under another address."""
    await lacks_node(tx)
    return await node_actor.ensure(tx, pair)


async def ensure_operator(tx: Transaction, pair: KeyPair) -> None:
    """The account that the first operator signs in to, where there is none yet."""
    if await lacks_operator(tx):
        await add(tx, NewPerson(await _free_name(tx), role="operator"), pair)


async def _free_name(tx: Transaction) -> str:
    """`operator`, unless somebody else has taken it."""
    name, number = OPERATOR, 1
    while await actor_rows.local(tx, name) is not None:
        number += 1
        name = f"{OPERATOR}{number}"
    return name


async def operator_link(tx: Transaction) -> str | None:
    """A link for the first operator while nobody with that role has signed in; None where she has a password."""
    if await user_rows.any_operator_signed_in(tx):
        return None
    for operator in await user_rows.operators(tx):
        user = await user_rows.by_actor(tx, operator.id)
        if user is not None and user.password_hash is None:
            return await sign_in_link(tx, user)
    return None
