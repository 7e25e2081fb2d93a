"""The part of `ordito group` that its owner decides: closed, archived, deleted, handed over."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Final

import click

from node.cli.output import show
from node.cli.running import run

if TYPE_CHECKING:
    from node.database import Transaction
    from node.database.tables import Actor

    Act = Callable[[Transaction, Actor, Actor], Awaitable[None]]

_by = click.option(
    "--as", "by", metavar="NAME", help="Its owner, or an operator of this node.  [default: the group's owner]"
)
NO_OWNER: Final = "This group has no owner: say with --as which operator of the node does it."


async def group_of(tx: "Transaction", text: str) -> "Actor":
    """A group of this node. Raises `NotFound` for one of another."""
    from node.queries import groups as group_rows
    from node.services import lookups

    found = await lookups.group(tx, text)
    await group_rows.required(tx, found)
    return found


async def one_who_decides(tx: "Transaction", group: "Actor", name: str | None, *, otherwise: str = NO_OWNER) -> "Actor":
    """The person of that name, else the owner. Raises `Invalid` where there is neither, in the words of `otherwise`."""
    from node.errors import Invalid
    from node.queries import actors as actor_rows, groups as group_rows
    from node.services import users

    if name is not None:
        return (await users.standing(tx, name))[1]
    owner_id = (await group_rows.required(tx, group)).owner_id
    if owner_id is None:
        raise Invalid(otherwise, "group.owner")
    return await actor_rows.known(tx, owner_id)


def _decide(handle: str, by: str | None, act: "Act") -> None:
    async def work(tx: "Transaction") -> None:
        group = await group_of(tx, handle)
        await act(tx, await one_who_decides(tx, group, by), group)

    run(lambda context: context.run(work))


@click.command()
@click.argument("handle")
@_by
def close(handle: str, by: str | None) -> None:
    """Let the group HANDLE take no new threads; answers go on, and moderators may still begin one.

    \b
    Example:
      ordito group close welcome
    """
    from node.services import owning

    _decide(handle, by, partial(owning.close, closed=True))
    show(f"{handle} takes no new threads.")


@click.command()
@click.argument("handle")
@_by
def reopen(handle: str, by: str | None) -> None:
    """Let the group HANDLE take new threads again.

    \b
    Example:
      ordito group reopen welcome
    """
    from node.services import owning

    _decide(handle, by, partial(owning.close, closed=False))
    show(f"{handle} takes new threads.")


@click.command()
@click.argument("handle")
@_by
def archive(handle: str, by: str | None) -> None:
    """Keep the group HANDLE to be read: nobody can write in it.

    \b
    Example:
      ordito group archive welcome
    """
    from node.services import owning

    _decide(handle, by, partial(owning.archive, archived=True))
    show(f"{handle} is archived: it can be read, not written to.")


@click.command()
@click.argument("handle")
@_by
def unarchive(handle: str, by: str | None) -> None:
    """Let people write in the group HANDLE again.

    \b
    Example:
      ordito group unarchive welcome
    """
    from node.services import owning

    _decide(handle, by, partial(owning.archive, archived=False))
    show(f"{handle} can be written to.")


@click.command()
@click.argument("handle")
@_by
@click.option("--yes", is_flag=True, help="Ask nothing.")
def delete(handle: str, by: str | None, yes: bool) -> None:
    """Delete the group HANDLE, here and at all who follow it. What people wrote in it stays theirs.

    It cannot be taken back, and nobody can have the handle again. `archive` keeps it to be read.

    \b
    Example:
      ordito group delete welcome --yes
    """
    from node.services import departures

    if not yes:
        click.confirm(f"Delete the group {handle} for good?", abort=True, err=True)

    _decide(handle, by, departures.delete_group)
    show(f"{handle} is deleted.")


@click.command("hand-over")
@click.argument("handle")
@click.argument("name")
@_by
def hand_over(handle: str, name: str, by: str | None) -> None:
    """Make NAME, a person of this node, the owner of the group HANDLE. Who owned it goes on moderating it.

    \b
    Example:
      ordito group hand-over welcome maria
    """

    async def act(tx: "Transaction", person: "Actor", group: "Actor") -> None:
        from node.services import owning, users

        _, owner = await users.standing(tx, name)
        await owning.hand_over(tx, person, group, owner)

    _decide(handle, by, act)
    show(f"{name} owns {handle}.")
