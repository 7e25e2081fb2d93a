"""`ordito report`: what people ask moderators to look at."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import click

from node.cli.output import minute, show, show_json
from node.cli.running import run

if TYPE_CHECKING:
    from node.context import Context
    from node.database import Transaction
    from node.database.tables import Report


@dataclass(frozen=True, slots=True)
class Entry:
    """A report as scripts read it. `from_host`: of who reports the server alone, so that nobody can take revenge."""

    id: str
    created_at: datetime
    account: str
    group: str | None
    posts: tuple[str, ...]
    text: str
    from_host: str | None


@click.group()
def report() -> None:
    """What people here and elsewhere ask moderators to look at.

    \b
    Examples:
      ordito report list
      ordito report close 1234
      ordito report file troll@bad.example --as anna "Threatens women in the group"
    """


@report.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def list_reports(as_json: bool) -> None:
    """Reports that nobody has closed yet, the oldest first. Of who reports, the server alone is shown.

    \b
    Example:
      ordito report list --json | jq -r '.[].account'
    """
    found = run(_open_reports)
    if as_json:
        show_json(found)
        return
    for entry in found:
        _show(entry)
    if not found:
        show("No report is open.")


async def _open_reports(context: "Context") -> list[Entry]:
    from node.queries import moderation

    async with context.database.reading(context.now()) as tx:
        return [await _entry(tx, row) for row in await moderation.open_reports(tx)]


async def _entry(tx: "Transaction", row: "Report") -> Entry:
    from node.queries import actors as actor_rows, posts as post_rows
    from node.services import addresses

    known = await actor_rows.by_ids(tx, (one for one in (row.reporter_id, row.target_id, row.group_id) if one))
    group, reporter = known.get(row.group_id or 0), known.get(row.reporter_id or 0)
    reported = await post_rows.by_ids(tx, row.posts)
    return Entry(
        id=str(row.id),
        created_at=row.created_at,
        account=str(addresses.handle(tx, known[row.target_id])),
        group=str(addresses.handle(tx, group)) if group else None,
        posts=tuple(reported[post_id].uri for post_id in row.posts if post_id in reported),
        text=row.text,
        from_host=addresses.handle(tx, reporter).host if reporter else None,
    )


def _show(entry: Entry) -> None:
    show(f"{entry.id}  {entry.account}" + (f" in {entry.group}" if entry.group else ""), bold=True)
    show(f"{minute(entry.created_at)} · from {entry.from_host or 'an account that is gone'}")
    for line in entry.text.splitlines():
        show(f"  {line}".rstrip())
    for uri in entry.posts:
        show(f"  {uri}")
    show()


@report.command()
@click.argument("number", metavar="ID", type=int)
def close(number: int) -> None:
    """Close the report ID: it was dealt with.

    \b
    Example:
      ordito report close 1234
    """

    async def work(tx: "Transaction") -> None:
        from node.services import reports

        await reports.close(tx, number)

    run(lambda context: context.run(work))
    show(f"Report {number} is closed.")


@report.command()
@click.option("--as", "name", metavar="NAME", required=True, help="Who reports: a person of this node.")
@click.option("--post", "urls", metavar="URL", multiple=True, help="A post that shows it; can be given again.")
@click.option("--keep-here", is_flag=True, help="Tell the moderators of this node alone.")
@click.argument("who", metavar="WHO")
@click.argument("text")
def file(name: str, urls: tuple[str, ...], keep_here: bool, who: str, text: str) -> None:
    """Report WHO, a person of this node or name@host, and say in TEXT what is wrong.

    The servers of the account and of the group it wrote in are told as well, in the name of this node; NAME is told to
    nobody.

    \b
    Example:
      ordito report file troll@bad.example --as anna --post https://bad.example/notes/1 "Threats"
    """

    async def work(tx: "Transaction") -> None:
        from node.services import actors, lookups, node_actor, reports, users

        _, reporter = await users.standing(tx, name)
        target = await actors.find(tx, who)
        reported = [await lookups.post(tx, url, reporter) for url in urls]
        await reports.file(tx, await node_actor.required(tx), reporter, target, reported, text, forward=not keep_here)

    run(lambda context: context.run(work))
    show(f"{who} is reported.")
