"""Growth: what a note and a page cost once ten times as many posts are stored. It must not matter."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from typing import Any, Final

from sqlalchemy import delete

from node.database import Transaction, id_at
from node.database.tables import InboxItem, Post
from node.queries import actors as actor_rows, follows as follow_rows
from node.services import groups, newcomers
from tests.bench import intake
from tests.bench.fanout import host, remote_actor
from tests.bench.figures import Measured
from tests.bench.machine import Process, load
from tests.bench.site import HTML, Site

CHUNK: Final = 2000
HOMES: Final = 200
PAGES: Final = 5000
"""A page that is kept rendered costs so little that the kernel's ticks of 10 ms tell nothing of a few."""
OTHERS: Final = 50
OLD: Final = "http://old.example/posts/"
RUNS: Final = 3
START: Final = datetime.now(UTC)
EVERY: Final = timedelta(minutes=1)


async def prepare(site: Site) -> int:
    """The group whose page is read."""
    await intake.prepare(site)

    async def work(tx: Transaction) -> int:
        writer = await actor_rows.known(tx, site.writer.id)
        pair = newcomers.KeyPair.generate()
        return (await groups.create(tx, writer, groups.GroupDraft("archive", "Archive"), pair)).id

    return await site.context.run(work)


async def measure(site: Site, server: Process, group_id: int, few: int, many: int) -> dict[str, Measured]:
    """CPU in ms with `few` posts stored, and with `many`."""
    stored = 0
    before: dict[str, float] = {}
    for count in (few, many):
        await fill(site, group_id, stored, count)
        stored = count
        after = await _costs(site, server, f"g{count}")
        before = before or after
    return {name: Measured(after[name], before[name]) for name in after}


async def _costs(site: Site, server: Process, run: str) -> dict[str, float]:
    """Pages first: what comes in to be measured would be most of her home."""
    home = await _page(site, server, "/home", site.browser.headers, HOMES)
    page = await _page(site, server, "/@archive", HTML, PAGES)
    notes = [(await intake.measure(site, server, f"{run}-{n}"))["cpu"].value for n in range(RUNS)]
    await site.context.run(_forget)
    return {"cpu": median(notes), "home": home, "page": page}


async def _forget(tx: Transaction) -> None:
    """What came in to be measured goes again."""
    await tx.execute(delete(Post).where(Post.uri.not_like(f"{OLD}%")))
    await tx.execute(delete(InboxItem))


async def _page(site: Site, server: Process, path: str, headers: dict[str, str], times: int) -> float:
    """CPU of one, in ms."""
    requests = site.written("page", [{"method": "GET", "url": f"{site.base}{path}", "headers": headers}])
    await load(requests, concurrency=1)
    cpu = server.cpu()
    await load(requests, concurrency=2, repeat=times)
    return (server.cpu() - cpu) / times * 1000


async def fill(site: Site, group_id: int, start: int, end: int) -> None:
    """Posts a minute apart: a tenth in the group, a fifth by those whom the reader follows, the rest by others."""
    readers = await site.look(lambda tx: follow_rows.following(tx, site.writer.id))
    followed = [actor.id for actor in readers if not actor.is_group]
    others = await site.context.run(partial(_others, port=site.peers))
    for begin in range(start, end, CHUNK):
        numbers = range(begin, min(begin + CHUNK, end))
        rows = [_row(number, (*followed, *others), len(followed), group_id) for number in numbers]
        await site.context.run(partial(_insert, rows=rows))


async def _others(tx: Transaction, port: int) -> list[int]:
    return [(await actor_rows.upsert(tx, remote_actor(host(number, port), "other"))).id for number in range(OTHERS)]


async def _insert(tx: Transaction, rows: list[dict[str, Any]]) -> None:
    tx.insert(Post, rows)


def _row(number: int, authors: Sequence[int], followed: int, group_id: int) -> dict[str, Any]:
    """Older the higher its number, so that what comes in later stays on top."""
    at = START - EVERY * (number + 1)
    row_id = id_at(at)
    author = authors[number % followed] if number % 5 == 0 else authors[followed + number % (len(authors) - followed)]
    uri = f"{OLD}{number}"
    named = {"id": row_id, "root_id": row_id, "uri": uri, "url": uri, "type": "Note", "author_id": author}
    placed = {"visibility": "public", "group_id": group_id if number % 10 == 1 else None}
    texts = {"name": "", "content": f"<p>{number} " + "as it was then. " * 20 + "</p>", "summary": ""}
    rest = {"sensitive": False, "attachments": [], "emojis": [], "published": at, "created_at": at}
    return named | placed | texts | rest
