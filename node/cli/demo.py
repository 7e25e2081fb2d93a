"""`ordito demo`: three partner nodes on loopback, with a conversation between them made by really federating.

All three run in this one process, each with its own database, keys and workers; what passes between them goes over
HTTP, signed, as between nodes in different countries. Their data is thrown away at the end.
"""

import asyncio
import signal
import socket
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from node.cli.demo_story import CONVERSATION, COUNTRIES, PLACE, Country, Line
from node.cli.output import progress, show
from node.cli.running import plain_failures

if TYPE_CHECKING:
    from aiohttp.abc import AbstractResolver

    from node.context import Context
    from node.database.tables import Actor, Post

T = TypeVar("T")
PASSWORD: Final = "filo-e-ordito"  # noqa: S105  # of accounts that are gone with the demo; it prints it
PATIENCE: Final = 60.0
"""Seconds until something posted on one node has to be on the others."""


@dataclass(slots=True)
class Partner:
    """A running node of the demo."""

    country: Country
    context: "Context"
    people: "dict[str, Actor]" = field(default_factory=dict)

    @property
    def group(self) -> str:
        return f"{self.country.group.handle}@{self.context.settings.host}"


@click.command(short_help="Three partner nodes on this machine, and a conversation between them.")
@click.option("--port", type=click.IntRange(1024, 65000), default=8431, show_default=True, help="Of the first node.")
def demo(port: int) -> None:
    """Start three partner nodes (Italy, Greece, Germany) on loopback, with groups, people and one thread in four
    languages that was posted through each node. Ctrl-C stops them; nothing is left running or on disk.

    \b
    ordito demo
    ordito demo --port 9000
    """
    from node import app

    with plain_failures():
        app.run(_demo(port))


async def _demo(port: int) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    with tempfile.TemporaryDirectory(prefix="ordito-demo-") as folder:
        async with AsyncExitStack() as stack:
            telling = asyncio.create_task(_tell(stack, Path(folder), port))
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait([telling, stopping], return_when=asyncio.FIRST_COMPLETED)
            if telling.done():
                telling.result()
                await stopping
            telling.cancel()
            show("Stopping …")


async def _tell(stack: AsyncExitStack, folder: Path, port: int) -> None:
    """Starts the nodes, lets their people join and talk, and says where to read it."""
    partners: dict[str, Partner] = {}
    said: list[str] = []
    people = sum(len(country.people) for country in COUNTRIES)
    with progress(len(COUNTRIES) + people + len(CONVERSATION), "Three nodes") as bar:
        for number, country in enumerate(COUNTRIES):
            partners[country.code] = await _start(stack, country, folder / country.code, port + number)
            bar.update(1, f"{country.node_name} starts")
        place = partners[PLACE]
        for partner in partners.values():
            for name in partner.people:
                await _join(partner, name, place.group)
                bar.update(1, f"{name} joins {place.group}")
        for line in CONVERSATION:
            said.append(await _say(partners[line.country], line, place.group, said))
            bar.update(1, f"{line.name} writes")
        for partner in partners.values():
            await _arrived(partner, said[-1])
    _show_all(list(partners.values()), said[0])


async def _start(stack: AsyncExitStack, country: Country, folder: Path, port: int) -> Partner:
    from aiohttp import web

    from node import app
    from node.context.logs import configure
    from node.middleware.state import CONTEXT
    from node.server import Runner
    from node.settings import load

    settings = load(
        {
            "ORDITO_ENV": "development",
            "ORDITO_DATA_DIR": str(folder),
            "ORDITO_LISTEN": f"127.0.0.1:{port}",
            "ORDITO_BASE_URL": f"http://{country.code}.localhost:{port}",
            "ORDITO_ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8",
            "ORDITO_NODE_NAME": country.node_name,
            "ORDITO_LOG_LEVEL": "error",
        }
    )
    configure(settings)
    runner = Runner(app.build(settings, resolver=_this_machine()), access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, *settings.address).start()
    except OSError as error:
        raise click.ClickException(f"Port {port} is taken: choose others with --port.") from error
    partner = Partner(country, runner.app[CONTEXT])
    await _move_in(partner)
    return partner


