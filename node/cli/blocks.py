"""`ordito block` and `unblock`: one person who wants to hear no more of another."""

from typing import TYPE_CHECKING

import click

from node.cli.output import show
from node.cli.running import run

if TYPE_CHECKING:
    from node.database import Transaction


@click.command(short_help="Hear no more of somebody.")
@click.option("--as", "name", metavar="NAME", required=True, help="Who blocks: a person of this node.")
@click.argument("handle", metavar="NAME@HOST")
def block(name: str, handle: str) -> None:
    """Block an account for one person: neither sees the other any more, and neither follows the other.

    The other server is told, so that it keeps away what she does not want; the blocked one may notice.

    \b
    Example:
      ordito block troll@bad.example --as anna
    """
    _change(name, handle, blocked=True)
    show(f"{name} hears no more of {handle}.")


@click.command(short_help="Take a block back.")
@click.option("--as", "name", metavar="NAME", required=True, help="Whose block it is.")
@click.argument("handle", metavar="NAME@HOST")
def unblock(name: str, handle: str) -> None:
    """Take a block back. Who followed whom before has to follow anew.

    \b
    Example:
      ordito unblock troll@bad.example --as anna
    """
    _change(name, handle, blocked=False)
    show(f"{name} does not block {handle}.")


def _change(name: str, handle: str, *, blocked: bool) -> None:
    async def work(tx: "Transaction") -> None:
        from node.services import actors, blocks, users

        _, actor = await users.standing(tx, name)
        target = await actors.find(tx, handle)
        await (blocks.block if blocked else blocks.unblock)(tx, actor, target)

    run(lambda context: context.run(work))
