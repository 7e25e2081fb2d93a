"""The slow road of the inbox: items that miss something, each fetched for and run again alone, a few at a time.

The fast road never waits for it. Who set an item aside waits in line, first come first served, at most so many of one
host at once and each so long: a host that answers slowly, or never, delays its own.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from federation.errors import FederationError
from federation.identifiers import domain_of, host_of
from node.context import Budget, Context
from node.database import Transaction
from node.database.tables import InboxItem
from node.errors import Later, NodeError, Unreached
from node.queries import inbox_items
from node.workers import backoff

log = structlog.get_logger()
AT_ONCE: Final = 8
PER_HOST: Final = 2
LONGEST: Final = 90.0
"""Seconds for one attempt, whatever it fetches."""
LONGEST_LINE: Final = 500
"""Actors whose items wait in line; further ones stay in their table for a while."""
PER_DOMAIN: Final = 100
MOST_ATTEMPTS: Final = 8
HOLD_ATTEMPTS: Final = 6
MOST_LEASES: Final = 12
"""An item that was begun so often and never ended, not even with an error, is given up."""

Process = Callable[[Transaction, InboxItem], Awaitable[tuple[str, str | None]]]


class SlowRoad:
    """`process` gives an item its effect in a transaction, and says what came of it."""

    def __init__(self, context: Context, process: Process) -> None:
        self._context = context
        self._process = process
        self._line: dict[str, int] = {}
        """The first item of each actor that waits; the actor's later ones wait behind it, in their table."""
        self._running: set[asyncio.Task[None]] = set()
        self._domains: Counter[str] = Counter()
        """Of those in line."""
        self._busy: Counter[str] = Counter()

    @property
    def waiting(self) -> Sequence[str]:
        """Actors whose items are not to be taken now."""
        return tuple(self._line)

    def line_up(self, item: InboxItem) -> bool:
        """Whether there is a place for it. One domain has not all of them, however many actors it makes."""
        if item.actor_uri in self._line:
            return True
        domain = domain_of(host_of(item.actor_uri))
        if len(self._line) >= LONGEST_LINE or self._domains[domain] >= PER_DOMAIN:
            return False
        self._line[item.actor_uri] = item.id
        self._domains[domain] += 1
        return True

    async def start(self) -> bool:
        """Leases and starts as many as there is room for; whether there were any."""
        chosen: list[tuple[int, str]] = []
        for actor_uri, item_id in list(self._line.items()):
            host = host_of(actor_uri)
            if len(self._running) + len(chosen) >= AT_ONCE:
                break
            if self._busy[host] < PER_HOST:
                self._busy[host] += 1
                chosen.append((item_id, host))
                self._leave(actor_uri, host)
        if not chosen:
            return False
        leased = set(await self._context.run(lambda tx: inbox_items.lease(tx, [item_id for item_id, _ in chosen])))
        for item_id, host in chosen:
            if item_id not in leased:  # another process was quicker
                self._busy[host] -= 1
                continue
            task = asyncio.create_task(self._alone(item_id, host))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return True

    def _leave(self, actor_uri: str, host: str) -> None:
        del self._line[actor_uri]
        self._domains.subtract([domain_of(host)])
        self._domains += Counter()

    async def finish(self) -> None:
        """Ends what is under way and what waits in line."""
        while self._running or self._line:
            await self.start()
            await asyncio.gather(*self._running)

    async def _alone(self, item_id: int, host: str) -> None:
        try:
            async with asyncio.timeout(LONGEST):
                await self._attempt(item_id)
        except TimeoutError:
            await self._again(item_id, "slow", "what it needs does not come in time", MOST_ATTEMPTS)
        finally:
            self._busy[host] -= 1
            self._busy += Counter()
            self._context.bus.publish(["inbox"])

    async def _attempt(self, item_id: int) -> None:
        budget = Budget(unasked=True)

        async def work(tx: Transaction) -> None:
            item = await tx.get(InboxItem, item_id)
            if item is None or item.due_at is None:
                return
            budget.unasked = item.kind != "Announce"  # what is passed on comes from whom somebody here follows
            if item.attempts > MOST_LEASES:
                await inbox_items.finish(tx, item_id, "failed", "begun too often")
                return
            outcome, reason = await self._process(tx, item)
            await inbox_items.finish(tx, item_id, outcome, reason)

        try:
            await self._context.run(work, budget)
        except Later as later:
            await self._again(item_id, "held", str(later), HOLD_ATTEMPTS, then="ignored")
        except Unreached:
            await self._again(item_id, "unreachable", "a reference cannot be reached", MOST_ATTEMPTS)
        except (NodeError, FederationError) as error:
            reason = error.reason if isinstance(error, FederationError) else error.code
            await self._context.run(lambda tx: inbox_items.finish(tx, item_id, "refused", reason))
        except Exception as error:  # a bug, or the database: the item waits, whole
            log.exception("inbox.failed", item=item_id)
            await self._again(item_id, type(error).__name__, "an error of this node", MOST_ATTEMPTS)

    async def _again(self, item_id: int, code: str, why: str, most: int, *, then: str = "failed") -> None:
        """Another try after a while; `then` is what it comes to after the last one."""

        async def work(tx: Transaction) -> None:
            item = await tx.get(InboxItem, item_id)
            if item is None or item.due_at is None:
                return
            if item.attempts < most:
                await inbox_items.put_back(tx, item_id, tx.now + backoff.after(item.attempts), f"{code}: {why}")
            else:
                await inbox_items.finish(tx, item_id, then, f"{code}: {why}")

        await self._context.run(work)