def _this_machine() -> "AbstractResolver":
    """Names below `localhost` lead to this machine, whatever the system's resolver makes of them."""
    from aiohttp.abc import AbstractResolver, ResolveResult

    class ThisMachine(AbstractResolver):
        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            if not host.endswith(".localhost") or family == socket.AF_INET6:
                raise OSError(None, "the demo speaks to itself alone")
            return [
                ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0),
            ]

        async def close(self) -> None:
            """Holds nothing."""

    return ThisMachine()


async def _move_in(partner: Partner) -> None:
    """The people of a country, and their group."""
    from node.database import Transaction
    from node.queries import actors as actor_rows
    from node.services import groups, passwords, users
    from node.services.newcomers import KeyPair

    password_hash = await passwords.hashed(PASSWORD)
    for person in partner.country.people:
        new = users.NewPerson(person.name, role=person.role, approves_followers=False)
        pair = await asyncio.to_thread(KeyPair.generate)

        async def work(
            tx: Transaction, new: users.NewPerson = new, pair: KeyPair = pair, shown: str = person.shown
        ) -> "Actor":
            _, actor = await users.add(tx, new, pair, password_hash)
            await actor_rows.change(tx, actor, name=shown)
            return actor

        partner.people[person.name] = await partner.context.run(work)
    group = partner.country.group
    draft = groups.GroupDraft(group.handle, group.name, group.summary, languages=group.languages)
    pair = await asyncio.to_thread(KeyPair.generate)
    owner = partner.people[partner.country.people[0].name]
    await partner.context.run(lambda tx: groups.create(tx, owner, draft, pair))


async def _join(partner: Partner, name: str, handle: str) -> None:
    from node.queries import follows as follow_rows
    from node.services import follows, lookups

    context, person = partner.context, partner.people[name]
    target = await context.run(lambda tx: lookups.group(tx, handle))
    await context.run(lambda tx: follows.request(tx, person, target))

    async def joined() -> bool:
        async with context.database.reading() as tx:
            return await follow_rows.accepted(tx, person.id, target.id)

    await _until(partner, joined, f"{handle} has not accepted {name}")


async def _say(partner: Partner, line: Line, handle: str, said: Sequence[str]) -> str:
    """Posts a line: the first into the group, the others in answer to the one before, once that has come here."""
    from node.services import lookups, posts

    context, author = partner.context, partner.people[line.name]
    before = await _arrived(partner, said[-1]) if said else None
    group = None if before else await context.run(lambda tx: lookups.group(tx, handle))
    draft = posts.Draft(line.text, language=line.language, group=group, in_reply_to=before)
    return (await context.run(lambda tx: posts.publish(tx, author, draft))).uri


async def _arrived(partner: Partner, uri: str) -> "Post":
    from node.queries import posts as post_rows

    async def there() -> "Post | None":
        async with partner.context.database.reading() as tx:
            return await post_rows.by_uri(tx, uri)

    found: Post = await _until(partner, there, f"a post has not come to {partner.country.node_name}")
    return found


async def _until(partner: Partner, condition: Callable[[], Awaitable[T]], failure: str) -> Any:
    """Looks whenever the node has changed something."""
    signal = partner.context.bus.signal("posts")
    try:
        async with asyncio.timeout(PATIENCE):
            while not (found := await condition()):
                await signal.wait()
                signal.clear()
            return found
    except TimeoutError as error:
        raise click.ClickException(f"{failure} after {PATIENCE:.0f} seconds.") from error
    finally:
        partner.context.bus.release(signal)


def _show_all(partners: Sequence[Partner], opener: str) -> None:
    show("\nThree nodes, one conversation:")
    for partner in partners:
        settings = partner.context.settings
        show(f"\n{settings.node_name}: {settings.base_url}")
        show(f"  group   {partner.group}")
        for person in partner.country.people:
            show(f"  log in  {settings.base_url}/sign-in  {person.name}  {PASSWORD}  ({person.role})")
    show(f"\nThe thread in Italian, Greek, Arabic and English: {opener}")
    show("Press Ctrl-C to stop. Nothing of it is kept.")
