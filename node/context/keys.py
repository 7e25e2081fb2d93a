"""Public keys of those who sign requests: parsed once, kept, fetched when unknown, read anew when they fail.

A document is read anew at most once in ten minutes for a signature that does not fit (rotation), and once in a minute
for a key that it is said to list; failed fetches are remembered (Fedify CVE-2026-34148). In a minute a domain, with all
hosts below it, has so many fetches for accounts that are not known here, and a host some for those that are: whoever
makes up names keeps out nobody who is known. One fetch serves all who wait for a key of a document.
"""

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from federation import signatures
from federation.errors import FederationError, Unverified
from federation.identifiers import domain_of, host_of, without_fragment
from federation.keys import PublicKeyMaterial, parse_public_key
from federation.signatures import Claim
from federation.vocabulary import ActorDocument
from node.errors import NodeError, TooMany
from node.queries import actors as actor_rows

if TYPE_CHECKING:
    from node.context import Context

REFETCH_AFTER: Final = timedelta(minutes=10)
FAILED_FOR: Final = timedelta(minutes=10)
MINUTE: Final = timedelta(minutes=1)
UNKNOWN_PER_MINUTE: Final = 60
KNOWN_PER_MINUTE: Final = 20
KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key and the exact id of the actor who lists it."""

    material: PublicKeyMaterial
    actor_uri: str


class Keys:
    def __init__(self, context: "Context") -> None:
        self._context = context
        self._known: OrderedDict[str, KnownKey] = OrderedDict()
        self._failed: OrderedDict[str, datetime] = OrderedDict()
        self._read_at: OrderedDict[str, datetime] = OrderedDict()
        self._fetches: OrderedDict[tuple[str, bool], deque[datetime]] = OrderedDict()
        self._flights: dict[str, asyncio.Task[ActorDocument | None]] = {}
        self._standing: OrderedDict[str, bool] = OrderedDict()
        """Actors who are not suspended, and whether they are known."""
        context.bus.on("actors", self._known.clear)
        context.bus.on("actors", self._standing.clear)

    async def get(self, key_id: str) -> KnownKey:
        """Raises `Unverified` for a key that cannot be had, `TooMany` for a host that names too many."""
        known = self._known.get(key_id) or await self._stored(key_id)
        if known is not None:
            return known
        if host_of(key_id) == self._context.settings.host:
            raise Unverified("key.ours", "this node sends nothing to itself")
        failed = self._failed.get(key_id)
        if failed is not None and self._context.now() - failed < FAILED_FOR:
            raise Unverified("key.unknown", "the key cannot be fetched")
        found = await self._fetch(key_id, known=await self._check_new(key_id))
        if found is None:
            raise Unverified("key.unknown", "the key cannot be fetched")
        return found

    async def _check_new(self, key_id: str) -> bool:
        """Whether the actor of a key that is not known here is known itself. Raises `TooMany` for one key too many of a
        document, for a new account too many of a domain."""
        address = without_fragment(key_id)
        read_at = self._read_at.get(address)
        if address not in self._flights and read_at is not None and self._context.now() - read_at < MINUTE:
            raise TooMany("Too many unknown keys of this account; try again in a minute.")
        known = self._standing.get(address)
        if known is None:
            async with self._context.database.reading(self._context.now()) as tx:
                known = await actor_rows.by_uri(tx, address) is not None
        if not known:
            await self._context.strangers.check(address)
        return known

    async def verified(self, claim: Claim) -> KnownKey:
        """The key that a request was really signed with. Raises `Unverified`, `TooMany`."""
        known = await self.get(claim.key_id)
        try:
            signatures.verify(claim, known.material)
        except Unverified:
            renewed = await self.renewed(claim.key_id)
            if renewed is None:
                raise
            signatures.verify(claim, renewed.material)
            return renewed
        return known

    async def renewed(self, key_id: str) -> KnownKey | None:
        """The key as its actor lists it now, after one that did not verify; None where it was read just before."""
        read_at = self._read_at.get(without_fragment(key_id))
        if read_at is not None and self._context.now() - read_at < REFETCH_AFTER:
            return None
        return await self._fetch(key_id, known=True)

    async def suspended(self, actor_uri: str) -> bool:
        """Whether this node has suspended the actor; who is known to have a good key is not asked for."""
        if actor_uri in self._standing:
            return False
        async with self._context.database.reading(self._context.now()) as tx:
            actor = await actor_rows.by_uri(tx, actor_uri)
        if actor is not None and actor.suspended_at is not None:
            return True
        self._standing[actor_uri] = actor is not None
        _bound(self._standing)
        return False

    def met(self, actor_uri: str) -> None:
        """The actor is stored here from now on, with her keys."""
        self._standing.pop(actor_uri, None)

    async def _stored(self, key_id: str) -> KnownKey | None:
        if self._standing.get(without_fragment(key_id)) is False:
            return None  # whoever is not known here has no key here
        async with self._context.database.reading(self._context.now()) as tx:
            found = await actor_rows.key(tx, key_id)
        if found is None or found[1].suspended_at is not None or found[1].is_local:
            return None
        return self._keep(key_id, KnownKey(parse_public_key(found[0].material), found[1].uri))

    def _keep(self, key_id: str, known: KnownKey) -> KnownKey:
        self._known[key_id] = known
        _bound(self._known)
        return known

    async def _fetch(self, key_id: str, *, known: bool) -> KnownKey | None:
        """None for a key that is not there, or that its actor does not list."""
        address = without_fragment(key_id)
        flight = self._flights.get(address)
        if flight is None:
            self._count(address, known=known)
            flight = asyncio.ensure_future(self._read(address, known=known))
            self._flights[address] = flight
            flight.add_done_callback(lambda _: self._flights.pop(address, None))
        self._known.pop(key_id, None)
        actor = await asyncio.shield(flight)
        listed = next((key for key in actor.keys if key.id == key_id), None) if actor is not None else None
        if actor is None or listed is None:
            self._failed[key_id] = self._context.now()
            _bound(self._failed)
            return None
        self._failed.pop(key_id, None)
        return self._keep(key_id, KnownKey(parse_public_key(listed.material), actor.id))

    async def _read(self, address: str, *, known: bool) -> ActorDocument | None:
        """Stores the actor whose key is served there, with all of its keys; None where its word does not count."""
        self._read_at[address] = self._context.now()
        _bound(self._read_at)
        if await self._context.blocks.blocked(host_of(address)):
            return None
        try:
            actor, document = await self._context.fetcher.actor_with_key(address, known=known)
        except (FederationError, NodeError):  # the request that named the key is refused for it, and logged
            return None
        return document if actor.suspended_at is None else None

    def _count(self, address: str, *, known: bool) -> None:
        """Raises `TooMany` over the budget: 400 and 401 are final for many senders, this is not. Who owns a domain has
        as many hosts as he likes; accounts that are known here were counted by their domain when they became so."""
        now = self._context.now()
        host = host_of(address)
        times = self._fetches.setdefault((host if known else domain_of(host), known), deque())
        _bound(self._fetches)
        while times and now - times[0] > MINUTE:
            times.popleft()
        if len(times) >= (KNOWN_PER_MINUTE if known else UNKNOWN_PER_MINUTE):
            raise TooMany("Too many unknown keys from this host; try again in a minute.")
        times.append(now)


def _bound(kept: OrderedDict[Any, Any]) -> None:
    while len(kept) > KEPT:
        kept.popitem(last=False)
