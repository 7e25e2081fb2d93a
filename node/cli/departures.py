"""The part of `ordito person` about going: suspended, deleted, moved to another server."""

from typing import TYPE_CHECKING

import click

from node.cli.output import show
from node.cli.running import run

if TYPE_CHECKING:
    from node.database import Transaction


@click.command()
@click.argument("who")
def suspend(who: str) -> None:
    """Take WHO, a person of this node or name@host, out of sight: nothing of hers is shown or taken any more.

    Of this node, she cannot sign in, and her groups go to the moderator who has been one longest.

    \b
    Examples:
      ordito person suspend anna
      ordito person suspend troll@bad.example
    """

    async def work(tx: "Transaction") -> None:
        from node.services import actors, departures

        await departures.suspend(tx, await actors.find(tx, who))

    run(lambda context: context.run(work))
    show(f"{who} is suspended.")


@click.command()
@click.argument("who")
def unsuspend(who: str) -> None:
    """Show WHO again, and let her in. Groups that went to others stay with them.

    \b
    Example:
      ordito person unsuspend anna
    """

    async def work(tx: "Transaction") -> None:
        from node.services import actors, departures

        await departures.unsuspend(tx, await actors.find(tx, who))

    run(lambda context: context.run(work))
    show(f"{who} is not suspended.")


@click.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Ask nothing.")
def delete(name: str, yes: bool) -> None:
    """Delete the account NAME and all that she wrote, here and, as far as they heed it, on all other servers.

    It cannot be taken back, and nobody can have the name again. Her groups go to others first.

    \b
    Example:
      ordito person delete anna --yes
    """
    if not yes:
        click.confirm(f"Delete {name} and all that she wrote, for good?", abort=True, err=True)

    async def work(tx: "Transaction") -> None:
        from node.services import departures, users

        _, person = await users.required(tx, name)
        await departures.delete_person(tx, person)

    run(lambda context: context.run(work))
    show(f"{name} is deleted.")


@click.command()
@click.argument("name")
@click.argument("target", metavar="NAME@HOST")
def move(name: str, target: str) -> None:
    """Send the followers of NAME to her new account on another server.

    The new account has to name this one as an earlier address first (on Ordito: `person profile --alias`, on Mastodon:
    "Moving from a different account"). Posts stay here; groups have to be joined anew.

    \b
    Example:
      ordito person move anna anna@other.example
    """

    async def work(tx: "Transaction") -> None:
        from node.services import actors, users

        _, person = await users.standing(tx, name)
        await actors.move(tx, person, await actors.find(tx, target))

    run(lambda context: context.run(work))
    show(f"The followers of {name} are sent to {target}.")
