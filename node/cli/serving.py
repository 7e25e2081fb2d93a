"""`ordito serve`: the server, in one process or in several."""

import asyncio
import errno
import gc
import os
import socket
from typing import TYPE_CHECKING, Final

import click

from node.cli.output import show
from node.cli.running import plain_failures, read_settings
from node.cli.supervising import supervise
from node.settings import Settings

if TYPE_CHECKING:
    from node.context import Context


_CANNOT_LISTEN: Final = {errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL}


@click.command(short_help="Serve this node until it is stopped.")
@click.option(
    "--role",
    type=click.Choice(["all", "web", "worker"]),
    default="all",
    show_default=True,
    help="web answers requests, worker does what they leave behind. Apart they need PostgreSQL.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="So many on this machine, on one port. More than one need PostgreSQL.",
)
@click.option("--one-of-several", is_flag=True, hidden=True)
def serve(role: str, processes: int, one_of_several: bool) -> None:
    """Serve this node until it is stopped (Ctrl-C, or SIGTERM).

    A fresh data directory is set up first. While no operator has signed in, each start prints a link that does it.

    \b
    Examples:
      ORDITO_ENV=development ordito serve
      ORDITO_DATA_DIR=/var/lib/ordito ORDITO_LISTEN=127.0.0.1:8420 ordito serve
      ORDITO_DATABASE_URL=postgresql+asyncpg://ordito@localhost/ordito ordito serve --processes 4
    """
    settings = read_settings()
    if settings.sqlite and (role != "all" or processes > 1):
        raise click.ClickException(
            "Several processes, and roles apart, need PostgreSQL: set ORDITO_DATABASE_URL. SQLite has one process."
        )
    with plain_failures():
        if role != "worker" and not one_of_several:
            _try_address(settings, shared_port=processes > 1)
        if processes > 1:
            asyncio.run(_serve_many(settings, role, processes))
        else:
            _serve_alone(settings, role, one_of_several=one_of_several)


def _try_address(settings: Settings, *, shared_port: bool) -> None:
    """Before a first start settles for good under which address the node is known: that it can listen there."""
    host, port = settings.address
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in found:
            with socket.socket(family, kind, protocol) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if shared_port:
                    trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                if family == socket.AF_INET6:
                    trial.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # as asyncio does
                trial.bind(address)
    except socket.gaierror as error:
        raise click.ClickException(f"ORDITO_LISTEN names {host}, which has no address on this machine.") from error
    except OSError as error:
        raise _not_listening(settings, error) from error


def _not_listening(settings: Settings, error: OSError) -> Exception:
    if error.errno not in _CANNOT_LISTEN:
        return error
    reason = os.strerror(error.errno)
    return click.ClickException(
        f"{settings.listen} cannot be listened on ({reason}): stop what listens there, or set ORDITO_LISTEN."
    )


def _serve_alone(settings: Settings, role: str, *, one_of_several: bool) -> None:
    gc.disable()  # until the process is ready (`server.settle`): of what is loaded now nothing is garbage

    from node import app

    try:
        app.run(_serve(settings, role, one_of_several=one_of_several))
    except OSError as error:  # somebody took it meanwhile
        raise _not_listening(settings, error) from error


async def _prepare(settings: Settings) -> str | None:
    from node.context.logs import configure
    from node.context.opening import open_context, prepare
    from node.database import upgrade

    configure(settings)
    await upgrade(settings)
    async with open_context(settings) as context:
        return await prepare(context)


async def _serve(settings: Settings, role: str, *, one_of_several: bool) -> None:
    """One process. Where it is one of several, the first of them has prepared the node and said so."""
    from node import app
    from node.context.logs import configure

    configure(settings)
    link = None if one_of_several else await _prepare(settings)

    async def ready(_: "Context") -> None:
        if one_of_several:
            show("ready")  # to the process that started this one
        else:
            _welcome(settings, link, role)

    await app.serve(settings, doors=role != "worker", workers=role != "web", shared_port=one_of_several, ready=ready)


async def _serve_many(settings: Settings, role: str, processes: int) -> None:
    link = await _prepare(settings)
    arguments = ["serve", "--role", role, "--one-of-several"]
    if not await supervise(arguments, processes, lambda: _welcome(settings, link, role)):
        raise click.ClickException("One of the processes ended by itself, so all were stopped: see the log above.")


def _welcome(settings: Settings, link: str | None, role: str) -> None:
    """In one piece, so that whoever reads the first line has them all."""
    doing = "does the work behind" if role == "worker" else f"listens on {settings.listen} as"
    lines = [f"Ordito {doing} {settings.base_url}"]
    if settings.allow_hosts:
        lines.append(f"Open beyond https and public addresses: {', '.join(sorted(settings.allow_hosts))}")
    if link is not None:
        lines += ["The first operator signs in here, once, within 24 hours:", f"  {link}"]
    show("\n".join(lines))
