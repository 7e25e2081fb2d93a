"""Gives accepted activities their effect: each once, one actor's in their order, a batch in one transaction.

The fast road takes a batch and finishes it in the same transaction, each item in a savepoint. What misses something is
set aside and takes the slow road alone (`slow_road`): fetched with nothing open, run again. The effect and the end of
an item are one commit, so a crash at any point repeats nothing and loses nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from federation.errors import FederationError
from federation.vocabulary import Activity, parse_activity, parse_document
from node import handlers
from node.context import Context
from node.database import Transaction
from node.database.failures import UNAVAILABLE, Clash
from node.database.tables import InboxItem
from node.errors import Later, Missing
from node.handlers import Incoming, Outcome
from node.queries import actors as actor_rows, inbox_items
from node.workers.loop import Worker
from node.workers.slow_road import SlowRoad

log = structlog.get_logger()
ROOM: Final = 100
"""Items in one transaction: less than 100 ms of the one writer."""
CROWDED: Final = timedelta(seconds=30)
"""How long waits what finds no place on the slow road."""


@dataclass(slots=True)
class _Batch:
    done: list[tuple[int, str, str | None]] = field(default_factory=list)
    alone: list[InboxItem] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)
    """Actors of whom an item was set aside: their later ones wait for it."""


class InboxWorker(Worker):
    topics = ("inbox",)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._slow = SlowRoad(context, _read_and_process)
        self._room = ROOM

    async def turn(self) -> bool:
        await self.context.rush.over()
        batch = await self._batch()
        crowded = [item.id for item in batch.alone if not self._slow.line_up(item)]
        if crowded:
            later = self.context.now() + CROWDED
            await self.context.run(lambda tx: inbox_items.postpone(tx, crowded, later))
        return await self._slow.start() or bool(batch.done or crowded)

    async def next_due(self) -> datetime | None:
        async with self.context.database.reading(self.context.now()) as tx:
            return await inbox_items.next_due(tx, self._slow.waiting)

    async def finish(self) -> None:
        await self._slow.finish()

    async def _batch(self) -> _Batch:
        """A batch that fails as a whole (two items that only the database finds to clash) is done item by item, and
        what fails by itself goes the slow road, which says why."""
        try:
            batch = await self.context.run(self._fast)
        except Clash:
            log.warning("inbox.batch_failed", room=self._room)
            if self._room == 1:
                return await self._first_alone()
            self._room = 1
            return await self._batch()
        except UNAVAILABLE:
            if self._room == 1:
                return await self._first_alone()
            self._room = max(1, self._room // 4)  # if it is the batch that the database cannot bear
            raise
        self._room = min(ROOM, self._room * 2)
        return batch

    async def _first_alone(self) -> _Batch:
        return _Batch(alone=list(await self.context.run(lambda tx: inbox_items.take(tx, 1, self._slow.waiting))))

    async def _fast(self, tx: Transaction) -> _Batch:
        batch = _Batch()
        items = await inbox_items.take(tx, self._room, self._slow.waiting)
        parsed = {item.id: activity for item in items if (activity := self._parsed(item)) is not None}
        await handlers.recall(tx, parsed.values())
        for item in items:
            if item.actor_uri in batch.waiting:
                continue
            if item.id in parsed and (outcome := await self._try(tx, item, parsed[item.id])) is not None:
                batch.done.append((item.id, outcome.kind, outcome.reason))
                continue
            batch.waiting.add(item.actor_uri)
            batch.alone.append(item)
        await inbox_items.finish_many(tx, batch.done)
        return batch

    def _parsed(self, item: InboxItem) -> Activity | None:
        """None for what has been tried before, or cannot be read: the slow road says why."""
        if item.attempts > 0:
            return None
        try:
            return _activity(item)
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


async def _read_and_process(tx: Transaction, item: InboxItem) -> tuple[str, str | None]:
    outcome = await _process(tx, item, _activity(item))
    return outcome.kind, outcome.reason


async def _process(tx: Transaction, item: InboxItem, activity: Activity) -> Outcome:
    """Takes effect in this transaction. Raises `Missing` and `Later`."""
    sender = await actor_rows.required(tx, activity.actor)
    outcome = await handlers.process(tx, activity, Incoming(sender))
    if outcome.kind != "handled":
        log.info("inbox.not_handled", outcome=outcome.kind, reason=outcome.reason, host=sender.host, kind=item.kind)
    return outcome


def _activity(item: InboxItem) -> Activity:
    return parse_activity(parse_document(item.document.encode()))
