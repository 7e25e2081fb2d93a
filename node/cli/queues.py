"""`ordito queue`: what waits, what fails and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import click

from node.cli.output import minute, safe, show, show_columns, show_json
from node.cli.reasons import sentence
from node.cli.running import run

if TYPE_CHECKING:
    from node.context import Context
    from node.database import Transaction

MOST_FAILURES: Final = 50
ALL: Final = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """What is owed to one host. `why` is the reason in a sentence, here and below."""

    host: str
    waiting: int
    attempts: int
    next_try: datetime
    rests_until: datetime | None
    reason: str | None
    why: str


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Deliveries to one host that ended without success."""

    host: str
    outcome: str
    deliveries: int
    reason: str | None
    why: str


@dataclass(frozen=True, slots=True)
class FailedItem:
    """An activity that was accepted and whose effect fails."""

    id: str
    kind: str
    sender: str
    attempts: int
    outcome: str
    reason: str | None
    why: str


@dataclass(frozen=True, slots=True)
class WaitingJob:
    kind: str
    key: str
    attempts: int
    next_try: datetime | None
    """None: given up."""
    reason: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Queues:
    """As scripts read it. `inbox_outcomes` counts what is done, by how it ended."""

    inbox_waiting: int
    inbox_outcomes: dict[str, int]
    inbox_failures: list[FailedItem]
    deliveries: list[Lane]
    undelivered: list[GivenUp]
    jobs: list[WaitingJob]


@click.command(short_help="What waits, what fails and why.")
@click.option(
    "--retry",
    "host",
    is_flag=False,
    flag_value=ALL,
    metavar="[HOST]",
    help="Try at once what waits or was given up: for this host, or everything.",
)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def queue(host: str | None, as_json: bool) -> None:
    """What waits to come in, to go out and to be done; what fails, and why.

    \b
    Examples:
      ordito queue
      ordito queue --retry other.example
      ordito queue --json | jq '.deliveries[] | select(.reason)'
    """
    if host is not None:
        rows = run(lambda context: context.run(lambda tx: _retry(tx, host)))
        if not rows and host and not as_json:
            raise click.ClickException(f"Nothing waits for {safe(host)}, and nothing was given up.")
        show_json({"retried": rows}) if as_json else show(f"{rows} {'is' if rows == 1 else 'are'} due now.")
        return
    queues = run(_look)
    show_json(queues) if as_json else _show(queues)


async def _retry(tx: "Transaction", host: str) -> int:
    from node.queries import deliveries, jobs

    rows = await deliveries.retry(tx, host or None)
    return rows if host else rows + await jobs.retry(tx)


async def _look(context: "Context") -> Queues:
    from node.queries import inbox_items, jobs

    async with context.database.reading(context.now()) as tx:
        return Queues(
            inbox_waiting=await inbox_items.waiting(tx),
            inbox_outcomes=await inbox_items.outcomes(tx),
            inbox_failures=[
                FailedItem(
                    str(i.id), i.kind, i.actor_uri, i.attempts, i.outcome or "waiting", i.reason, sentence(i.reason)
                )
                for i in await inbox_items.failures(tx, MOST_FAILURES)
            ],
            deliveries=await _lanes(tx),
            undelivered=await _given_up(tx),
            jobs=[
                WaitingJob(j.kind, j.key, j.attempts, j.due_at, j.reason, sentence(j.reason))
                for j in await jobs.waiting(tx)
            ],
        )


async def _lanes(tx: "Transaction") -> list[Lane]:
    from node.queries import deliveries, peers

    resting = await peers.failing(tx)
    return [
        Lane(host, waiting, attempts, next_try, resting.get(host), reason, sentence(reason))
        for host, waiting, attempts, reason, next_try in await deliveries.waiting(tx)
    ]


async def _given_up(tx: "Transaction") -> list[GivenUp]:
    from node.queries import deliveries

    ended = await deliveries.undelivered(tx)
    return [GivenUp(host, outcome, count, reason, sentence(reason)) for host, outcome, count, reason in ended]


def _show(queues: Queues) -> None:
    done = ", ".join(f"{count} {outcome}" for outcome, count in sorted(queues.inbox_outcomes.items()))
    show(f"Coming in: {queues.inbox_waiting} waiting" + (f" (so far {done})" if done else ""))
    if queues.inbox_failures:
        rows = [(i.kind, i.sender, i.attempts, i.outcome, i.why) for i in queues.inbox_failures]
        show_columns([("  ACTIVITY", "FROM", "TRIES", "STATE", "WHY"), *((f"  {row[0]}", *row[1:]) for row in rows)])
    show(f"Going out: {sum(lane.waiting for lane in queues.deliveries)} waiting")
    if queues.deliveries:
        lanes = [
            (f"  {n.host}", n.waiting, n.attempts, minute(n.rests_until or n.next_try), n.why)
            for n in queues.deliveries
        ]
        show_columns([("  HOST", "WAITING", "TRIES", "NEXT TRY", "WHY"), *lanes])
    if queues.undelivered:
        show("Not delivered, and not tried any more:")
        ended = [(f"  {n.host}", n.deliveries, n.outcome, n.why) for n in queues.undelivered]
        show_columns([("  HOST", "DELIVERIES", "STATE", "WHY"), *ended])
    show(f"Other work: {len(queues.jobs)} waiting")
    if queues.jobs:
        jobs = [(f"  {j.kind}", j.attempts, minute(j.next_try) or "given up", j.why) for j in queues.jobs]
        show_columns([("  KIND", "TRIES", "NEXT TRY", "WHY"), *jobs])
