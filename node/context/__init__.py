"""What every door and worker is handed: runs work in a transaction and fetches what it misses, with nothing open.

The only way to the network for all that stands above.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final, TypeVar

from federation.client import Client, Signer
from node.context.blocks import Blocks
from node.context.budget import Budget
from node.context.fetching import Fetcher
from node.context.keys import Keys
from node.context.remote_files import RemoteFiles
from node.context.rendered import Rendered
from node.context.resting import Resting
from node.context.rush import Rush
from node.context.signers import Signers
from node.context.strangers import Strangers
from node.context.translating import Translator
from node.context.uploads import Uploads
from node.database import Database, Transaction
from node.database.failures import Clash
from node.errors import Missing, Unreached
from node.events import Bus
from node.services import node_actor
from node.settings import Settings

__all__ = ["Budget", "Context", "Keys"]

T = TypeVar("T")
Work = Callable[[Transaction], Awaitable[T]]
MOST_ROUNDS: Final = 10
"""References that are fetched for one piece of work, one after the other; it does without any further."""
MOST_CONFLICTS: Final = 5


class Context:
    """One per process. `clock` is a parameter: tests move it."""

    def __init__(
        self, settings: Settings, database: Database, client: Client, clock: Callable[[], datetime] | None = None
    ) -> None:
        self.settings = settings
        self.database = database
        self.client = client
        self.now = clock or (lambda: datetime.now(UTC))
        self.fetcher = Fetcher(self)
        self.keys = Keys(self)
        self.strangers = Strangers(self)
        self.blocks = Blocks(self)
        self.rendered = Rendered(database.bus)
        self.resting = Resting(self)
        self.rush = Rush()
        self.translator = Translator(self)
        self.media = Uploads(self)
        self.remote_files = RemoteFiles(self)
        self._signers = Signers(self)
        self._node_id: int | None = None

    @property
    def bus(self) -> Bus:
        return self.database.bus

    async def run(self, work: Work[T], budget: Budget | None = None) -> T:
        """Does the work in one transaction, as often as it takes to fetch what it misses. Raises what the work does.

        Each reference is tried once; whether that worked stands in `tx.tried`. Where two processes made the same row
        the loser starts over.
        """
        return await self._run(self.database.transaction, work, budget)

    async def read(self, work: Work[T], budget: Budget | None = None) -> T:
        """The same for work that writes nothing: it does not wait for the one writer."""
        return await self._run(self.database.reading, work, budget)

    async def _run(self, opened: Callable[..., object], work: Work[T], budget: Budget | None) -> T:
        budget = budget or Budget()
        tried: dict[str, bool] = {}
        conflicts = 0
        while True:
            try:
                async with opened(self.now(), tried) as tx:  # type: ignore[attr-defined]  # both are context managers
                    return await work(tx)
            except Missing as missing:
                if missing.uri in tried:
                    raise Unreached(f"{missing.uri} cannot be reached now.") from missing
                within = len(tried) < MOST_ROUNDS
                tried[missing.uri] = within and await self.fetcher.fetch_and_store(missing, budget)
            except Clash:
                conflicts += 1
                if conflicts >= MOST_CONFLICTS:
                    raise
                await asyncio.sleep(0)

    async def signer(self, actor_id: int) -> Signer:
        """The RSA key that an actor of this node signs its requests with."""
        return await self._signers.of(actor_id)

    async def node_signer(self) -> Signer:
        """The node's own key: a person's would tell who is reading."""
        if self._node_id is None:
            async with self.database.reading(self.now()) as tx:
                self._node_id = (await node_actor.required(tx)).id
        return await self.signer(self._node_id)
