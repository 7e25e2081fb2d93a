"""Actors by id, address and name; their keys; writing them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import bindparam, delete, insert, or_, select, update

from federation.identifiers import Handle, covering_hosts
from node.database import Transaction
from node.database.memory import UNKNOWN
from node.database.tables import Actor, ActorKey, ActorSecret, Block, HostBlock, Tombstone
from node.errors import Missing, NotFound

_BY_URI: Final = "actor.uri"
_BLOCK: Final = "actor.block"
_HANDLE: Final = "actor.handle"
_HOST: Final = "host.blocked"
_KEY: Final = "actor.key"
_LISTED: Final = "actor.key.listed"
_TOMBSTONE: Final = "tombstone"

_OF_URI: Final = select(Actor).where(Actor.uri == bindparam("uri"))
_OF_KEY: Final = (
    select(ActorKey, Actor).join(Actor, Actor.id == ActorKey.actor_id).where(ActorKey.id == bindparam("key"))
)


async def by_id(tx: Transaction, actor_id: int) -> Actor | None:
    return await tx.get(Actor, actor_id)


async def known(tx: Transaction, actor_id: int) -> Actor:
    """An actor that some row refers to, so that it must be there."""
    actor = await tx.get(Actor, actor_id)
    if actor is None:
        raise NotFound("That account is not there.")
    return actor


async def by_uri(tx: Transaction, uri: str) -> Actor | None:
    known = tx.memory.get(_BY_URI, uri)
    found: Actor | None = known if known is not UNKNOWN else await tx.one(_OF_URI, uri=uri)
    return found


async def required(tx: Transaction, uri: str) -> Actor:
    """Raises `Missing`, so that it is fetched, unless it is one of ours, which nobody can fetch."""
    actor = await by_uri(tx, uri)
    if actor is None and uri.startswith(tx.settings.base_url + "/"):
        raise NotFound("That account is not there.")
    if actor is None:
        raise Missing(uri, "actor")
    return actor


async def by_page(tx: Transaction, url: str) -> Actor | None:
    """By the address of its page. Reads all actors: for an address that a person pastes, after it was fetched."""
    found: Actor | None = await tx.one(select(Actor).where(Actor.url == url).order_by(Actor.id))
    return found


async def by_uris(tx: Transaction, uris: Iterable[str]) -> dict[str, Actor]:
    """Those that are known, by their id. No other is fetched."""
    wanted = set(uris)
    found = {uri: actor for uri in wanted if (actor := tx.memory.get(_BY_URI, uri)) not in {None, UNKNOWN}}
    left = tx.memory.missing(_BY_URI, wanted)
    if left:
        found |= {actor.uri: actor for actor in await tx.all(select(Actor).where(Actor.uri.in_(left)))}
    return found


async def recall(tx: Transaction, uris: Iterable[str]) -> None:
    """Looks up all of them at once, for a batch that will ask for each."""
    wanted = tx.memory.missing(_BY_URI, uris)
    if wanted:
        tx.memory.put_all(_BY_URI, wanted, await by_uris(tx, wanted))


async def recall_tombstones(tx: Transaction, hashes: Iterable[str]) -> None:
    wanted = tx.memory.missing(_TOMBSTONE, hashes)
    if wanted:
        found = {row.hash: row for row in await tx.all(select(Tombstone).where(Tombstone.hash.in_(wanted)))}
        tx.memory.put_all(_TOMBSTONE, wanted, found)


async def by_ids(tx: Transaction, ids: Iterable[int]) -> dict[int, Actor]:
    wanted = set(ids)
    if not wanted:
        return {}
    return {actor.id: actor for actor in await tx.all(select(Actor).where(Actor.id.in_(wanted)))}


async def by_handle(tx: Transaction, handle: Handle) -> Actor | None:
    found: Actor | None = await tx.one(select(Actor).where(Actor.handle == str(handle).lower()))
    return found


async def local(tx: Transaction, name: str) -> Actor | None:
    """A person or group of this node, by its name in any case."""
    return await by_handle(tx, Handle(name, tx.settings.host))


async def required_local(tx: Transaction, name: str) -> Actor:
    actor = await local(tx, name)
    if actor is None:
        raise NotFound(f"There is nobody here with the name {name}.")
    return actor


async def application(tx: Transaction) -> Actor | None:
    """The node's own actor, under whatever address it was made."""
    found: Actor | None = await tx.one(select(Actor).where(Actor.host.is_(None), Actor.type == "Application"))
    return found


