"""`ordito post`, `edit` and `delete`: writing and answering, and what one has written."""

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
    help="Who can read it. Into a group: public or unlisted; direct goes to its moderators, else to those named.",
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


@click.command(short_help="Change a post.")
@click.option("--as", "name", metavar="NAME", required=True, help="Its author: a person of this node.")
@click.option("--title", help="Another heading; empty: none.")
@click.option("--language", metavar="CODE", help="What it is written in now.")
@click.argument("url")
@click.argument("text")
def edit(name: str, title: str | None, language: str | None, url: str, text: str) -> None:
    """Replace the text of the post URL by TEXT (Markdown; - reads it from standard input).

    Everybody who got the post gets the new text; how it read before is kept. Who may read it stays as it is.

    \b
    Example:
      ordito edit https://node.example/posts/1 --as anna "Buongiorno a tutte e a tutti"
    """
    source = sys.stdin.read() if text == "-" else text

    async def work(tx: "Transaction") -> str:
        from node.services import actors, lookups, posts, users
        from node.services.markup import handles_in

        _, author = await users.standing(tx, name)
        written = await lookups.post(tx, url, author)
        draft = posts.draft_of(
            written,
            source,
            title=title,
            language=language,
            mentioned=await actors.resolve_all(tx, handles_in(source, host=tx.settings.host)),
        )
        return (await posts.edit(tx, author, written, draft)).uri

    show(run(lambda context: context.run(work)))


@click.command(short_help="Delete a post.")
@click.option("--as", "name", metavar="NAME", required=True, help="Its author: a person of this node.")
@click.argument("url")
def delete(name: str, url: str) -> None:
    """Delete the post URL, here at once and then on every server that got it.

    \b
    Example:
      ordito delete https://node.example/posts/1 --as anna
    """

    async def work(tx: "Transaction") -> None:
        from node.services import lookups, posts, users

        _, author = await users.standing(tx, name)
        await posts.delete(tx, author, await lookups.post(tx, url, author))

    run(lambda context: context.run(work))
    show("The post is deleted.")
