"""Gives accepted activities their effect: each once, one actor's in their order, a batch in one transaction.

The fast road takes a batch and finishes it in the same transaction, each item in a savepoint. What misses something is
leased and takes the slow road alone: fetched with nothing open, run again. The effect and the end of an item are one
commit, so a crash at any point repeats nothing and loses nothing.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from federation.errors import FederationError
from federation.vocabulary import Activity, parse_activity, parse_document
from node import handlers
from node.context import Context
from node.database import Transaction
from node.database.failures import UNAVAILABLE, Clash
from node.database.tables import InboxItem
from node.errors import Later, Missing, NodeError, Unreached
from node.handlers import Incoming, Outcome
from node.queries import actors, inbox_items
from node.workers import backoff
from node.workers.loop import Worker

log = structlog.get_logger()
ROOM: Final = 50
"""Items in one transaction: some 100 ms of the one writer."""
ALONE: Final = 8
"""Items that fetch at the same time."""
MOST_ATTEMPTS: Final = 8
HOLD_ATTEMPTS: Final = 6


@dataclass(slots=True)
class _Batch:
    done: list[tuple[int, str, str | None]] = field(default_factory=list)
    alone: list[InboxItem] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)
    """Actors of whom an item was set aside: their later ones wait for it."""


class InboxWorker(Worker):
    topics = ("inbox",)
    yields = 3.0  # a burst is accepted first: whoever sends waits for the 202, what it does can wait a moment

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._running: set[asyncio.Task[None]] = set()
        self._room = ROOM

    async def turn(self) -> bool:
        if len(self._running) >= ALONE:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        batch = await self._batch()
        for item in batch.alone:
            task = asyncio.create_task(self._alone(item.id))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return bool(batch.done or batch.alone)

    async def next_due(self) -> datetime | None:
        async with self.context.database.reading(self.context.now()) as tx:
            return await inbox_items.next_due(tx)

    async def finish(self) -> None:
        while self._running:
            await asyncio.gather(*self._running)

    async def _batch(self) -> _Batch:
        """A batch that fails as a whole (two items that only the database finds to clash) is done item by item."""
        try:
            batch = await self.context.run(self._fast)
        except Clash:
            if self._room == 1:
                raise
            log.warning("inbox.batch_failed")
            self._room = 1
            return await self._batch()
        self._room = min(ROOM, self._room * 2)
        return batch

    async def _fast(self, tx: Transaction) -> _Batch:
        batch = _Batch()
        room = ALONE - len(self._running)
        items = await inbox_items.take(tx, self._room)
        parsed = {item.id: activity for item in items if (activity := self._parsed(item)) is not None}
        await handlers.recall(tx, parsed.values())
        for item in items:
            if item.actor_uri in batch.waiting:
                continue
            if item.id in parsed and (outcome := await self._try(tx, item, parsed[item.id])) is not None:
                batch.done.append((item.id, outcome.kind, outcome.reason))
                continue
            batch.waiting.add(item.actor_uri)
            if len(batch.alone) < room:
                batch.alone.append(item)
        await inbox_items.finish_many(tx, batch.done)
        await inbox_items.lease(tx, [item.id for item in batch.alone])
        return batch

    def _parsed(self, item: InboxItem) -> Activity | None:
        """None for what has been tried before, or cannot be read: the slow road says why."""
        if item.attempts > 0:
            return None
        try:
            return self.context.parsed.take(item.id) or _activity(item)
        except FederationError:
            return None

    async def _try(self, tx: Transaction, item: InboxItem, activity: Activity) -> Outcome | None:
        """None for what has to take the slow road, whatever the reason."""
        try:
            return await _process(tx, item, activity)
        except UNAVAILABLE:
            raise
        except (Missing, Later):
            return None
        except Exception as error:  # noqa: BLE001  # the slow road meets it again, logs it and puts it back
            log.debug("inbox.set_aside", item=item.id, error=type(error).__name__)
            return None

    async def _alone(self, item_id: int) -> None:
        try:
            await self._slowly(item_id)
        finally:
            self.context.bus.publish(["inbox"])

    async def _slowly(self, item_id: int) -> None:
        async def work(tx: Transaction) -> None:
            item = await tx.get(InboxItem, item_id)
            if item is not None and item.due_at is not None:
                outcome = await _process(tx, item, _activity(item))
                await inbox_items.finish(tx, item_id, outcome.kind, outcome.reason)

        try:
            await self.context.run(work)
        except Later as later:
            await self._again(item_id, "held", str(later), HOLD_ATTEMPTS, then="ignored")
        except Unreached:
            await self._again(item_id, "unreachable", "a reference cannot be reached", MOST_ATTEMPTS)
        except (NodeError, FederationError) as error:
            reason = error.reason if isinstance(error, FederationError) else error.code
            await self._end(item_id, "refused", reason)
        except Exception as error:  # a bug, or the database: the item waits, whole
            log.exception("inbox.failed", item=item_id)
            await self._again(item_id, type(error).__name__, "an error of this node", MOST_ATTEMPTS)

    async def _again(self, item_id: int, code: str, why: str, most: int, *, then: str = "failed") -> None:
        """Another try after a while; `then` is what it comes to after the last one."""

        async def work(tx: Transaction) -> None:
            item = await tx.get(InboxItem, item_id)
            if item is None:
                return
            if item.attempts < most:
                await inbox_items.put_back(tx, item_id, tx.now + backoff.after(item.attempts), f"{code}: {why}")
            else:
                await inbox_items.finish(tx, item_id, then, f"{code}: {why}")

        await self.context.run(work)

    async def _end(self, item_id: int, outcome: str, reason: str) -> None:
        await self.context.run(lambda tx: inbox_items.finish(tx, item_id, outcome, reason))


async def _process(tx: Transaction, item: InboxItem, activity: Activity) -> Outcome:
    """Takes effect in this transaction. Raises `Missing` and `Later`."""
    sender = await actors.required(tx, activity.actor)
    if sender.suspended_at is not None:
        return Outcome("refused", "author.suspended")
    outcome = await handlers.process(tx, activity, Incoming(sender, to_inbox=item.to_inbox))
    if outcome.kind != "handled":
        log.info("inbox.not_handled", outcome=outcome.kind, reason=outcome.reason, host=sender.host, kind=item.kind)
    return outcome


def _activity(item: InboxItem) -> Activity:
    return parse_activity(parse_document(item.document.encode()))
