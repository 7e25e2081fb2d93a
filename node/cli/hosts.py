"""`ordito host`: servers that this node neither hears nor answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import click

from node.cli.output import day, show, show_columns, show_json
from node.cli.running import run

if TYPE_CHECKING:
    from node.context import Context
    from node.database import Transaction


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list, as scripts read it."""

    host: str
    since: datetime


@click.group()
def host() -> None:
    """Servers that this node neither hears nor answers.

    \b
    Examples:
      ordito host block bad.example
      ordito host list
    """


@host.command()
@click.argument("name", metavar="HOST")
def block(name: str) -> None:
    """Block a server, and all whose names end in .HOST.

    From now on nothing comes from it or goes to it; followings in both directions end. What was written there before
    is out of sight until it is unblocked. It is told nothing. A running server heeds it at once.

    \b
    Example:
      ordito host block bad.example
    """

    async def work(tx: "Transaction") -> int:
        from node.services import hosts

        return await hosts.block(tx, name)

    ended = run(lambda context: context.run(work))
    show(f"{name} is blocked. Followings that ended: {ended}.")


@host.command()
@click.argument("name", metavar="HOST")
def unblock(name: str) -> None:
    """Take a server from the list. Who followed somebody there has to follow anew.

    \b
    Example:
      ordito host unblock bad.example
    """

    async def work(tx: "Transaction") -> None:
        from node.services import hosts

        await hosts.unblock(tx, name)

    run(lambda context: context.run(work))
    show(f"{name} is not blocked.")


@host.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def list_hosts(as_json: bool) -> None:
    """All blocked servers, and since when.

    \b
    Example:
      ordito host list --json | jq -r '.[].host'
    """

    found = run(_blocked)
    if as_json:
        show_json(found)
    elif found:
        show_columns([("SERVER", "SINCE"), *((entry.host, day(entry.since)) for entry in found)])
    else:
        show("No server is blocked.")


async def _blocked(context: "Context") -> list[Entry]:
    from node.queries import hosts as host_rows

    async with context.database.reading(context.now()) as tx:
        return [Entry(row.host, row.created_at) for row in await host_rows.blocks(tx)]
