"""`ordito init`: writes down the node's address and makes all that its first start needs."""

import json
import os
from typing import TYPE_CHECKING

import click

from node.cli.output import show
from node.cli.running import plain_failures, read_settings, run
from node.settings import Settings, canonical, config_path, written

if TYPE_CHECKING:
    from node.context import Context


@click.command(short_help="Set up a node, once.")
@click.option("--base-url", metavar="URL", help="Public address, for instance https://node.example. It is for good.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
def init(base_url: str | None, yes: bool) -> None:
    """Set up a node: data directory, ordito.toml, secret, database, keys, and a link for the first operator.

    Run again it changes nothing, and prints a new link while no operator has signed in.

    \b
    Example:
      ORDITO_DATA_DIR=/var/lib/ordito ordito init --base-url https://node.example --yes
    """
    settings = _settings(base_url, asks=not yes)
    with plain_failures():
        _write_down(settings)
    link = run(_prepare, settings)
    show(f"The node {settings.base_url} is set up; its data is in {settings.data_dir.resolve()}.")
    if link is not None:
        show("The first operator signs in here, once, within 24 hours:")
        show(f"  {link}")
    show("Next: `ordito serve` starts it, `ordito doctor` tells whether all is right.")


def _settings(base_url: str | None, *, asks: bool) -> Settings:
    """With the address that was given, is written down already, or is asked for. Raises `ClickException`."""
    with plain_failures():
        known = str(written(os.environ).get("base_url", "")).rstrip("/") or None
    wanted = base_url.strip().rstrip("/") if base_url is not None else known
    if wanted is None and asks:
        wanted = click.prompt("Public address of this node (it cannot be changed later)", err=True).strip().rstrip("/")
    if known is not None and wanted is not None and _spelt(wanted) != _spelt(known):
        raise click.ClickException(
            f"The settings say {known} already, and a node keeps its address. "
            f"If nothing was set up under it yet, change it in {config_path(os.environ)} or ORDITO_BASE_URL."
        )
    if wanted is None and os.environ.get("ORDITO_ENV") != "development":
        raise click.ClickException("Give the public address: ordito init --base-url https://node.example")
    return read_settings(base_url=wanted)


def _spelt(base_url: str) -> str:
    with plain_failures():
        return canonical(base_url, os.environ.get("ORDITO_ENV") or "production")


def _write_down(settings: Settings) -> None:
    """The address into ordito.toml, where it does not stand yet; what else stands there stays."""
    from node.database import prepare_directory

    prepare_directory(settings)
    path = config_path(os.environ)
    content = path.read_text(encoding="utf-8") if path.exists() else ""
    if not any(line.partition("=")[0].strip() == "base_url" for line in content.splitlines()):
        path.write_text(f"base_url = {json.dumps(settings.base_url)}\n{content}", encoding="utf-8")


async def _prepare(context: "Context") -> str | None:
    from node.context.opening import prepare

    return await prepare(context)
