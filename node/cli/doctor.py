"""`ordito doctor`: is this node reachable and right? Each check a line, each trouble with what to do about it."""

import asyncio
import dataclasses
from typing import TYPE_CHECKING

import click

from node.cli import examination
from node.cli.examination import Check
from node.cli.output import show, show_json
from node.cli.running import plain_failures, read_settings
from node.settings import Settings, WrongSetting

if TYPE_CHECKING:
    from node.context import Context


@click.command(short_help="Is this node reachable and right?")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def doctor(as_json: bool) -> None:
    """Check settings, storage, database, keys, media, clock, DNS, TLS, proxy and WebFinger, the last ones through the
    public address, so the server has to run. Exit code 1 when something is wrong; notes alone are no failure.

    \b
    Example:
      ordito doctor && echo "ready for partners"
    """
    settings = read_settings()
    with plain_failures():
        checks = asyncio.run(_examine(settings))
    if as_json:
        show_json(checks)
    for check in [] if as_json else checks:
        show(f"{check.state:<6} {check.name:<10} {check.found}")
        if check.remedy:
            show(f"{'':<18}→ {check.remedy}")
    if any(check.state == "wrong" for check in checks):
        raise click.exceptions.Exit(1)


async def _examine(settings: Settings) -> list[Check]:
    from node.context.logs import configure
    from node.context.opening import ensure_node, open_context
    from node.database import upgrade
    from node.database.failures import explain
    from node.errors import NodeError

    configure(settings, level="error")
    checks = [examination.settings(settings), examination.storage(settings), examination.clock(settings)]
    checks.append(await examination.dns(settings))
    try:
        await upgrade(settings)
        async with open_context(_open_to_itself(settings)) as context:
            await ensure_node(context)
            checks += await _inside(context)
    except (NodeError, WrongSetting) as error:
        checks.append(Check("database", "wrong", str(error), "Mend this first; what follows was not checked."))
    except Exception as error:
        sentence = explain(error)
        if sentence is None:
            raise
        remedy = "See that the database runs and ORDITO_DATABASE_URL is right; what follows was not checked."
        checks.append(Check("database", "wrong", sentence, remedy))
    return checks


async def _inside(context: "Context") -> list[Check]:
    checks = [await examination.database(context), await examination.keys(context), await examination.media(context)]
    reached = await examination.reached(context)
    checks.append(reached)
    if reached.state == "wrong":
        return [*checks, Check("webfinger", "note", "not checked: the node does not answer")]
    return [*checks, await examination.proxy(context), await examination.webfinger(context)]


def _open_to_itself(settings: Settings) -> Settings:
    """The node's own address may be private, seen from here, behind a router for instance: `dns` tells of it."""
    from urllib.parse import urlsplit

    parts = urlsplit(settings.base_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    own = f"[{parts.hostname}]:{port}" if ":" in (parts.hostname or "") else f"{parts.hostname}:{port}"
    return dataclasses.replace(settings, allow_hosts=settings.allow_hosts | {own})
