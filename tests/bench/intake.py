"""Intake: signed Create{Note} from followed authors into the shared inbox; accepted, and visible in a reader's home."""

import asyncio
import json
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from federation.identifiers import PUBLIC, key_id
from federation.keys import PrivateKey
from federation.signatures import Scheme, sign
from node.context import Context
from node.database import Transaction
from node.queries import actors, follows, timelines
from node.services import newcomers, users
from node.services.documents import ACTIVITY_STREAMS
from tests.bench.machine import Process, python

AUTHORS = 20
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
    for index in range(AUTHORS):
        uri = author(index, port)

        async def work(tx: Transaction, uri: str = uri) -> None:
            target = await actors.required(tx, uri)
            follow = await follows.add(tx, reader, target, f"{reader.uri}#follow/{target.id}")
            await follows.change(tx, follow, accepted_at=tx.now)

        await context.run(work)
    return reader.id


@dataclass(frozen=True)
class Intake:
    """Rates per second, and CPU of the server per note in ms."""

    accepted: float
    visible: float
    cpu: float


async def measure(context: Context, server: Process, requests: Path, reader_id: int, count: int, before: int) -> Intake:
    """From the first request until the last note is in the reader's home."""
    cpu, start = server.cpu(), time.monotonic()
    load = await asyncio.create_subprocess_exec(
        *python("tests.bench.load", str(requests), "--concurrency", str(CONCURRENCY)), stdout=subprocess.PIPE
    )
    output, _ = await load.communicate()
    result = json.loads(output)
    if set(result["statuses"]) != {"202"}:
        raise RuntimeError(f"not everything was accepted: {result['statuses']}")
    while await _in_home(context, reader_id) < before + count:
        await asyncio.sleep(0.05)
    seconds = time.monotonic() - start
    return Intake(result["per_second"], count / seconds, (server.cpu() - cpu) / count * 1000)


async def _in_home(context: Context, reader_id: int) -> int:
    async with context.database.reading() as tx:
        reader = await actors.known(tx, reader_id)
        return await timelines.count_home(tx, reader)
