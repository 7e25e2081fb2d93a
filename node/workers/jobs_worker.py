"""Runs jobs when they are due, a few at a time."""

import asyncio
from datetime import datetime
from typing import Final

import structlog

from node.context import Context
from node.database.tables import Job
from node.errors import Unreached
from node.queries import jobs
from node.workers import backoff
from node.workers.jobs import KINDS
from node.workers.loop import Worker

log = structlog.get_logger()
AT_ONCE: Final = 2
MOST_ATTEMPTS: Final = 6


class JobWorker(Worker):
    topics = ("jobs",)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._running: set[asyncio.Task[None]] = set()

    async def turn(self) -> bool:
        if len(self._running) >= AT_ONCE:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            return True
        claimed = await self.context.run(lambda tx: jobs.claim(tx, AT_ONCE - len(self._running)))
        for job in claimed:
            task = asyncio.create_task(self._run_one(job))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return bool(claimed)

    async def next_due(self) -> datetime | None:
        async with self.context.database.reading(self.context.now()) as tx:
            return await jobs.next_due(tx)

    async def finish(self) -> None:
        while self._running:
            await asyncio.gather(*self._running)

    async def _run_one(self, job: Job) -> None:
        try:
            again = await KINDS[job.kind](self.context, job.payload)
        except Exception as error:  # one job's failure is not another's
            if isinstance(error, Unreached):
                log.info("job.unreached", kind=job.kind)
            else:
                log.exception("job.failed", kind=job.kind)
            later = self.context.now() + backoff.after(job.attempts) if job.attempts < MOST_ATTEMPTS else None
            reason = type(error).__name__
            await self.context.run(lambda tx: jobs.put_back(tx, job.id, later, reason))
        else:
            await self.context.run(lambda tx: jobs.done(tx, job.id, again))
