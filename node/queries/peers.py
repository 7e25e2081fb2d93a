"""What is known of other servers."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from node.database import Transaction
from node.database.tables import Delivery, Peer


async def by_host(tx: Transaction, host: str) -> Peer | None:
    return await tx.get(Peer, host)


async def by_hosts(tx: Transaction, hosts: Collection[str]) -> dict[str, Peer]:
    if not hosts:
        return {}
    return {peer.host: peer for peer in await tx.all(select(Peer).where(Peer.host.in_(hosts)))}


async def remember(tx: Transaction, host: str, **values: Any) -> None:
    """Writes what was learned, making the row where there is none."""
    start = {"failures": 0, "scheme": None, "software": None, "resume_at": None, "failing_since": None}
    tx.insert(Peer, [{"host": host, "contact_at": None, **start}], once=True)
    await tx.execute(update(Peer).where(Peer.host == host).values(**values))


async def learn_scheme(tx: Transaction, host: str, scheme: str) -> None:
    """What a host says it takes, unless experience has said something already."""
    peer = await by_host(tx, host)
    if peer is None or peer.scheme is None:
        await remember(tx, host, scheme=scheme)


async def made_contact(tx: Transaction, host: str) -> None:
    """A resting host has come to us: what waits for it goes out at once."""
    resting = update(Peer).where(Peer.host == host, Peer.failures > 0)
    if await tx.change(resting.values(failures=0, resume_at=None, failing_since=None, contact_at=tx.now)):
        due = update(Delivery).where(Delivery.host == host, Delivery.due_at > tx.now, Delivery.claimed.is_(False))
        await tx.execute(due.values(due_at=tx.now))
        tx.tell("deliveries")


async def failing(tx: Transaction) -> dict[str, datetime | None]:
    """Hosts that did not answer last time, and since when they rest."""
    rows = await tx.rows(select(Peer.host, Peer.resume_at).where(Peer.failures > 0))
    return dict(rows)
