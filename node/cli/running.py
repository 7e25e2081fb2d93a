"""What every command runs in: settings, an upgraded database, a `Context`; and failures as one plain sentence."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import click

from node.settings import Settings, WrongSetting, load

if TYPE_CHECKING:
    from node.context import Context

T = TypeVar("T")


def read_settings(base_url: str | None = None) -> Settings:
    """With `base_url` instead of what is written, where it is given. A wrong setting ends the command."""
    try:
        return load(base_url=base_url)
    except (WrongSetting, OSError) as error:
        raise click.ClickException(str(error)) from error


def run(work: "Callable[[Context], Awaitable[T]]", settings: Settings | None = None) -> T:
    """Does the work of one command with everything opened, and closes it again."""
    settings = settings or read_settings()
    with plain_failures():
        return asyncio.run(_run(work, settings))


async def _run(work: "Callable[[Context], Awaitable[T]]", settings: Settings) -> T:
    from node.context.logs import configure
    from node.context.opening import ensure_node, open_context
    from node.database import upgrade
    from node.database.changes import telling

    configure(settings, level="debug" if settings.log_level == "debug" else "error")
    await upgrade(settings)
    async with open_context(settings) as context, telling(context.database):
        await ensure_node(context)
        return await work(context)


@contextmanager
def plain_failures() -> Iterator[None]:
    """Turns what a person can cause into a sentence and exit code 1. Anything else is a bug and keeps its traceback."""
    from federation.errors import FederationError
    from node.database.failures import explain
    from node.errors import NodeError

    try:
        yield
    except (NodeError, FederationError, WrongSetting) as error:
        raise click.ClickException(str(error)) from error
    except click.ClickException:
        raise
    except Exception as error:
        sentence = explain(error)
        if sentence is None:
            raise
        raise click.ClickException(sentence) from error
