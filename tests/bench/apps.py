"""Apps: what a client asks all day, over a bare endpoint that sends the same bytes; and posting beside intake."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.request import Request, urlopen

from node.database import Transaction
from node.queries import actors as actor_rows, follows as follow_rows
from node.services import newcomers, posts, reactions, users
from tests.bench import growth, intake
from tests.bench.fanout import PER_HOST, host, remote_actor
from tests.bench.figures import Measured
from tests.bench.machine import Load, Process, load
from tests.bench.site import Site

POSTS: Final = 100_000
FOLLOWS: Final = 200
ANSWERS: Final = 500
HOSTS: Final = 400
"""Of the 2,000 who follow the one that writes."""
WRITTEN: Final = 200
LIKES: Final = 40
READS: Final = 300
QUICK: Final = 2000
CONCURRENCY: Final = 4


@dataclass(frozen=True)
class Apps:
    """Headers of a reader's app and of a writer's, and what is read, by its name in the table."""

    reader: Mapping[str, str]
    writer: Mapping[str, str]
    paths: Mapping[str, tuple[str, int]]
    """(path, how often)."""


async def prepare(site: Site) -> Apps:
    """100,000 posts, of which a fifth are by the 200 whom the reader follows; a thread of 500; 40 favourites."""
    await _follow(site)
    group_id = await growth.prepare(site)
    await growth.fill(site, group_id, 0, POSTS)
    token = await site.context.run(partial(_writer, port=site.peers))
    thread = await site.context.run(_thread)
    await site.context.run(partial(_liked, reader_id=site.writer.id))
    mine = await site.context.run(partial(_token, name=site.writer.username))
    paths = {
        "home": ("/api/v1/timelines/home?limit=40", READS),
        "home-20": ("/api/v1/timelines/home?limit=20", READS),
        "public": ("/api/v1/timelines/public?limit=20", READS),
        "status": (f"/api/v1/statuses/{thread}", QUICK),
        "thread": (f"/api/v1/statuses/{thread}/context", READS // 10),
        "notifications": ("/api/v1/notifications?limit=40", READS),
        "token": ("/api/v1/preferences", QUICK),
    }
    return Apps(_headers(mine), _headers(token), paths)


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Accept": "application/json"}


async def _follow(site: Site) -> None:
    async def work(tx: Transaction) -> None:
        for index in range(FOLLOWS):
            target = await actor_rows.upsert(tx, remote_actor(host(index, site.peers), "followed"))
            follow = await follow_rows.add(tx, site.writer, target, f"{site.writer.uri}#follow/{target.id}")
            await follow_rows.change(tx, follow, accepted_at=tx.now)

    await site.context.run(work)


async def _token(tx: Transaction, name: str) -> str:
    user, _ = await users.required(tx, name)
    return await users.issue_token(tx, user, "read write follow push")


async def _writer(tx: Transaction, port: int) -> str:
    """The token of one who is followed by 2,000 on 400 hosts."""
    person = users.NewPerson("poster", approves_followers=False)
    _, writer = await users.add(tx, person, newcomers.KeyPair.generate())
    for index in range(HOSTS):
        for number in range(PER_HOST):
            follower = await actor_rows.upsert(tx, remote_actor(host(index, port), f"reads{number}"))
            follow = await follow_rows.add(tx, follower, writer, f"{follower.uri}#follow")
            await follow_rows.change(tx, follow, accepted_at=tx.now)
    return await _token(tx, "poster")


async def _thread(tx: Transaction) -> int:
    poster = await actor_rows.required_local(tx, "poster")
    opener = await posts.publish(tx, poster, posts.Draft("Who comes along on Saturday? " * 4))
    for number in range(ANSWERS):
        await posts.publish(tx, poster, posts.Draft(f"{number}. I do, and bring a friend.", in_reply_to=opener))
    return opener.id


async def _liked(tx: Transaction, reader_id: int) -> None:
    """So many notices for the reader."""
    reader = await actor_rows.known(tx, reader_id)
    post = await posts.publish(tx, reader, posts.Draft("It was a good Saturday."))
    for number in range(LIKES):
        person = users.NewPerson(f"likes{number}", approves_followers=False)
        _, actor = await users.add(tx, person, newcomers.KeyPair.generate())
        await reactions.favourite(tx, actor, post)


async def measure(site: Site, server: Process, apps: Apps, run: str) -> dict[str, Measured]:
    found = {}
    for name, (path, times) in apps.paths.items():
        found |= await _read(site, server, name, path, times, apps.reader)
    return found | await _written(site, apps, run)


async def _read(
    site: Site, server: Process, name: str, path: str, times: int, headers: Mapping[str, str]
) -> dict[str, Measured]:
    """Requests per second beside those of the ceiling, CPU of one in ms, and its longest but one in a hundred in ms."""
    with urlopen(Request(f"{site.base}{path}", headers=dict(headers)), timeout=30) as answer:
        (site.folder / f"{name}.body").write_bytes(answer.read())
    request = {"method": "GET", "headers": dict(headers)}
    ours = site.written(name, [request | {"url": f"{site.base}{path}"}])
    bare = site.written(f"{name}-bare", [request | {"url": f"{site.ceilings}/fixed/{name}"}])
    cpu = server.cpu()
    loaded = await load(ours, concurrency=CONCURRENCY, repeat=times)
    spent = (server.cpu() - cpu) / times * 1000
    ceiling = await load(bare, concurrency=CONCURRENCY, repeat=QUICK)
    return {
        name: Measured(loaded.per_second, ceiling.per_second),
        f"{name}-cpu": Measured(spent),
        f"{name}-p50": Measured(loaded.p50 * 1000),
        f"{name}-p99": Measured(loaded.p99 * 1000),
    }


async def _written(site: Site, apps: Apps, run: str) -> dict[str, Measured]:
    """Posts to 2,000 followers, answered before anything is delivered, while 2,000 notes come in."""
    arriving = site.folder / "beside.requests"
    intake.write_requests(arriving, site.base, site.peers, site.key, intake.NOTES, f"beside-{run}")
    url = f"{site.base}/api/v1/statuses"
    headers = dict(apps.writer) | {"Content-Type": "application/json"}
    entries: list[dict[str, Any]] = [
        {"method": "POST", "url": url, "headers": headers, "body": json.dumps({"status": f"{run} {number}"})}
        for number in range(WRITTEN)
    ]
    writing = load(site.written("statuses", entries), concurrency=1)
    answered, _ = await asyncio.gather(writing, load(arriving, concurrency=intake.CONCURRENCY, status=202))
    return _of_writing(answered)


def _of_writing(answered: Load) -> dict[str, Measured]:
    return {
        "post": Measured(answered.per_second),
        "post-p50": Measured(answered.p50 * 1000),
        "post-p99": Measured(answered.p99 * 1000),
    }
