"""What was deleted stays deleted: ids are kept as hashes, so that a late or replayed Create revives nothing."""

from collections.abc import Iterable
from hashlib import sha256

from node.database import Transaction
from node.database.tables import Tombstone
from node.queries import actors


def _hash(uri: str) -> str:
    return sha256(uri.encode()).hexdigest()


async def remember(tx: Transaction, uri: str, actor_uri: str, former_type: str | None = None) -> None:
    await actors.entomb(tx, _hash(uri), _hash(actor_uri), former_type, tx.now)


async def buried(tx: Transaction, uri: str, actor_uri: str) -> bool:
    """Whether this actor deleted it before; a stranger's Delete that came first buries nothing."""
    found = await actors.tombstone(tx, _hash(uri))
    return found is not None and found.actor_hash == _hash(actor_uri)


async def of(tx: Transaction, uri: str) -> Tombstone | None:
    return await actors.tombstone(tx, _hash(uri))


async def recall(tx: Transaction, uris: Iterable[str]) -> None:
    """Looks up all of them at once, for a batch that will ask for each."""
    await actors.recall_tombstones(tx, (_hash(uri) for uri in uris))
