"""Sends what is owed. Every host has its own lane and its own fate: a dead or slow one holds up nobody else.

Rows are leased in batches, as many as are sent at once and no more than a few for each host; each is signed anew and
sent, and the answers of a moment are written in one transaction. What is refused for good ends; anything else comes
back after a while, the first time within ten seconds, for days. A host that does not answer rests as a whole and
resumes when it makes contact.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import structlog

from federation.client import knock
from federation.errors import Forbidden, Unreachable
from federation.signatures import Scheme
from node.context import Context
from node.database import Transaction
from node.queries import deliveries, peers
from node.queries.deliveries import Owed
from node.workers import backoff
from node.workers.loop import Worker

log = structlog.get_logger()
AT_ONCE: Final = 200
PER_HOST: Final = 4
GATHER: Final = 0.01
"""Seconds in which answers are gathered for one commit."""
MOST_ATTEMPTS: Final = 18
"""Some eight days."""
BREAKER: Final = 3
"""Failures in a row after which a host rests."""
TRY_AGAIN: Final = frozenset({401, 403, 408, 421, 425, 429})
"""Of 4xx, those that may be different later: a peer may not have been able to fetch our key."""


@dataclass(frozen=True, slots=True)
class Sent:
    """How one attempt ended. `host_failed`: nobody answered, or the host itself is out of order."""

    owed: Owed
    end: Literal["delivered", "refused", "gone", "again"]
    reason: str
    retry_after: int | None = None
    scheme: Scheme | None = None
    host_failed: bool = False


class DeliveryWorker(Worker):
    topics = ("deliveries",)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._running: set[asyncio.Task[None]] = set()
        self._busy: Counter[str] = Counter()
        self._ended: list[Sent] = []
        self._writing: asyncio.Task[None] | None = None

    async def turn(self) -> bool:
        room = AT_ONCE - len(self._running)
        if room <= AT_ONCE // 4:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            return True
        busy = {host: n for host, n in self._busy.items() if n > 0}
        owed = await self.context.run(lambda tx: deliveries.claim(tx, room, busy, PER_HOST))
        for one in owed:
            self._busy[one.host] += 1
            task = asyncio.create_task(self._deliver(one))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return bool(owed)

    async def next_due(self) -> datetime | None:
        async with self.context.database.reading(self.context.now()) as tx:
            return await deliveries.next_due(tx)

    async def finish(self) -> None:
        while self._running or self._writing is not None:
            await asyncio.gather(*self._running)
            if self._writing is not None:
                await self._writing

    async def _deliver(self, owed: Owed) -> None:
        try:
            sent = await self._attempt(owed)
        except Exception as error:  # a bug: the delivery waits, whole
            log.exception("delivery.failed", delivery=owed.id)
            sent = Sent(owed, "again", type(error).__name__)
        self._ended.append(sent)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())

    async def _attempt(self, owed: Owed) -> Sent:
        if await self.context.blocks.blocked(owed.host):
            return Sent(owed, "refused", "the host is blocked here")
        signer = await self.context.signer(owed.sender_id)
        known = Scheme(owed.scheme) if owed.scheme else None
        try:
            knocked = await knock(
                self.context.client,
                owed.inbox,
                owed.document.encode(),
                signer=signer,
                known=known,
                now=self.context.now(),
            )
        except Forbidden as error:
            return Sent(owed, "refused", error.reason)
        except Unreachable as error:
            return Sent(owed, "again", error.reason, host_failed=True)
        answer, learned = knocked.answer, knocked.scheme if knocked.scheme != known else None
        if known is not None and knocked.scheme is None:
            await self.context.run(lambda tx: peers.remember(tx, owed.host, scheme=None))
        if answer.delivered:
            return Sent(owed, "delivered", str(answer.status), scheme=learned)
        if answer.status in {404, 410}:
            return Sent(owed, "gone", str(answer.status))
        if 400 <= answer.status < 500 and answer.status not in TRY_AGAIN:
            return Sent(owed, "refused", str(answer.status))
        failed = answer.status >= 500
        return Sent(owed, "again", str(answer.status), retry_after=answer.retry_after, host_failed=failed)

    async def _write(self) -> None:
        """All that ended within a moment, in one transaction."""
        await asyncio.sleep(GATHER)
        try:
            while self._ended:
                ended, self._ended = self._ended, []
                await self.context.run(lambda tx, ended=ended: _record(tx, ended))  # type: ignore[misc]  # a default binds it
                self._busy.subtract(sent.owed.host for sent in ended)
                self._busy += Counter()
                if any(sent.host_failed for sent in ended):
                    self.context.resting.forget()
        finally:
            self._writing = None
            self.context.bus.publish(["deliveries"])


async def _record(tx: Transaction, ended: list[Sent]) -> None:
    await deliveries.finish(tx, [sent.owed.id for sent in ended if sent.end == "delivered"], "delivered")
    for sent in ended:
        if sent.end == "refused":
            log.info("delivery.refused", host=sent.owed.host, status=sent.reason)
            await deliveries.finish(tx, [sent.owed.id], "refused", sent.reason)
        elif sent.end == "gone":
            await deliveries.finish(tx, [sent.owed.id], "gone", sent.reason)
            if sent.reason == "410":
                await deliveries.retire_inbox(tx, sent.owed.inbox)
        elif sent.end == "again":
            await _again(tx, sent)
    await _hosts(tx, ended)


async def _again(tx: Transaction, sent: Sent) -> None:
    if sent.owed.attempts >= MOST_ATTEMPTS:
        await deliveries.finish(tx, [sent.owed.id], "given up", sent.reason)
        return
    wait = backoff.after(sent.owed.attempts)
    if sent.retry_after is not None:
        wait = max(wait, timedelta(seconds=min(sent.retry_after, 24 * 3600)))
    await deliveries.put_back(tx, sent.owed.id, tx.now + wait, sent.reason)


async def _hosts(tx: Transaction, ended: list[Sent]) -> None:
    """What was learned of each host: that it answers, that it does not, or which signature it takes."""
    answered = {sent.owed.host for sent in ended if not sent.host_failed}
    failed = {sent.owed.host for sent in ended if sent.host_failed} - answered
    known = await peers.by_hosts(tx, answered | failed)
    for host in answered:
        peer = known.get(host)
        if peer is not None and peer.failures > 0:
            await peers.remember(tx, host, failures=0, resume_at=None, failing_since=None, contact_at=tx.now)
    for sent in ended:
        peer = known.get(sent.owed.host)
        if sent.scheme is not None and (peer is None or peer.scheme != sent.scheme):
            await peers.remember(tx, sent.owed.host, scheme=sent.scheme.value)
    for host in failed:
        await _failed(tx, host, known[host].failures + 1 if host in known else 1)


async def _failed(tx: Transaction, host: str, failures: int) -> None:
    values: dict[str, object] = {"failures": failures}
    if failures == 1:
        values["failing_since"] = tx.now
    if failures >= BREAKER:
        values["resume_at"] = tx.now + backoff.after(failures - BREAKER + 2)
    await peers.remember(tx, host, **values)
