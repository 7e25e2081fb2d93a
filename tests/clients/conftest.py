"""Two partners that run as real servers on loopback: Italy, whose member uses an app, and Greece with its group."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.commands import Ordito, free_port
from tests.postgres import Server

PASSWORD: Final = "a long enough secret"
PATIENCE: Final = 60.0


def until(look: Callable[[], Any]) -> Any:
    """What the look finds, once it finds anything."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, "it does not come to be"
    return found


@dataclass
class Partners:
    """anna is a member of Italy's node, eleni has the group `kitchen` on that of Greece, with one thread in it."""

    italy: Ordito
    greece: Ordito
    opener: str = ""
    """The address of the thread."""

    @property
    def group(self) -> str:
        return f"kitchen@{self.greece.host}"

    @property
    def anna(self) -> str:
        return f"anna@{self.italy.host}"


@pytest.fixture
def partners(tmp_path: Path, database: Server | None) -> Iterator[Partners]:
    found = Partners(Ordito(tmp_path / "italy", free_port()), Ordito(tmp_path / "greece", free_port()))
    databases, servers = AsyncExitStack(), ExitStack()
    with asyncio.Runner() as loop:
        try:
            for node in (found.italy, found.greece):
                node.settings["ORDITO_ALLOW_HOSTS"] = f"{found.italy.host},{found.greece.host}"
                if database is not None:
                    url = loop.run(databases.enter_async_context(database.database()))
                    node.settings["ORDITO_DATABASE_URL"] = url
                node.said("db", "upgrade")
                servers.enter_context(node.serving())
            _settle(found)
            yield found
        finally:
            servers.close()
            loop.run(databases.aclose())


def _settle(found: Partners) -> None:
    found.italy.said("person", "add", "anna", "--password", PASSWORD)
    found.greece.said("person", "add", "eleni", "--role", "facilitator", "--password", PASSWORD, "--follows", "open")
    found.greece.said("group", "create", "kitchen", "--name", "Κουζίνα", "--owner", "eleni")
    found.opener = found.greece.said("post", "--as", "eleni", "--group", "kitchen", "Who brings the bread?")
