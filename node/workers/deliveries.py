"""Sends what is owed. Every host has its own lane and its own fate: a dead or slow one holds up nobody else.

Rows are leased in batches, as many as are sent at once and no more than a few for each host; each is signed anew and
sent, and the answers of a moment are written in one transaction. What is refused for good ends; anything else comes
back after a while, the first time within ten seconds, for days. A host that does not answer rests as a whole, is given
up after a week, and resumes when it makes contact; so does an inbox that said it was gone.
"""

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import structlog

from federation.client import knock
from federation.errors import Forbidden, Unreachable
from federation.signatures import Scheme
from node.context import Context
from node.database import Transaction
from node.database.tables import Peer
from node.queries import deliveries, peers
from node.queries.deliveries import Owed
from node.workers import backoff
from node.workers.loop import Worker

log = structlog.get_logger()
AT_ONCE: Final = 200
PER_HOST: Final = 4
PER_DOMAIN: Final = 50
"""For all hosts of a domain together: whoever owns one could else hold every slot with slow names below it."""
GATHER: Final = 0.01
"""Seconds in which answers are gathered for one commit."""
MOST_ATTEMPTS: Final = 18
"""Some eight days."""
BREAKER: Final = 3
"""Failures in a row after which a host rests."""
LONGEST_REST: Final = timedelta(hours=1)
"""How long a whole host rests at most because one of its inboxes said when to come again."""
SILENT_FOR: Final = timedelta(days=7)
"""What does not answer for so long is given up."""
TRY_AGAIN: Final = frozenset({401, 403, 404, 408, 421, 425, 429})
"""Of 4xx, those that may be different later: a peer could not fetch our key, a proxy could not find its server."""


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
        owed = await self.context.run(lambda tx: deliveries.claim(tx, room, busy, PER_HOST, PER_DOMAIN))
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
        if await self.context.resting.retired(owed.inbox):
            return Sent(owed, "gone", "retired")
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
        outdated = known is not None and knocked.scheme is None
        if outdated:
            await self.context.run(lambda tx: peers.remember(tx, owed.host, scheme=None))
        if answer.delivered:
            return Sent(owed, "delivered", str(answer.status), scheme=learned)
        if answer.status == 410:
            return Sent(owed, "gone", str(answer.status))
        if 400 <= answer.status < 500 and answer.status not in TRY_AGAIN and not outdated:
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
                if any(sent.host_failed or sent.end == "gone" for sent in ended):
                    self.context.resting.forget()
        finally:
            self._writing = None
            self.context.bus.publish(["deliveries"])


async def _record(tx: Transaction, ended: list[Sent]) -> None:
    """In a number of statements that does not grow with how much ended."""
    ended = await _rejected(tx, ended)
    over: dict[tuple[str, str | None], list[int]] = {}
    for sent in ended:
        if sent.end == "refused":
            log.info("delivery.refused", host=sent.owed.host, status=sent.reason)
        if _waits(sent):
            continue
        end: str = "given up" if sent.end == "again" else sent.end
        over.setdefault((end, None if end == "delivered" else sent.reason), []).append(sent.owed.id)
    for (end, reason), ids in over.items():
        await deliveries.finish(tx, ids, end, reason)
    gone = {sent.owed.inbox for sent in ended if sent.end == "gone" and sent.reason == "410"}
    if gone:
        await deliveries.retire_inboxes(tx, gone)
    await deliveries.put_back(tx, [_later(tx, sent) for sent in ended if _waits(sent)])
    await _hosts(tx, ended)


async def _rejected(tx: Transaction, ended: list[Sent]) -> list[Sent]:
    """A peer may say that it takes no more of something by a Reject, and leave our request unanswered (NodeBB 4.15)."""
    unanswered = [sent.owed.id for sent in ended if sent.end == "again"]
    over = await deliveries.over(tx, unanswered) if unanswered else set()
    return [Sent(sent.owed, "refused", "rejected") if sent.owed.id in over else sent for sent in ended]


def _waits(sent: Sent) -> bool:
    return sent.end == "again" and sent.owed.attempts < MOST_ATTEMPTS


def _later(tx: Transaction, sent: Sent) -> tuple[int, datetime, str]:
    wait = backoff.after(sent.owed.attempts)
    if sent.retry_after is not None:
        wait = max(wait, timedelta(seconds=min(sent.retry_after, 24 * 3600)))
    return sent.owed.id, tx.now + wait, sent.reason


async def _hosts(tx: Transaction, ended: list[Sent]) -> None:
    """What was learned of each host: that it answers, that it does not, or which signature it takes."""
    answered = {sent.owed.host for sent in ended if not sent.host_failed}
    failed = {sent.owed.host for sent in ended if sent.host_failed} - answered
    known = await peers.by_hosts(tx, answered | failed)
    learned: dict[str, dict[str, object]] = defaultdict(dict)
    for host in answered:
        peer = known.get(host)
        if peer is not None and peer.failures > 0:
            learned[host] |= {"failures": 0, "resume_at": None, "failing_since": None, "contact_at": tx.now}
    for sent in ended:
        peer = known.get(sent.owed.host)
        if sent.scheme is not None and (peer is None or peer.scheme != sent.scheme):
            learned[sent.owed.host]["scheme"] = sent.scheme.value
    for host in failed:
        learned[host] |= _failed(tx, known.get(host))
    for host, until in _asked_to_wait(tx, ended).items():
        learned[host]["resume_at"] = until
    await peers.remember_all(tx, learned)
    silent = {host for host in failed if (peer := known.get(host)) is not None and _silent(tx, peer)}
    if silent:
        await deliveries.retire_hosts(tx, silent)


def _failed(tx: Transaction, peer: Peer | None) -> dict[str, object]:
    """What was under way when the host was put to rest counts no more: else four at once would be four failures."""
    if peer is None or peer.failures == 0:
        return {"failures": 1, "failing_since": tx.now}
    if peer.resume_at is not None and peer.resume_at > tx.now:
        return {"failures": peer.failures}
    values: dict[str, object] = {"failures": peer.failures + 1}
    if peer.failures + 1 >= BREAKER:
        values["resume_at"] = tx.now + backoff.after(peer.failures + 2 - BREAKER)
    return values


def _asked_to_wait(tx: Transaction, ended: list[Sent]) -> dict[str, datetime]:
    """Until when a host rests that said when to come again (Retry-After): its limits are those of our address."""
    longest: dict[str, int] = {}
    for sent in ended:
        if sent.end == "again" and sent.retry_after is not None:
            longest[sent.owed.host] = max(sent.retry_after, longest.get(sent.owed.host, 0))
    return {host: tx.now + min(LONGEST_REST, timedelta(seconds=seconds)) for host, seconds in longest.items()}


def _silent(tx: Transaction, peer: Peer) -> bool:
    return peer.failing_since is not None and tx.now - peer.failing_since > SILENT_FOR
