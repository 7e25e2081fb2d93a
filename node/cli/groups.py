"""`ordito group`: the groups of this node, their members and moderators."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from node.cli import memberships, ownership, profiles
from node.cli.output import show, show_columns, show_json
from node.cli.running import run

if TYPE_CHECKING:
    from node.context import Context
    from node.database import Transaction


def _day(_: click.Context, __: click.Parameter, text: str | None) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) if text is not None else None
    except ValueError as error:
        raise click.BadParameter("A day is written as 2030-01-31.") from error


@click.group()
def group() -> None:
    """The groups of this node.

    \b
    Examples:
      ordito group create welcome --name "Welcome" --owner anna
      ordito group members welcome
      ordito group moderators welcome --add maria@other.example
      ordito group close welcome
    """


group.add_command(profiles.describe)
group.add_command(ownership.close)
group.add_command(ownership.reopen)
group.add_command(ownership.archive)
group.add_command(ownership.unarchive)
group.add_command(ownership.hand_over)
group.add_command(ownership.delete)


@group.command()
@click.argument("handle")
@click.option("--name", metavar="TEXT", required=True, help="What people read.")
@click.option("--owner", metavar="NAME", help="A person of this node; she moderates the group.")
@click.option(
    "--join",
    type=click.Choice(["open", "approval", "invite"]),
    help="Who gets in: everybody, on a moderator's yes, or by invitation.  [default: open]",
)
@click.option(
    "--visibility",
    type=click.Choice(["public", "members", "hidden"]),
    default="public",
    show_default=True,
    help="Who can read it.",
)
def create(handle: str, name: str, owner: str | None, join: str | None, visibility: str) -> None:
    """Create a group, and print its address and, on a second line, its id.

    \b
    Example:
      ordito group create welcome --name "Benvenute" --owner anna --join approval
    """
    joining = join or ("open" if visibility == "public" else "approval")

    async def work(context: "Context") -> tuple[str, str]:
        return await _create(context, handle, name, owner, joining=joining, visibility=visibility)

    for line in run(work):
        show(line)


async def _create(
    context: "Context", handle: str, name: str, owner: str | None, *, joining: str, visibility: str
) -> tuple[str, str]:
    import asyncio

    from node.services import addresses, groups, users
    from node.services.newcomers import KeyPair

    draft = groups.GroupDraft(handle, name, joining=joining, visibility=visibility)
    pair = await asyncio.to_thread(KeyPair.generate)

    async def work(tx: "Transaction") -> tuple[str, str]:
        owning = (await users.standing(tx, owner))[1] if owner else None
        made = await groups.create(tx, owning, draft, pair)
        return str(addresses.handle(tx, made)), made.uri

    return await context.run(work)


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def list_groups(as_json: bool) -> None:
    """All groups of this node.

    \b
    Example:
      ordito group list --json | jq -r '.[].handle'
    """

    async def work(context: "Context") -> list[dict[str, object]]:
        async with context.database.reading(context.now()) as tx:
            return await memberships.listed(tx)

    found = run(work)
    if as_json:
        show_json(found)
    elif found:
        heading = ("GROUP", "NAME", "JOINING", "MEMBERS", "WAITING", "STATE")
        keys = ("handle", "name", "joining", "members", "waiting", "state")
        show_columns([heading, *([entry[key] for key in keys] for entry in found)])
    else:
        show("No group yet: `ordito group create HANDLE --name TEXT` makes one.")


@group.command()
@click.argument("handle")
@click.option("--approve", metavar="WHO", help="Let her in who has asked.")
@click.option("--remove", metavar="WHO", help="End her membership, or refuse her request.")
@click.option("--invite", metavar="WHO", help="Let her in as soon as she joins.")
@click.option("--ban", metavar="WHO", help="Remove her and close the group to her.")
@click.option("--until", callback=_day, metavar="DATE", help="With --ban: when it ends, such as 2030-01-31.")
@click.option("--reason", default="", help="With --ban: what she and other moderators read.")
@click.option("--unban", metavar="WHO", help="Open the group to her again.")
@click.option("--as", "name", metavar="NAME", help="The moderator in whose name.  [default: the group's owner]")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def members(
    handle: str, until: datetime | None, reason: str, name: str | None, as_json: bool, **actions: str | None
) -> None:
    """Members of the group HANDLE, those who wait and those who are banned; or change one of them.

    WHO is a person of this node, or name@host. Changes go to the nodes of all members.

    \b
    Examples:
      ordito group members welcome
      ordito group members welcome --approve maria@other.example
      ordito group members welcome --ban troll@bad.example --until 2030-01-31 --reason "Insults"
    """
    action = _only(actions)
    if action is None:
        _show_members(handle, as_json=as_json)
        return
    if action[0] != "ban" and (until or reason):
        raise click.UsageError("--until and --reason belong to --ban.")
    change = memberships.Change(handle, name, *action, until=until, reason=reason)
    run(lambda context: context.run(change.make))
    show(change.done)


@group.command()
@click.argument("handle")
@click.option("--add", metavar="WHO", help="Make her a moderator.")
@click.option("--remove", metavar="WHO", help="Let her be one no more.")
@click.option("--as", "name", metavar="NAME", help="The moderator in whose name.  [default: the group's owner]")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def moderators(handle: str, add: str | None, remove: str | None, name: str | None, as_json: bool) -> None:
    """Moderators of the group HANDLE; or change them.

    \b
    Examples:
      ordito group moderators welcome
      ordito group moderators welcome --add maria@other.example
    """
    action = _only({"moderator": add, "no_moderator": remove})
    if action is not None:
        change = memberships.Change(handle, name, *action)
        run(lambda context: context.run(change.make))
        show(change.done)
        return

    async def work(context: "Context") -> list[dict[str, object]]:
        async with context.database.reading(context.now()) as tx:
            return await memberships.moderators(tx, handle)

    found = run(work)
    if as_json:
        show_json(found)
    for entry in [] if as_json else found:
        show(f"{entry['handle']}  (owner)" if entry["owner"] else str(entry["handle"]))


def _only(actions: dict[str, str | None]) -> tuple[str, str] | None:
    """The one thing that is asked for, with whom. Raises `UsageError` for two."""
    asked = [(action, who) for action, who in actions.items() if who is not None]
    if len(asked) > 1:
        raise click.UsageError("One change at a time.")
    return asked[0] if asked else None


def _show_members(handle: str, *, as_json: bool) -> None:
    async def work(context: "Context") -> list[dict[str, object]]:
        async with context.database.reading(context.now()) as tx:
            return await memberships.members(tx, handle)

    found = run(work)
    if as_json:
        show_json(found)
    elif found:
        show_columns([("WHO", "STATE"), *((entry["handle"], entry["state"]) for entry in found)])
    else:
        show("Nobody yet.")
