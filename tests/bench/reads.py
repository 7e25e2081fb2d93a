"""Reads: what peers and visitors ask for most, over a bare endpoint that answers with the same bytes."""

from dataclasses import dataclass
from typing import Final
from urllib.request import Request, urlopen

from node.database import Transaction
from node.database.tables import Actor
from node.queries import actors as actor_rows
from node.services import groups, newcomers, posts
from tests.bench.figures import Measured
from tests.bench.machine import load
from tests.bench.site import HTML, Site

REQUESTS: Final = 3000
PAGES: Final = 600
THREADS, ANSWERS = 20, 30
DOCUMENT: Final = {"Accept": 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'}


@dataclass(frozen=True)
class Addresses:
    """What is read, by its name in the table."""

    paths: dict[str, tuple[str, dict[str, str]]]


async def prepare(site: Site) -> Addresses:
    """A group with threads, and one of them with answers."""

    async def work(tx: Transaction) -> tuple[Actor, int]:
        writer = await actor_rows.known(tx, site.writer.id)
        draft = groups.GroupDraft("garden", "Garden", "Vegetables for all")
        group = await groups.create(tx, writer, draft, newcomers.KeyPair.generate())
        threads = [await posts.publish(tx, writer, posts.Draft(_text(n), group=group)) for n in range(THREADS)]
        for number in range(ANSWERS):
            await posts.publish(tx, writer, posts.Draft(_text(number), group=group, in_reply_to=threads[0]))
        return group, threads[0].id

    group, thread = await site.context.run(work)
    handle = f"acct:{group.username}@{site.ordito.host}"
    return Addresses(
        {
            "webfinger": (f"/.well-known/webfinger?resource={handle}", {}),
            "actor": (f"/groups/{group.username}", DOCUMENT),
            "object": (f"/posts/{thread}", DOCUMENT),
            "outbox": (f"/groups/{group.username}/outbox?page=1", DOCUMENT),
            "context": (f"/contexts/{thread}?page=1", DOCUMENT),
            "page": (f"/@{group.username}", HTML),
        }
    )


def _text(number: int) -> str:
    return f"{number}. Who has seeds to share? *Tomatoes* and beans, and a little time on Saturday. " * 4


async def measure(site: Site, addresses: Addresses) -> dict[str, Measured]:
    return {name: await _read(site, name, *address) for name, address in addresses.paths.items()}


async def _read(site: Site, name: str, path: str, headers: dict[str, str]) -> Measured:
    """Against an endpoint that knows nothing but these bytes; asked for once before, as whatever is asked for often."""
    with urlopen(Request(f"{site.base}{path}", headers=headers), timeout=10) as answer:
        (site.folder / f"{name}.body").write_bytes(answer.read())
    count = PAGES if name == "page" else REQUESTS
    request = {"method": "GET", "headers": headers}
    ours = site.written(name, [request | {"url": f"{site.base}{path}"}])
    bare = site.written(f"{name}-bare", [request | {"url": f"{site.ceilings}/fixed/{name}"}])
    loaded = await load(ours, concurrency=32, repeat=count)
    ceiling = await load(bare, concurrency=32, repeat=REQUESTS)
    if loaded.size != ceiling.size:
        raise RuntimeError(f"{path} was {loaded.size} bytes long, then {ceiling.size}")
    return Measured(loaded.per_second, ceiling.per_second)
