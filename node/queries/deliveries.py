"""What is owed to inboxes. One sender's deliveries to one inbox go out in their order; every host has its own lane."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from federation.identifiers import domain_of, host_of
from node.database import Transaction
from node.database.tables import Actor, Delivery, OwnActivity, Peer, Retired

LEASE = timedelta(minutes=2)
_EARLIER = aliased(Delivery)


@dataclass(frozen=True, slots=True)
class Owed:
    """A claimed delivery, with what is to be sent."""

    id: int
    inbox: str
    host: str
    sender_id: int
    attempts: int
    activity_id: int
    document: str
    scheme: str | None
    """The signature that this host is known to take."""


async def add_activity(tx: Transaction, values: Mapping[str, Any]) -> int:
    activity_id = tx.new_id()
    tx.insert(OwnActivity, [{"id": activity_id, **values}])
    return activity_id


async def owe(tx: Transaction, activity_id: int, sender_id: int, inboxes: Iterable[str], due_at: datetime) -> None:
    rows = [
        {
            "id": tx.new_id(),
            "activity_id": activity_id,
            "sender_id": sender_id,
            "inbox": inbox,
            "host": host_of(inbox),
            "due_at": due_at,
            "claimed": False,
            "attempts": 0,
        }
        for inbox in sorted(set(inboxes))
    ]
    if rows:
        tx.insert(Delivery, rows, once=True)
        tx.tell("deliveries")


async def claim(tx: Transaction, room: int, busy: Mapping[str, int], per_host: int, per_domain: int) -> Sequence[Owed]:
    """Leases what is due: no more than so many at once for a host, and for a domain with all below it (`busy` counts
    what this process has under way), nothing before an earlier one of the same sender to the same inbox, nothing to
    hosts that rest."""
    waits = exists(
        select(_EARLIER.id)
        .where(
            _EARLIER.inbox == Delivery.inbox,
            _EARLIER.sender_id == Delivery.sender_id,
            _EARLIER.id < Delivery.id,
            _EARLIER.due_at.is_not(None),
        )
        .correlate(Delivery)
    )
    rests = exists(select(Peer.host).where(Peer.host == Delivery.host, Peer.resume_at > tx.now).correlate(Delivery))
    taken = _Taken(busy, per_host, per_domain)
    due = select(Delivery.id, Delivery.host).where(Delivery.due_at <= tx.now, ~waits, ~rests)
    if taken.full_hosts:
        due = due.where(Delivery.host.not_in(taken.full_hosts))
    for domain in taken.full_domains:
        due = due.where(Delivery.host != domain, ~Delivery.host.endswith(f".{domain}", autoescape=True))
    candidates = await tx.rows(
        due.order_by(Delivery.due_at, Delivery.id).limit(room * 4).with_for_update(skip_locked=True)
    )
    return await _lease(tx, _fair(candidates, room, taken))


class _Taken:
    """What is under way, by host and by domain."""

    def __init__(self, busy: Mapping[str, int], per_host: int, per_domain: int) -> None:
        self._per_host, self._per_domain = per_host, per_domain
        self._hosts, self._domains = Counter(busy), Counter[str]()
        for host, n in busy.items():
            self._domains[domain_of(host)] += n

    @property
    def full_hosts(self) -> list[str]:
        return [host for host, n in self._hosts.items() if n >= self._per_host]

    @property
    def full_domains(self) -> list[str]:
        return [domain for domain, n in self._domains.items() if n >= self._per_domain]

    def take(self, host: str) -> bool:
        """Whether one more may be under way; counts it."""
        domain = domain_of(host)
        if self._hosts[host] >= self._per_host or self._domains[domain] >= self._per_domain:
            return False
        self._hosts[host] += 1
        self._domains[domain] += 1
        return True


def _fair(candidates: Sequence[Any], room: int, taken: _Taken) -> list[int]:
    chosen: list[int] = []
    for delivery_id, host in candidates:
        if len(chosen) < room and taken.take(host):
            chosen.append(delivery_id)
    return chosen


async def _lease(tx: Transaction, ids: Collection[int]) -> Sequence[Owed]:
    if not ids:
        return []
    lease = {"due_at": tx.now + LEASE, "claimed": True, "attempts": Delivery.attempts + 1}
    await tx.execute(update(Delivery).where(Delivery.id.in_(ids)).values(**lease))
    columns = (Delivery.id, Delivery.inbox, Delivery.host, Delivery.sender_id, Delivery.attempts)
    statement = (
        select(*columns, OwnActivity.id, OwnActivity.document, Peer.scheme)
        .join(OwnActivity, OwnActivity.id == Delivery.activity_id)
        .outerjoin(Peer, Peer.host == Delivery.host)
        .where(Delivery.id.in_(ids))
        .order_by(Delivery.id)
    )
    return [Owed(*row) for row in await tx.rows(statement)]


async def finish(tx: Transaction, ids: Collection[int], outcome: str, reason: str | None = None) -> None:
    done = {"due_at": None, "claimed": False, "outcome": outcome, "reason": reason}
    await tx.execute(update(Delivery).where(Delivery.id.in_(ids)).values(**done))
    tx.tell("deliveries")


async def refuse(tx: Transaction, host: str, sender_id: int, kind: str, about: Collection[str]) -> int:
    """Ends what one sender has begun to send to a host, of this type and about one of these; how many that is."""
    named = select(OwnActivity.id).where(
        OwnActivity.actor_id == sender_id, OwnActivity.type == kind, OwnActivity.object_uri.in_(about)
    )
    begun = (Delivery.host == host, Delivery.due_at.is_not(None), Delivery.attempts > 0)
    done = {"due_at": None, "claimed": False, "outcome": "refused", "reason": "rejected"}
    tx.tell("deliveries")
    return await tx.change(update(Delivery).where(Delivery.activity_id.in_(named), *begun).values(**done))


async def over(tx: Transaction, ids: Collection[int]) -> set[int]:
    """Which of these ended while they were being sent. The others stay as they are until this transaction ends."""
    held = select(Delivery.id, Delivery.due_at).where(Delivery.id.in_(ids)).order_by(Delivery.id).with_for_update()
    return {delivery_id for delivery_id, due_at in await tx.rows(held) if due_at is None}


async def put_back(tx: Transaction, later: Sequence[tuple[int, datetime, str]]) -> None:
    """(delivery id, when it is due again, why)."""
    rows = [{"id": row_id, "due_at": due_at, "claimed": False, "reason": why} for row_id, due_at, why in later]
    await tx.update_many(Delivery, rows)


async def release(tx: Transaction) -> None:
    """At the start of the only process: what an earlier one had leased is due again."""
    await tx.execute(update(Delivery).where(Delivery.claimed).values(claimed=False, due_at=tx.now))


async def retire_hosts(tx: Transaction, hosts: Collection[str]) -> None:
    """Nothing more goes to hosts that were silent for too long, until they make contact."""
    await _retire(tx, Delivery.host.in_(hosts), {host: host for host in hosts})


async def retire_inboxes(tx: Transaction, inboxes: Collection[str]) -> None:
    """The same for inboxes that say they are gone."""
    await _retire(tx, Delivery.inbox.in_(inboxes), {inbox: host_of(inbox) for inbox in inboxes})


async def _retire(tx: Transaction, whose: ColumnElement[bool], addresses: Mapping[str, str]) -> None:
    values = {"due_at": None, "claimed": False, "outcome": "gone"}
    await tx.execute(update(Delivery).where(whose, Delivery.due_at.is_not(None)).values(**values))
    rows = [{"address": address, "host": host, "since": tx.now} for address, host in addresses.items()]
    statement = tx.dialect_insert(Retired)
    again = statement.on_conflict_do_update(index_elements=["address"], set_={"since": tx.now})
    await tx.execute_many(again, rows)


async def withdraw(tx: Transaction, object_uri: str, sender_id: int, types: Collection[str]) -> None:
    """What is still owed about an object that is not to be spoken of any more."""
    about = select(OwnActivity.id).where(
        OwnActivity.object_uri == object_uri, OwnActivity.actor_id == sender_id, OwnActivity.type.in_(types)
    )
    statement = delete(Delivery).where(
        Delivery.activity_id.in_(about), Delivery.due_at.is_not(None), Delivery.claimed.is_(False)
    )
    await tx.execute(statement)


async def owed_to(tx: Transaction, sender_id: int, inbox: str) -> Sequence[tuple[int, str]]:
    """(delivery id, document) of what one sender still owes an inbox and nobody is sending at this moment."""
    statement = (
        select(Delivery.id, OwnActivity.document)
        .join(OwnActivity, OwnActivity.id == Delivery.activity_id)
        .where(Delivery.sender_id == sender_id, Delivery.inbox == inbox)
        .where(Delivery.due_at.is_not(None), Delivery.claimed.is_(False))
    )
    return [(delivery_id, document) for delivery_id, document in await tx.rows(statement)]


async def owing(tx: Transaction, inbox: str) -> Sequence[Actor]:
    """Who owes something to an inbox."""
    senders = select(Delivery.sender_id).where(Delivery.inbox == inbox, Delivery.due_at.is_not(None))
    return await tx.all(select(Actor).where(Actor.id.in_(senders)).order_by(Actor.id))


async def inboxes_of(tx: Transaction, sender_id: int) -> set[str]:
    """Every inbox that this sender ever owed something."""
    return set(await tx.all(select(Delivery.inbox).where(Delivery.sender_id == sender_id).distinct()))


async def drop(tx: Transaction, ids: Collection[int]) -> None:
    if ids:
        await tx.execute(delete(Delivery).where(Delivery.id.in_(ids)))


async def next_due(tx: Transaction) -> datetime | None:
    """When the next delivery that nothing holds back is due: by its own time or its host's."""
    later = func.coalesce(Peer.resume_at, Delivery.due_at)
    effective = func.max(Delivery.due_at, later) if tx.settings.sqlite else func.greatest(Delivery.due_at, later)
    statement = select(func.min(effective)).select_from(Delivery).outerjoin(Peer, Peer.host == Delivery.host)
    own: datetime | None = await tx.one(statement.where(Delivery.due_at > tx.now))
    overdue = exists(select(Delivery.id).where(Delivery.host == Peer.host, Delivery.due_at <= tx.now).correlate(Peer))
    rest: datetime | None = await tx.one(select(func.min(Peer.resume_at)).where(Peer.resume_at > tx.now, overdue))
    return min((at for at in (own, rest) if at is not None), default=None)


