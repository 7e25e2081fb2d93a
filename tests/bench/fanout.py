"""Fan-out: one post to followers on many hosts, quick and slow ones; and many Follows that are accepted."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import aiohttp
import orjson
from sqlalchemy import func, select

from federation.identifiers import key_id
from federation.signatures import Scheme, sign
from node.database import Transaction
from node.database.tables import Delivery
from node.queries import actors as actor_rows, follows as follow_rows
from node.services import newcomers, users
from node.services.documents import ACTIVITY_STREAMS
from tests.bench.ceilings import signs_per_second
from tests.bench.figures import Measured
from tests.bench.machine import Process, load
from tests.bench.site import Browser, Site, sign_in

PER_HOST = 5
SIZES = FEW, MANY = 100, 400
FOLLOWS = 500
DELAY = 0.1
PATIENCE = 60.0


def host(index: int, port: int) -> str:
    return f"127.0.{1 + index // 200}.{1 + index % 200}:{port}"


@dataclass(frozen=True)
class Writers:
    """Browsers of those who write, by the number of hosts where their followers are."""

    browsers: dict[int, Browser]


async def prepare(site: Site) -> Writers:
    """One writer is followed by 500 on 100 hosts, the other by 2,000 on 400."""
    return Writers({hosts: await site.context.run(partial(_followed, port=site.peers, hosts=hosts)) for hosts in SIZES})


async def _followed(tx: Transaction, port: int, hosts: int) -> Browser:
    """Followers are put there without asking their hosts."""
    person = users.NewPerson(f"writer-{hosts}", approves_followers=False)
    user, writer = await users.add(tx, person, newcomers.KeyPair.generate())
    for index in range(hosts):
        for number in range(PER_HOST):
            follower = await actor_rows.upsert(tx, remote_actor(host(index, port), f"f{hosts}-{number}"))
            follow = await follow_rows.add(tx, follower, writer, f"{follower.uri}#follow")
            await follow_rows.change(tx, follow, accepted_at=tx.now)
    return await sign_in(tx, user)


def remote_actor(where: str, name: str) -> dict[str, Any]:
    uri = f"http://{where}/users/{name}"
    named = {"uri": uri, "url": uri, "username": name, "host": where, "handle": f"{name}@{where}", "type": "Person"}
    inboxes = {"inbox": f"{uri}/inbox", "shared_inbox": f"http://{where}/inbox"}
    flags = dict.fromkeys(("locked", "discoverable", "indexable", "posting_restricted", "shows_follows"), False)
    lists: dict[str, Any] = {name: [] for name in ("fields", "languages", "emojis", "also_known_as")}
    return named | inboxes | {"name": "", "summary": ""} | flags | lists


@dataclass(frozen=True)
class Sent:
    """`seconds` from the form that posts it to the answer of the last inbox, `sending` of them from the first that has
    it; `cpu` of the server, in seconds."""

    seconds: float
    sending: float
    cpu: float


async def measure(site: Site, server: Process, writers: Writers, run: str) -> dict[str, Measured]:
    signs = signs_per_second()
    few, many = await _post(site, server, writers, FEW), await _post(site, server, writers, MANY)
    slow = await _post(site, server, writers, FEW, delay=DELAY)
    return {
        "rate-100": Measured(FEW / few.sending, signs),
        "last-100": Measured(few.seconds),
        "rate-400": Measured(MANY / many.sending, signs),
        "last-400": Measured(many.seconds),
        "cpu": Measured(many.cpu / MANY * 1000),
        "slow": Measured(slow.seconds),
        "follows": Measured(await _accepted(site, run)),
    }


async def _post(site: Site, server: Process, writers: Writers, hosts: int, *, delay: float = 0.0) -> Sent:
    browser = writers.browsers[hosts]
    site.told(f"/reset?delay={delay}")
    cpu, start = server.cpu(), time.monotonic()
    async with aiohttp.ClientSession(headers=browser.headers) as http:
        form = {"csrf": browser.form, "text": f"Who can come on Saturday? {start}"}
        async with http.post(f"{site.base}/posts", data=form, allow_redirects=False) as response:
            if response.status != 303:
                raise RuntimeError(f"the post was not taken: {response.status}")
    await _arrived(site, "Create", hosts)
    while await site.look(_owed):  # another process does it
        await asyncio.sleep(0.02)
    figures = site.told("/figures")
    return Sent(figures["last"] - start, figures["last"] - figures["first"], server.cpu() - cpu)


async def _owed(tx: Transaction) -> int:
    return int(await tx.one(select(func.count()).select_from(Delivery).where(Delivery.due_at.is_not(None))))


async def _arrived(site: Site, kind: str, count: int) -> dict[str, Any]:
    """What the peers say once they have so many. `first` and `last` are of the clock that we read too."""
    async with asyncio.timeout(PATIENCE):
        while (figures := site.told("/figures"))["got"].get(kind, 0) < count:
            await asyncio.sleep(0.05)
    return figures


async def _accepted(site: Site, run: str) -> float:
    """Accepts per second, from the first to the last: before it every follower is fetched once."""
    site.told("/reset")
    requests = [_follow(site, host(number % FEW, site.peers), f"{run}-{number}") for number in range(FOLLOWS)]
    await load(site.written("follows", requests), concurrency=32, status=202)
    figures = await _arrived(site, "Accept", FOLLOWS)
    return FOLLOWS / float(figures["last"] - figures["first"])


def _follow(site: Site, where: str, name: str) -> dict[str, Any]:
    uri = f"http://{where}/users/{name}"
    activity = {"@context": ACTIVITY_STREAMS, "id": f"{uri}#follow", "type": "Follow", "actor": uri}
    body, url = orjson.dumps(activity | {"object": site.writer.uri}), f"{site.base}/inbox"
    named = key_id(f"{uri}#main-key")
    headers = sign(Scheme.CAVAGE, method="POST", url=url, body=body, key=site.key, key_id=named, now=datetime.now(UTC))
    return {"method": "POST", "url": url, "headers": headers, "body": body.decode()}
