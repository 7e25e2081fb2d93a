"""`ordito thread`: what moderators do to posts in their groups."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

import click

from node.cli.output import show
from node.cli.running import run

if TYPE_CHECKING:
    from node.database import Transaction
    from node.database.tables import Actor, Post

    Act = Callable[[Transaction, Actor, Actor, Post], Awaitable[None]]


@click.group()
def thread() -> None:
    """Moderate the posts of a group, here or on another node.

    NAME moderates the group in which the post URL is. Every server that follows the group is told, and who did it.

    \b
    Examples:
      ordito thread remove https://node.example/posts/1 --as anna --reason "Advertising"
      ordito thread lock https://node.example/posts/1 --as anna
    """


def _on_post(command: Callable[..., None]) -> click.Command:
    """A command about one post, in the name of a moderator."""
    by = click.option("--as", "name", metavar="NAME", required=True, help="A moderator of the group, of this node.")
    return thread.command()(click.argument("url")(by(command)))


def _moderate(url: str, name: str, act: "Act") -> None:
    async def work(tx: "Transaction") -> None:
        from node.services import lookups, users

        _, moderator = await users.standing(tx, name)
        post, group = await lookups.post_in_group(tx, url, moderator)
        await act(tx, moderator, group, post)

    run(lambda context: context.run(work))


@_on_post
@click.option("--reason", default="", help="Told to all servers that follow the group; they may show it.")
def remove(url: str, name: str, reason: str) -> None:
    """Take a post out of its group. Its author alone still sees it, with the reason.

    \b
    Example:
      ordito thread remove https://node.example/posts/1 --as anna --reason "Advertising"
    """
    from node.services import moderating

    _moderate(url, name, partial(moderating.remove_post, reason=reason))
    show("The post is removed from the group.")


@_on_post
def restore(url: str, name: str) -> None:
    """Put a post back that was removed.

    \b
    Example:
      ordito thread restore https://node.example/posts/1 --as anna
    """
    from node.services import moderating

    _moderate(url, name, moderating.restore_post)
    show("The post is back in the group.")


@_on_post
def lock(url: str, name: str) -> None:
    """End the answers to a post and to all below it.

    \b
    Example:
      ordito thread lock https://node.example/posts/1 --as anna
    """
    from node.services import moderating

    _moderate(url, name, partial(moderating.lock, locked=True))
    show("No more answers.")


@_on_post
def unlock(url: str, name: str) -> None:
    """Let people answer again.

    \b
    Example:
      ordito thread unlock https://node.example/posts/1 --as anna
    """
    from node.services import moderating

    _moderate(url, name, partial(moderating.lock, locked=False))
    show("Answers again.")


@_on_post
def pin(url: str, name: str) -> None:
    """Show a post before all others of its group.

    \b
    Example:
      ordito thread pin https://node.example/posts/1 --as anna
    """
    from node.services import moderating

    _moderate(url, name, partial(moderating.pin, pinned=True))
    show("The post is pinned.")


@_on_post
def unpin(url: str, name: str) -> None:
    """Let a post stand among the others again.

    \b
    Example:
      ordito thread unpin https://node.example/posts/1 --as anna
    """
    from node.services import moderating

    _moderate(url, name, partial(moderating.pin, pinned=False))
    show("The post is not pinned.")
