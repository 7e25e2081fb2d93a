"""What is known of other servers."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from node.database import Transaction
from node.database.tables import Delivery, HostBlock, Peer, Retired


async def by_host(tx: Transaction, host: str) -> Peer | None:
    return await tx.get(Peer, host)


async def by_hosts(tx: Transaction, hosts: Collection[str]) -> dict[str, Peer]:
    if not hosts:
        return {}
    return {peer.host: peer for peer in await tx.all(select(Peer).where(Peer.host.in_(hosts)))}


async def count(tx: Transaction) -> int:
    return int(await tx.one(select(func.count()).select_from(Peer)))


async def hosts(tx: Transaction) -> list[str]:
    """All but those that this node has blocked."""
    rows = await tx.rows(select(Peer.host).where(Peer.host.not_in(select(HostBlock.host))).order_by(Peer.host))
    return [row[0] for row in rows]


async def remember(tx: Transaction, host: str, **values: Any) -> None:
    """Writes what was learned, making the row where there is none."""
    await remember_all(tx, {host: values})


async def remember_all(tx: Transaction, learned: Mapping[str, Mapping[str, Any]]) -> None:
    """The same for many hosts, in as many statements as there are sets of columns."""
    start = {"failures": 0, "scheme": None, "software": None, "resume_at": None, "failing_since": None}
    tx.insert(Peer, [{"host": host, "contact_at": None, **start} for host in learned], once=True)
    await tx.update_many(Peer, [{"host": host, **values} for host, values in learned.items()])


async def learn_scheme(tx: Transaction, host: str, scheme: str) -> None:
    """What a host says it takes, unless experience has said something already."""
    peer = await by_host(tx, host)
    if peer is None or peer.scheme is None:
        await remember(tx, host, scheme=scheme)


async def made_contact(tx: Transaction, host: str) -> None:
    """A resting host has come to us: what waits for it goes out at once, and what was retired is tried again."""
    await tx.execute(delete(Retired).where(Retired.host == host))
    resting = update(Peer).where(Peer.host == host, Peer.failures > 0)
    if await tx.change(resting.values(failures=0, resume_at=None, failing_since=None, contact_at=tx.now)):
        due = update(Delivery).where(Delivery.host == host, Delivery.due_at > tx.now, Delivery.claimed.is_(False))
        await tx.execute(due.values(due_at=tx.now))
        tx.tell("deliveries")


async def failing(tx: Transaction) -> dict[str, datetime | None]:
    """Hosts that did not answer last time, and since when they rest."""
    rows = await tx.rows(select(Peer.host, Peer.resume_at).where(Peer.failures > 0))
    return dict(rows)


async def retired(tx: Transaction, since: datetime) -> dict[str, str]:
    """Inboxes and hosts that nothing goes to, each with its host; those of long ago are tried again."""
    rows = await tx.rows(select(Retired.address, Retired.host).where(Retired.since > since))
    return dict(rows)
