"""`ordito thread`: what moderators do to posts in their groups."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import click

from node.cli.output import show
from node.cli.running import run

if TYPE_CHECKING:
    from node.database import Transaction
    from node.database.tables import Actor, Post

    Act = Callable[[Transaction, Actor, Actor, Post], Awaitable[None]]

_by = click.option("--as", "name", metavar="NAME", required=True, help="A moderator of the group, of this node.")


@click.group()
def thread() -> None:
    """Moderate the posts of a group, here or on another node.

    NAME moderates the group in which the post URL is. Every server that follows the group is told, and who did it.

    \b
    Examples:
      ordito thread remove https://node.example/posts/1 --as anna --reason "Advertising"
      ordito thread lock https://node.example/posts/1 --as anna
    """


def _moderate(url: str, name: str, act: "Act") -> None:
    async def work(tx: "Transaction") -> None:
        from node.services import lookups, users

        _, moderator = await users.standing(tx, name)
        post, group = await lookups.post_in_group(tx, url, moderator)
        await act(tx, moderator, group, post)

    run(lambda context: context.run(work))


@thread.command()
@click.argument("url")
@_by
@click.option("--reason", default="", help="Told to all servers that follow the group; they may show it.")
def remove(url: str, name: str, reason: str) -> None:
    """Take a post out of its group. Its author alone still sees it, with the reason.

    \b
    Example:
      ordito thread remove https://node.example/posts/1 --as anna --reason "Advertising"
    """

    async def act(tx: "Transaction", moderator: "Actor", group: "Actor", post: "Post") -> None:
        from node.services import moderating

        await moderating.remove_post(tx, moderator, group, post, reason)

    _moderate(url, name, act)
    show("The post is removed from the group.")


@thread.command()
@click.argument("url")
@_by
def restore(url: str, name: str) -> None:
    """Put a post back that was removed.

    \b
    Example:
      ordito thread restore https://node.example/posts/1 --as anna
    """

    async def act(tx: "Transaction", moderator: "Actor", group: "Actor", post: "Post") -> None:
        from node.services import moderating

        await moderating.restore_post(tx, moderator, group, post)

    _moderate(url, name, act)
    show("The post is back in the group.")


@thread.command()
@click.argument("url")
@_by
def lock(url: str, name: str) -> None:
    """End the answers to a post and to all below it.

    \b
    Example:
      ordito thread lock https://node.example/posts/1 --as anna
    """
    _lock(url, name, locked=True)
    show("No more answers.")


@thread.command()
@click.argument("url")
@_by
def unlock(url: str, name: str) -> None:
    """Let people answer again.

    \b
    Example:
      ordito thread unlock https://node.example/posts/1 --as anna
    """
    _lock(url, name, locked=False)
    show("Answers again.")


def _lock(url: str, name: str, *, locked: bool) -> None:
    async def act(tx: "Transaction", moderator: "Actor", group: "Actor", post: "Post") -> None:
        from node.services import moderating

        await moderating.lock(tx, moderator, group, post, locked=locked)

    _moderate(url, name, act)


@thread.command()
@click.argument("url")
@_by
def pin(url: str, name: str) -> None:
    """Show a post before all others of its group.

    \b
    Example:
      ordito thread pin https://node.example/posts/1 --as anna
    """
    _pin(url, name, pinned=True)
    show("The post is pinned.")


@thread.command()
@click.argument("url")
@_by
def unpin(url: str, name: str) -> None:
    """Let a post stand among the others again.

    \b
    Example:
      ordito thread unpin https://node.example/posts/1 --as anna
    """
    _pin(url, name, pinned=False)
    show("The post is not pinned.")


def _pin(url: str, name: str, *, pinned: bool) -> None:
    async def act(tx: "Transaction", moderator: "Actor", group: "Actor", post: "Post") -> None:
        from node.services import moderating

        await moderating.pin(tx, moderator, group, post, pinned=pinned)

    _moderate(url, name, act)
