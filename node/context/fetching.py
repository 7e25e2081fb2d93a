"""Fetching what work misses, and storing it: actors, posts and all that these need in their turn.

A document counts when its own id serves it (FEP-fe34). One fetch of an address serves all who wait for it.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import structlog

from federation import discovery
from federation.errors import FederationError, Gone, Unreachable
from federation.identifiers import Handle, host_of, parse_url
from federation.vocabulary import (
    ActorDocument,
    Document,
    PostDocument,
    TombstoneDocument,
    parse_actor,
    parse_object,
)
from node.context.budget import EXHAUSTED, Budget
from node.context.gathering import Gathering
from node.database import Transaction
from node.database.failures import UNAVAILABLE
from node.database.tables import Actor
from node.errors import Missing, NodeError
from node.queries import actors as actor_rows, posts as post_rows
from node.queries.visibility import OPEN
from node.services import posts, remote

if TYPE_CHECKING:
    from node.context import Context

log = structlog.get_logger()
T = TypeVar("T")
MOST_FOR_A_KEY: Final = 10
"""Requests: the key, its owner, and WebFinger at two hosts, with some redirects."""
DELETED = "fetch.gone"
"""410. A 404 says only that we may not see it: a signed fetch by the node is answered so for a followers-only post."""
UNSTORABLE = "fetch.unstorable"
"""What came breaks a rule of the database that its schema does not know of; the log has it already."""

_Found: TypeAlias = tuple[ActorDocument, Handle | None]
"""An actor, and the handle that WebFinger confirms."""


class Fetcher:
    def __init__(self, context: "Context") -> None:
        self._context = context
        self._flights: dict[str, asyncio.Task[bool]] = {}
        self._actors: Gathering[_Found, Actor] = Gathering(self._store_actors)

    async def fetch_and_store(self, missing: Missing, budget: Budget) -> bool:
        """Whether it is stored now. Never raises for what a peer does wrong: work goes on without it."""
        if not budget.take(missing.uri):
            return False
        if budget.depth > 0:
            # What is fetched for a fetch waits for nobody else's: two threads that answer each other would never end.
            return await self._attempt(missing, budget.deeper())
        flight = self._flights.get(missing.uri)
        if flight is None:
            flight = asyncio.ensure_future(self._attempt(missing, budget.deeper()))
            self._flights[missing.uri] = flight
            flight.add_done_callback(lambda _: self._flights.pop(missing.uri, None))
        return await asyncio.shield(flight)

    async def _attempt(self, missing: Missing, budget: Budget) -> bool:
        try:
            await self._fetch(missing.uri, budget)
        except FederationError as error:
            if error.reason != UNSTORABLE:
                log.info("fetch.failed", reason=error.reason, host=_host(missing.uri))
            if isinstance(error, Gone) and error.reason == DELETED:
                await self._gone(missing.uri)
            return False
        except NodeError as error:
            log.info("fetch.refused", reason=error.code, host=_host(missing.uri))
            return False
        return True

    async def _fetch(self, uri: str, budget: Budget) -> None:
        if uri.startswith("acct:"):
            uri = await discovery.resolve(self._context.client.within(budget.spend), Handle.parse(uri))
        if await self._context.blocks.blocked(host_of(uri)):
            raise Unreachable("host.blocked", "the host is blocked here")
        document = await self.document(uri, budget)
        await self.store(document, budget)

    async def document(self, uri: str, budget: Budget | None = None) -> Document:
        """What its own id serves."""
        client = self._context.client.within((budget or Budget()).spend)
        return (await client.fetch_object(uri, signer=await self._context.node_signer())).document

    async def store(self, document: Document, budget: Budget) -> None:
        """A document that its own id served. Raises for what is neither an actor nor a post."""
        value = parse_object(document)
        if isinstance(value, ActorDocument):
            await self.store_actor(value, budget)
        elif isinstance(value, PostDocument):
            await _stored(self._context.run(lambda tx: _store_post(tx, value), budget), host_of(value.id))
        elif isinstance(value, TombstoneDocument):
            await self._gone(value.id)
        else:
            raise Unreachable("fetch.kind", "the document is neither an actor nor a post")

    async def store_actor(self, value: ActorDocument, budget: Budget) -> None:
        """Under the handle that WebFinger confirms, if any.

        Raises `TooMany` for one of too many new ones that nobody here asked for.
        """
        unasked = budget.unasked and await self._is_new(value.id)
        await self._store_actor(value, budget, unasked=unasked)

    async def _store_actor(self, value: ActorDocument, budget: Budget, *, unasked: bool) -> Actor:
        if unasked:
            await self._context.strangers.check(value.id)
        handle = await self._handle(value, budget)
        actor = await _stored(self._actors.do((value, handle)), host_of(value.id))
        self._context.keys.met(actor.uri)
        if unasked:
            self._context.strangers.count(value.id)
        return actor

    async def _store_actors(self, found: Sequence[_Found]) -> Sequence[Actor]:
        async def work(tx: Transaction) -> Sequence[Actor]:
            await remote.recall_stored(tx, found)
            return [await remote.store_actor(tx, value, handle) for value, handle in found]

        return await self._context.run(work)

    async def _is_new(self, uri: str) -> bool:
        async with self._context.database.reading(self._context.now()) as tx:
            return await actor_rows.by_uri(tx, uri) is None

    async def _handle(self, value: ActorDocument, budget: Budget) -> Handle | None:
        own = frozenset({self._context.settings.host})
        client = self._context.client.within(budget.spend)
        try:
            return await discovery.confirm(client, value.id, value.username, own_hosts=own)
        except FederationError as error:
            if error.reason == EXHAUSTED:  # it may well have one
                raise
            log.info("webfinger.failed", reason=error.reason, host=host_of(value.id))
            return None

    async def actor_with_key(self, address: str, *, known: bool) -> tuple[Actor, ActorDocument]:
        """Stores the actor that a key belongs to. The key's own address serves the actor, or names its owner.

        `known`: whether there is an actor here under this address.
        """
        budget = Budget(MOST_FOR_A_KEY, unasked=True)
        value = parse_actor(await self._key_document(address, budget))
        unasked = not known if value.id == address else await self._is_new(value.id)
        return await self._store_actor(value, budget, unasked=unasked), value

    async def _key_document(self, address: str, budget: Budget) -> Document:
        signer = await self._context.node_signer()
        fetched = await self._context.client.within(budget.spend).fetch(address, signer=signer)
        owner = _owner(fetched.document)
        if owner is not None and owner == fetched.document.get("id") and parse_url(owner) == fetched.url:
            return fetched.document
        if owner is None or host_of(parse_url(owner)) != host_of(parse_url(address)):
            raise Unreachable("key.owner", "the key names no owner on its host")
        return await self.document(parse_url(owner), budget)

    async def _gone(self, uri: str) -> None:
        """The origin says that a post we hold is deleted."""

        async def work(tx: Transaction) -> None:
            post = await post_rows.by_uri(tx, uri)
            ours = uri.startswith(tx.settings.base_url + "/")
            if post is not None and post.deleted_at is None and post.visibility in OPEN and not ours:
                await posts.erase(tx, post, await actor_rows.known(tx, post.author_id))

        await self._context.run(work)


async def _stored(storing: Awaitable[T], host: str) -> T:
    """Raises `Unreachable` for a document that cannot be stored, whatever is wrong with it: whoever wrote it must not
    make a door answer 500, or a worker try again for days. That the database is away is raised as it is."""
    try:
        return await storing
    except (FederationError, NodeError, *UNAVAILABLE):
        raise
    except Exception as error:
        log.exception("fetch.failed", reason=UNSTORABLE, host=host)
        raise Unreachable(UNSTORABLE, "the document cannot be stored") from error


async def _store_post(tx: Transaction, value: PostDocument) -> None:
    post, new = await remote.store_post(tx, value, delivered=False)
    if not new and post.deleted_at is None:
        await remote.update_post(tx, post, value)


def _owner(document: Document) -> str | None:
    """The actor of a key document: itself, or whom its `publicKey` or the key itself names."""
    if isinstance(document.get("inbox"), str):
        return document.get("id") if isinstance(document.get("id"), str) else None
    key = document.get("publicKey")
    for part in (document, key if isinstance(key, dict) else {}):
        for name in ("owner", "controller"):
            if isinstance(part.get(name), str):
                return str(part[name])
    return None


def _host(uri: str) -> str:
    return uri.rpartition("@")[2] if uri.startswith("acct:") else host_of(uri)
