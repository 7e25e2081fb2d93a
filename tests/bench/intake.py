"""Intake: signed Create{Note} from followed authors into the shared inbox; accepted, and visible in a reader's home."""

import asyncio
import json
import time
from datetime import UTC, datetime
from pathlib import Path

import orjson
from sqlalchemy import func, select

from federation.identifiers import PUBLIC, key_id
from federation.keys import PrivateKey
from federation.signatures import Scheme, sign
from node.context import Context
from node.database import Transaction
from node.database.tables import Actor, Follow, InboxItem, Post
from node.queries import actors as actor_rows, follows as follow_rows
from node.services import newcomers, users
from node.services.documents import ACTIVITY_STREAMS
from tests.bench.figures import Measured
from tests.bench.machine import Process, load
from tests.bench.site import Site

AUTHORS = 20
NOTES = 2000
PATIENCE = 60
"""Seconds."""
CONCURRENCY = 32


def author(index: int, port: int) -> str:
    return f"http://127.0.0.1:{port}/users/author{index}"


def note(author_uri: str, number: str) -> dict[str, object]:
    """As Mastodon sends it: some 2.4 kB."""
    uri = f"{author_uri}/statuses/{number}"
    content = "<p>" + "Wer kann am Samstag mitkommen? Wir treffen uns um zehn vor dem Haus. " * 8 + f"{number}</p>"
    published = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "@context": [ACTIVITY_STREAMS, {"ostatus": "http://ostatus.org#", "sensitive": "as:sensitive"}],
        "id": f"{uri}/activity",
        "type": "Create",
        "actor": author_uri,
        "published": published,
        "to": [PUBLIC],
        "cc": [f"{author_uri}/followers"],
        "object": {
            "id": uri,
            "type": "Note",
            "summary": None,
            "inReplyTo": None,
            "published": published,
            "url": uri,
            "attributedTo": author_uri,
            "to": [PUBLIC],
            "cc": [f"{author_uri}/followers"],
            "sensitive": False,
            "content": content,
            "contentMap": {"de": content},
            "attachment": [],
            "tag": [],
            "replies": {"id": f"{uri}/replies", "type": "Collection"},
        },
    }


def write_requests(path: Path, base: str, port: int, key: PrivateKey, count: int, run: str) -> None:
    """Signed now, so that signing is not part of what is measured."""
    with path.open("w") as file:
        for number in range(count):
            uri = author(number % AUTHORS, port)
            body = orjson.dumps(note(uri, f"{run}-{number}"))
            url = f"{base}/inbox"
            named = key_id(f"{uri}#main-key")
            headers = sign(
                Scheme.CAVAGE, method="POST", url=url, body=body, key=key, key_id=named, now=datetime.now(UTC)
            )
            file.write(json.dumps({"method": "POST", "url": url, "headers": headers, "body": body.decode()}) + "\n")


async def reader_follows_all(context: Context, port: int) -> int:
    """Makes the reader, and stores the authors and her accepted follows; her actor's id."""
    pair = newcomers.KeyPair.generate()
    _, reader = await context.run(lambda tx: users.add(tx, users.NewPerson("reader"), pair))
    await _follow_all(context, reader, port)
    return reader.id


async def _follow_all(context: Context, reader: Actor, port: int) -> None:
    for index in range(AUTHORS):
        uri = author(index, port)

        async def work(tx: Transaction, uri: str = uri) -> None:
            target = await actor_rows.required(tx, uri)
            follow = await follow_rows.add(tx, reader, target, f"{reader.uri}#follow/{target.id}")
            await follow_rows.change(tx, follow, accepted_at=tx.now)

        await context.run(work)


async def prepare(site: Site) -> None:
    """The writer of the site is the reader here."""
    await _follow_all(site.context, site.writer, site.peers)


async def measure(site: Site, server: Process, run: str) -> dict[str, Measured]:
    """From the first request until the last note is in the reader's home."""
    requests = site.folder / "notes.requests"
    write_requests(requests, site.base, site.peers, site.key, NOTES, run)
    ceiling = {name: await _ceiling(site, requests, name) for name in ("bare", "verify", "store")}
    before = await _in_home(site)
    cpu, start = server.cpu(), time.monotonic()
    loaded = await load(requests, concurrency=CONCURRENCY, status=202)
    async with asyncio.timeout(PATIENCE):
        while await site.look(_waiting):  # another process does it
            await asyncio.sleep(0.05)
    seconds = time.monotonic() - start
    spent = (server.cpu() - cpu) / NOTES * 1000
    if await _in_home(site) != before + NOTES:
        raise RuntimeError("not every note came to the reader's home")
    return {
        "bare": Measured(ceiling["bare"]),
        "accepted": Measured(loaded.per_second, ceiling["verify"]),
        "visible": Measured(NOTES / seconds, ceiling["store"]),
        "cpu": Measured(spent),
    }


async def _ceiling(site: Site, requests: Path, name: str) -> float:
    """What the same requests come to at one of the yardsticks."""
    copy = site.folder / "ceiling.requests"
    copy.write_text(requests.read_text().replace(f'"url": "{site.base}/inbox"', f'"url": "{site.ceilings}/{name}"'))
    return (await load(copy, concurrency=CONCURRENCY, status=202)).per_second


async def _waiting(tx: Transaction) -> int:
    return int(await tx.one(select(func.count()).select_from(InboxItem).where(InboxItem.due_at.is_not(None))))


async def _in_home(site: Site) -> int:
    """How much those whom the reader follows wrote: what her home would list."""
    followed = select(Follow.target_id).where(Follow.follower_id == site.writer.id, Follow.accepted_at.is_not(None))
    count = select(func.count()).select_from(Post).where(Post.author_id.in_(followed))
    return int(await site.look(lambda tx: tx.one(count)))
