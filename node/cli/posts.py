"""`ordito post`: writing, and answering."""

import sys
from typing import TYPE_CHECKING

import click

from node.cli.output import show
from node.cli.running import run

if TYPE_CHECKING:
    from node.database import Transaction


@click.command(short_help="Post, or answer.")
@click.option("--as", "name", metavar="NAME", required=True, help="Whose post it is: a person of this node.")
@click.option("--group", "group", metavar="HANDLE[@HOST]", help="Post into this group, here or on another node.")
@click.option("--reply-to", metavar="URL", help="Answer this post; its address is enough, wherever it is.")
@click.option(
    "--visibility",
    type=click.Choice(["public", "unlisted", "followers", "direct"]),
    default="public",
    show_default=True,
    help="Who can read it. Into a group: public or unlisted; direct goes to its moderators.",
)
@click.option("--title", default="", help="A heading; groups on forum servers show it.")
@click.option("--language", metavar="CODE", help="What it is written in: it, el, ar, de, ...")
@click.argument("text")
def post(
    name: str,
    group: str | None,
    reply_to: str | None,
    visibility: str,
    title: str,
    language: str | None,
    text: str,
) -> None:
    """Post TEXT (Markdown; - reads it from standard input) and print the post's id, which is its address.

    People named in it as @name@host are found and told.

    \b
    Examples:
      ordito post --as anna --group welcome@node.example "Buongiorno a tutte"
      ordito post --as anna --reply-to https://node.example/posts/1 --language it - < answer.md
    """
    source = sys.stdin.read() if text == "-" else text

    async def work(tx: "Transaction") -> str:
        from federation.addressing import Visibility
        from node.services import actors, lookups, posts, users
        from node.services.markup import handles_in

        _, author = await users.standing(tx, name)
        draft = posts.Draft(
            source,
            Visibility(visibility),
            title=title,
            language=language,
            group=await lookups.group(tx, group) if group else None,
            in_reply_to=await lookups.post(tx, reply_to, author) if reply_to else None,
            mentioned=await actors.resolve_all(tx, handles_in(source, host=tx.settings.host)),
        )
        return (await posts.publish(tx, author, draft)).uri

    show(run(lambda context: context.run(work)))