async def waiting(tx: Transaction) -> Sequence[tuple[str, int, int, str | None, datetime]]:
    """(host, how many, most attempts, last reason, next try) of each host that is owed something."""
    due = Delivery.due_at.is_not(None)
    statement = (
        select(
            Delivery.host,
            func.count(),
            func.max(Delivery.attempts),
            func.max(Delivery.reason),
            func.min(Delivery.due_at),
        )
        .where(due)
        .group_by(Delivery.host)
    )
    return [tuple(row) for row in await tx.rows(statement.order_by(Delivery.host))]


async def undelivered(tx: Transaction) -> Sequence[tuple[str, str, int, str | None]]:
    """(host, outcome, how many, a reason) of what was owed and ended without success."""
    failed = Delivery.due_at.is_(None) & (Delivery.outcome != "delivered")
    columns = (Delivery.host, Delivery.outcome, func.count(), func.max(Delivery.reason))
    statement = select(*columns).where(failed).group_by(Delivery.host, Delivery.outcome)
    return [tuple(row) for row in await tx.rows(statement.order_by(Delivery.host, Delivery.outcome))]


async def retry(tx: Transaction, host: str | None) -> int:
    """Makes everything due now, also what was given up for want of an answer; how many rows that is."""
    again = or_(Delivery.due_at.is_not(None), Delivery.outcome == "given up")
    statement = update(Delivery).where(again, Delivery.claimed.is_(False))
    rested, retired = update(Peer).values(resume_at=None, failures=0), delete(Retired)
    if host:
        statement, rested = statement.where(Delivery.host == host), rested.where(Peer.host == host)
        retired = retired.where(Retired.host == host)
    await tx.execute(rested)
    await tx.execute(retired)
    tx.tell("deliveries")
    return await tx.change(statement.values(due_at=tx.now, attempts=0, outcome=None))
