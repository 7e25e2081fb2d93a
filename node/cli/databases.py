"""`ordito db`: the schema of the database."""

import asyncio

import click

from node.cli.output import show
from node.cli.running import plain_failures, read_settings


@click.group()
def db() -> None:
    """The schema of the database. `serve` and every other command bring it up to date by themselves.

    \b
    Examples:
      ordito db version
      ordito db upgrade
    """


@db.command()
def upgrade() -> None:
    """Bring the schema up to date, under a lock; nothing happens where it is.

    \b
    Make a back-up first, and stop the server while you upgrade it:
      ordito db upgrade
    """
    from node.database import upgrade as bring_up, version as found

    settings = read_settings()
    with plain_failures():
        before = asyncio.run(found(settings))
        asyncio.run(bring_up(settings))
        after = asyncio.run(found(settings))
    show(f"The schema is at {after}, as before." if before == after else f"The schema is at {after} now.")


@db.command()
def version() -> None:
    """Print the revision that the database has, and nothing else; exit code 1 where it is not this version's.

    \b
    Example:
      ordito db version || ordito db upgrade
    """
    from node.database import version as found
    from node.database.migration import HEAD

    settings = read_settings()
    with plain_failures():
        revision = asyncio.run(found(settings))
    if revision is None:
        raise click.ClickException("There is no database yet: `ordito db upgrade` makes it.")
    show(revision)
    if revision != HEAD:
        raise click.ClickException(f"This version of Ordito works with {HEAD}: run `ordito db upgrade`.")
