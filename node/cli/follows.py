"""`ordito follow`: following people, joining groups."""

from typing import TYPE_CHECKING

import click

from node.cli.output import show
from node.cli.running import run

if TYPE_CHECKING:
    from node.database import Transaction


@click.command(short_help="Follow a person, or join a group.")
@click.option("--as", "name", metavar="NAME", required=True, help="Who follows: a person of this node.")
@click.argument("handle", metavar="HANDLE@HOST")
def follow(name: str, handle: str) -> None:
    """Follow a person or join a group, and print `accepted` or `requested`.

    Another node answers when the server has delivered the request; the command does not wait for it.

    \b
    Example:
      ordito follow --as anna welcome@node.example
    """

    async def work(tx: "Transaction") -> str:
        from node.services import actors, follows, users

        _, follower = await users.standing(tx, name)
        wish = await follows.request(tx, follower, await actors.find(tx, handle))
        return "accepted" if wish.accepted_at is not None else "requested"

    show(run(lambda context: context.run(work)))