async def by_collection(tx: Transaction, uri: str) -> Actor | None:
    """The actor whose featured or moderators collection this is."""
    found: Actor | None = await tx.one(select(Actor).where((Actor.featured_uri == uri) | (Actor.moderators_uri == uri)))
    return found


async def insert_local(tx: Transaction, values: dict[str, Any]) -> Actor:
    await tx.execute(insert(Actor).values(**values))
    return await known(tx, values["id"])


async def upsert(tx: Transaction, values: dict[str, Any]) -> Actor:
    """Stores a remote actor under its uri; an actor that held the same handle before loses it."""
    if values["handle"] is not None:
        await _take_handle(tx, values["handle"], values["uri"])
    existing = await by_uri(tx, values["uri"])
    if existing is not None:
        await change(tx, existing, **values)
        return existing
    added = tx.add(Actor, {"id": tx.new_id(), "created_at": tx.now, **values})
    tx.memory.put(_BY_URI, added.uri, added)
    return added


async def _take_handle(tx: Transaction, handle: str, uri: str) -> None:
    """For the actor at `uri`, from whoever else has it."""
    if tx.memory.get(_HANDLE, handle) not in {None, uri}:
        await tx.execute(update(Actor).where(Actor.handle == handle, Actor.uri != uri).values(handle=None))
    tx.memory.put(_HANDLE, handle, uri)


async def change(tx: Transaction, actor: Actor, **values: Any) -> None:
    if not await tx.write(actor, values):
        tx.memory.forget(_BY_URI, actor.uri)
    tx.tell("actors")
    tx.tell_of("actor", actor.id)


async def set_keys(tx: Transaction, actor: Actor, keys: Sequence[dict[str, Any]]) -> None:
    """The keys that its own document lists now; earlier ones die at this moment."""
    ids = [key["id"] for key in keys]
    if any(tx.memory.get(_KEY, key) is not None for key in (actor.uri, *ids)):
        await tx.execute(delete(ActorKey).where((ActorKey.actor_id == actor.id) | ActorKey.id.in_(ids)))
    for key in (actor.uri, *ids):
        tx.memory.put(_KEY, key, True)
    tx.memory.forget_all(_LISTED)
    tx.insert(ActorKey, [{"actor_id": actor.id, **key} for key in keys])


async def recall_stored(tx: Transaction, uris: Sequence[str], handles: Sequence[str], keys: Sequence[str]) -> None:
    """Looks up at once what storing actors asks for: they themselves, whoever has their handles, and their keys."""
    await recall(tx, uris)
    holders = await tx.rows(select(Actor.handle, Actor.uri).where(Actor.handle.in_(handles)))
    tx.memory.put_all(_HANDLE, handles, dict(list(holders)))
    named = or_(Actor.uri.in_(uris), ActorKey.id.in_(keys))
    rows = await tx.rows(select(ActorKey.id, Actor.uri).join(Actor, Actor.id == ActorKey.actor_id).where(named))
    tx.memory.put_all(_KEY, (*uris, *keys), {known: True for row in rows for known in row})


async def keys_of(tx: Transaction, actor: Actor) -> Sequence[ActorKey]:
    return await tx.all(select(ActorKey).where(ActorKey.actor_id == actor.id).order_by(ActorKey.assertion, ActorKey.id))


async def recall_listed_keys(tx: Transaction, key_ids: Iterable[str]) -> None:
    """Looks up at once whose keys these are."""
    wanted = tx.memory.missing(_LISTED, key_ids)
    if wanted:
        of_them = select(ActorKey, Actor).join(Actor, Actor.id == ActorKey.actor_id).where(ActorKey.id.in_(wanted))
        tx.memory.put_all(_LISTED, wanted, {key.id: (key, actor) for key, actor in await tx.rows(of_them)})


async def key(tx: Transaction, key_id: str) -> tuple[ActorKey, Actor] | None:
    known = tx.memory.get(_LISTED, key_id)
    if known is not UNKNOWN:
        return cast("tuple[ActorKey, Actor] | None", known)
    rows = await tx.rows(_OF_KEY, key=key_id)
    return (rows[0][0], rows[0][1]) if rows else None


