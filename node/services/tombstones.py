"""What was deleted stays deleted: ids are kept as hashes, so that a late or replayed Create revives nothing."""

from collections.abc import Iterable
from hashlib import sha256

from node.database import Transaction
from node.database.tables import Tombstone
from node.queries import actors as actor_rows


def _hash(uri: str) -> str:
    return sha256(uri.encode()).hexdigest()


async def remember(tx: Transaction, uri: str, actor_uri: str, former_type: str | None = None) -> None:
    """That this actor deleted it: a Create of hers with that id has no effect any more."""
    await actor_rows.entomb(tx, _hash(uri), _hash(actor_uri), former_type, tx.now)


async def remember_unseen(tx: Transaction, uri: str, actor_uri: str) -> None:
    """That somebody took back what we do not have, hers or not: noted beside her name, so that nobody can use up an id
    of another's."""
    await actor_rows.entomb(tx, _hash(f"{actor_uri} {uri}"), _hash(actor_uri), None, tx.now)


async def buried(tx: Transaction, uri: str, actor_uri: str) -> bool:
    """Whether this actor deleted it before; a stranger's Delete that came first buries nothing."""
    found = await actor_rows.tombstone(tx, _hash(uri))
    if found is not None and found.actor_hash == _hash(actor_uri):
        return True
    return await actor_rows.tombstone(tx, _hash(f"{actor_uri} {uri}")) is not None


async def of(tx: Transaction, uri: str) -> Tombstone | None:
    return await actor_rows.tombstone(tx, _hash(uri))


async def recall(tx: Transaction, written: Iterable[tuple[str, str]]) -> None:
    """Looks up at once all that `buried` will ask for: (uri, its author's uri) of each."""
    hashes = [_hash(text) for uri, author in written for text in (uri, f"{author} {uri}")]
    await actor_rows.recall_tombstones(tx, hashes)
