"""What runs between requests: the inbox, deliveries and jobs, each its own loop over its own table."""

import asyncio
from functools import partial

from node.context import Context
from node.database import Transaction
from node.database.presence import present
from node.queries import deliveries as delivery_rows, inbox_items, jobs as job_rows
from node.workers.deliveries import DeliveryWorker
from node.workers.inbox import InboxWorker
from node.workers.jobs import RECURRING
from node.workers.jobs_worker import JobWorker
from node.workers.loop import Worker

__all__ = ["Workers"]


class Workers:
    """All of a process. One that dies takes the process with it: a node that only seems to work is worse."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.all: tuple[Worker, ...] = (InboxWorker(context), DeliveryWorker(context), JobWorker(context))

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; each ends between two steps."""
        for kind in RECURRING:
            await self._context.run(partial(job_rows.add, kind=kind, key="", payload={}))
        async with present(self._context.settings, self._release), asyncio.TaskGroup() as group:
            for worker in self.all:
                group.create_task(worker.run(stop))

    async def _release(self) -> None:
        """What a process that is gone had under way is due again at once."""
        await self._context.run(_release)


async def _release(tx: Transaction) -> None:
    await inbox_items.release(tx)
    await delivery_rows.release(tx)
    await job_rows.release(tx)
