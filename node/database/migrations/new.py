"""Writes the next revision, from what the tables say beyond the newest one.

For developers: `python -m node.database.migrations.new "message"`. Read what it wrote: a rename looks to it like a
drop and an add.
"""

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

VERSIONS = Path(__file__).parent / "versions"


def write(message: str) -> None:
    """Against a scratch database that is upgraded to the newest revision first."""
    number = f"{len(list(VERSIONS.glob('*.py'))) + 1:04}"
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with create_engine("sqlite://").connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        command.revision(config, message, autogenerate=True, rev_id=number)


if __name__ == "__main__":
    write(" ".join(sys.argv[1:]))