async def insert_secret(tx: Transaction, actor: Actor, *, rsa: str, ed25519: str) -> None:
    tx.insert(ActorSecret, [{"actor_id": actor.id, "rsa": rsa, "ed25519": ed25519}])


async def secret(tx: Transaction, actor_id: int) -> ActorSecret:
    found = await tx.get(ActorSecret, actor_id)
    if found is None:
        raise NotFound("That account is not one of this node.")
    return found


async def blocks(tx: Transaction, actor_id: int, target_id: int) -> bool:
    """Whether the first blocks the second."""
    known = tx.memory.get(_BLOCK, (actor_id, target_id))
    if known is not UNKNOWN:
        return bool(known)
    return await tx.one(select(Block.id).where(Block.actor_id == actor_id, Block.target_id == target_id)) is not None


async def recall_blocks(tx: Transaction, pairs: Iterable[tuple[int, int]]) -> None:
    """Looks up at once who of these (actor, target) blocks whom."""
    wanted = tx.memory.missing(_BLOCK, pairs)
    if not wanted:
        return
    blocking, blocked = ({pair[side] for pair in wanted} for side in (0, 1))
    between = Block.actor_id.in_(blocking), Block.target_id.in_(blocked)
    rows = await tx.rows(select(Block.actor_id, Block.target_id).where(*between))
    tx.memory.put_all(_BLOCK, wanted, dict.fromkeys(rows, True))


async def block(tx: Transaction, actor: Actor, target: Actor, uri: str) -> None:
    row = {"id": tx.new_id(), "actor_id": actor.id, "target_id": target.id, "uri": uri, "created_at": tx.now}
    tx.memory.forget(_BLOCK, (actor.id, target.id))
    tx.insert(Block, [row], once=True)


async def unblock(tx: Transaction, actor: Actor, target: Actor) -> None:
    await tx.execute(delete(Block).where(Block.actor_id == actor.id, Block.target_id == target.id))
    tx.memory.forget(_BLOCK, (actor.id, target.id))


async def forget_blocks(tx: Transaction, actor_id: int) -> None:
    """Of one that goes: by her and of her."""
    await tx.execute(delete(Block).where((Block.actor_id == actor_id) | (Block.target_id == actor_id)))
    tx.memory.forget_all(_BLOCK)


async def blocked_hosts(tx: Transaction) -> frozenset[str]:
    return frozenset(await tx.all(select(HostBlock.host)))


async def host_blocked(tx: Transaction, host: str) -> bool:
    """The host itself, with or without its port, or a domain that it is part of."""
    names = covering_hosts(host)
    left = tx.memory.missing(_HOST, names)
    if any(tx.memory.get(_HOST, name) for name in names if name not in left):
        return True
    return bool(left) and await tx.one(select(HostBlock.host).where(HostBlock.host.in_(left)).limit(1)) is not None


async def recall_host_blocks(tx: Transaction, hosts: Iterable[str]) -> None:
    """Looks up at once which of these hosts are blocked."""
    wanted = tx.memory.missing(_HOST, (name for host in hosts for name in covering_hosts(host)))
    if wanted:
        blocked = await tx.all(select(HostBlock.host).where(HostBlock.host.in_(wanted)))
        tx.memory.put_all(_HOST, wanted, dict.fromkeys(blocked, True))


async def block_host(tx: Transaction, host: str) -> None:
    tx.insert(HostBlock, [{"host": host, "created_at": tx.now}], once=True)
    tx.memory.forget(_HOST, host)
    tx.tell("blocks")


async def unblock_host(tx: Transaction, host: str) -> None:
    await tx.execute(delete(HostBlock).where(HostBlock.host == host))
    tx.memory.forget(_HOST, host)
    tx.tell("blocks")


async def entomb(tx: Transaction, uri_hash: str, actor_hash: str, former_type: str | None, at: datetime) -> None:
    row = {"hash": uri_hash, "actor_hash": actor_hash, "former_type": former_type, "deleted_at": at}
    tx.insert(Tombstone, [row], once=True)
    tx.memory.forget(_TOMBSTONE, uri_hash)


async def tombstone(tx: Transaction, uri_hash: str) -> Tombstone | None:
    known = tx.memory.get(_TOMBSTONE, uri_hash)
    found: Tombstone | None = known if known is not UNKNOWN else await tx.get(Tombstone, uri_hash)
    return found
