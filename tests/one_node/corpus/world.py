"""A node of its own for each payload, and all the others that it could ask: they serve what the payload embeds.

Anna is here, who moderates the garden, has posted a topic in it, and has a poll.
"""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import orjson

from federation.client import Client, Fetched, NetworkPolicy
from federation.errors import Unreachable
from federation.vocabulary import Activity, Document, parse_document
from node import handlers
from node.context import Context
from node.context.opening import ensure_node
from node.database import Database, Transaction
from node.events import Bus
from node.handlers import Incoming, Outcome
from node.queries import actors as actor_rows, posts as post_rows
from node.services import posts, users
from node.services.groups import GroupDraft, create as create_group
from node.services.newcomers import KeyPair
from node.services.polls import PollDraft
from node.services.users import NewPerson
from node.settings import Settings, load
from tests.templates import place_database

OURS: Final = {
    "anna": "http://a.test/users/anna",
    "garden": "http://a.test/groups/garden",
    "acct": "acct:anna@a.test",
    "topic": "http://a.test/posts/1",
    "poll": "http://a.test/posts/2",
    "activity": "http://a.test/activities/1",
}


def objects_in(value: Any) -> Iterator[Document]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects_in(inner)


class Origins(Client):
    """All other nodes: each serves under its id whatever the payload embeds, and nothing else."""

    def __init__(self) -> None:
        super().__init__(NetworkPolicy(), "none")
        self.served: dict[str, Document] = {}

    def serve(self, document: Document) -> None:
        for part in objects_in(document):
            if isinstance(part.get("id"), str) and {"content", "name", "inbox"} & set(part):
                self.served[part["id"]] = part

    async def fetch(self, url: str, **_: Any) -> Fetched:
        if url not in self.served:
            raise Unreachable("fetch.connect", "there is nothing else")
        return Fetched(url, parse_document(orjson.dumps(self.served[url])), "application/activity+json")

    async def get_well_known(self, *_: Any, **__: Any) -> Fetched:
        raise Unreachable("fetch.connect", "there is nothing else")


@dataclass
class World:
    context: Context
    origins: Origins

    async def receive(self, activity: Activity, relayed_by: str | None = None) -> Outcome:
        """As a worker does: what is missing is fetched, then it runs again."""

        async def work(tx: Transaction) -> Outcome:
            group = await actor_rows.required(tx, relayed_by) if relayed_by else None
            return await handlers.process(tx, activity, Incoming(await actor_rows.required(tx, activity.actor), group))

        return await self.context.run(work)


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """A node of its own. Anna and the garden are made once, and copied."""
    if not _furnished:
        template = Path(_FOLDER.name) / "data"
        place_database(_settings(template))
        async with _opened(template) as first:
            await _furnish(first.context)
        _furnished.append(template)
    shutil.copytree(_furnished[0], folder)
    async with _opened(folder) as found:
        yield found


_FOLDER: Final = tempfile.TemporaryDirectory(prefix="ordito-corpus-")
"""Goes with the process."""
_furnished: Final[list[Path]] = []


def _settings(folder: Path) -> Settings:
    return load({"ORDITO_ENV": "development", "ORDITO_DATA_DIR": str(folder), "ORDITO_BASE_URL": "http://a.test"})


@asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[World]:
    settings, origins = _settings(folder), Origins()
    database = Database(settings, Bus())
    try:
        yield World(Context(settings, database, origins), origins)
    finally:
        await origins.close()
        await database.close()


async def _furnish(context: Context) -> None:
    await ensure_node(context)
    _, anna = await context.run(lambda tx: users.add(tx, NewPerson("anna"), KeyPair.generate()))
    draft = GroupDraft("garden", "Garden")
    garden = await context.run(lambda tx: create_group(tx, anna, draft, KeyPair.generate()))
    topic = await context.run(lambda tx: posts.publish(tx, anna, posts.Draft("Seeds", group=garden)))
    await context.run(lambda tx: post_rows.change(tx, topic, uri=OURS["topic"]))
    asked = posts.Draft("When?", poll=PollDraft(("Montag", "Freitag"), context.now() + timedelta(days=1)))
    poll = await context.run(lambda tx: posts.publish(tx, anna, asked))
    await context.run(lambda tx: post_rows.change(tx, poll, uri=OURS["poll"]))
