"""The root of the commands. Names stand in a table, so that `ordito` starts without loading what it does not need."""

from collections.abc import Mapping
from importlib import import_module
from typing import Final

import click

COMMANDS: Final[Mapping[str, str]] = {
    "init": "initialisation",
    "serve": "serving",
    "db": "databases",
    "person": "people",
    "group": "groups",
    "post": "posts",
    "edit": "posts",
    "delete": "posts",
    "follow": "follows",
    "thread": "threads",
    "block": "blocks",
    "unblock": "blocks",
    "report": "reports",
    "host": "hosts",
    "timeline": "timelines",
    "inspect": "inspection",
    "queue": "queues",
    "doctor": "doctor",
    "demo": "demo",
}
"""Each command, and the module of this package that holds it under its own name."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # as above
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = getattr(import_module(f"node.cli.{COMMANDS[cmd_name]}"), cmd_name)
        return found


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ordito", prog_name="ordito", message="%(prog)s %(version)s")
def main() -> None:
    """Ordito: peer groups that span organisations.

    \b
    The first steps:
      ordito init --base-url https://node.example
      ordito serve
      ordito person add anna --role facilitator
      ordito group create welcome --name "Welcome" --owner anna
      ordito post --as anna --group welcome "Hello to everybody"

    Settings come from ORDITO_... variables and from ordito.toml in the data directory
    (ORDITO_DATA_DIR, else ./data). Commands work beside a running server and have effect in it at once.

    Exit codes: 0 done, 1 refused or failed (one sentence on stderr says why), 2 wrong use.
    """
