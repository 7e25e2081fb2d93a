"""The command `ordito` for tests: called in this process, or as a real one, each on a data directory of its own."""

import asyncio
import json
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from click.testing import CliRunner, Result

from node.cli import main
from node.context.opening import open_context
from node.database import Transaction
from node.settings import Settings, load


@dataclass
class Ordito:
    """The commands of one node."""

    folder: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "ORDITO_ENV": "development",
            "ORDITO_DATA_DIR": str(self.folder),
            "ORDITO_BASE_URL": self.base,
            "ORDITO_LISTEN": f"127.0.0.1:{self.port}",
            **self.settings,
        }

    def loaded(self) -> Settings:
        return load(self.environment)

    def __call__(self, *arguments: str, given: str | None = None) -> Result:
        """In this process. The log goes back to what it was: commands set it up for themselves."""
        root = logging.getLogger()
        handlers, level = root.handlers[:], root.level
        try:
            return CliRunner().invoke(main, arguments, input=given, env=self.environment)
        finally:
            structlog.reset_defaults()
            root.handlers[:] = handlers
            root.setLevel(level)

    def said(self, *arguments: str, given: str | None = None) -> str:
        """What a command that has to succeed printed, without the last line break."""
        result = self(*arguments, given=given)
        assert result.exit_code == 0, (arguments, result.output, result.exception)
        return result.stdout.rstrip("\n")

    def json(self, *arguments: str) -> Any:
        return json.loads(self.said(*arguments, "--json"))

    def refused(self, *arguments: str, given: str | None = None) -> str:
        """The sentence of a command that has to be refused: on stderr, alone, and exit code 1."""
        result = self(*arguments, given=given)
        assert (result.exit_code, result.stdout) == (1, ""), (arguments, result.output, result.exception)
        assert isinstance(result.exception, SystemExit)
        assert result.stderr.startswith("Error: ")
        assert result.stderr.count("\n") == 1
        return result.stderr.removeprefix("Error: ").strip()

    def within(self, work: Callable[[Transaction], Awaitable[Any]], *, later: timedelta = timedelta()) -> Any:
        """What `work` finds or does in the node's database, at another time if need be."""

        async def run() -> Any:
            async with AsyncExitStack() as stack:
                context = await stack.enter_async_context(open_context(self.loaded()))
                return await work(await stack.enter_async_context(context.database.transaction(context.now() + later)))

        return asyncio.run(run())

    def process(self, *arguments: str, given: str | None = None) -> "subprocess.CompletedProcess[str]":
        """As a shell would run it."""
        return subprocess.run(
            [sys.executable, "-m", "node", *arguments],
            env={**_bare(), **self.environment},
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @contextmanager
    def serving(self, *arguments: str) -> Iterator[list[str]]:
        """A real server; its first lines on stdout, up to the one that says where it listens and what follows it."""
        log = (self.folder.parent / f"{self.folder.name}.log").open("w+")
        process = subprocess.Popen(
            [sys.executable, "-m", "node", "serve", *arguments],
            env={**_bare(), **self.environment},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            yield _first_lines(process, log.name)
        finally:
            process.terminate()
            assert process.stdout is not None
            process.stdout.close()
            log.close()
            assert process.wait(20) == 0


def _first_lines(process: "subprocess.Popen[str]", log: str) -> list[str]:
    assert process.stdout is not None
    first = process.stdout.readline()
    if not first:
        raise AssertionError(f"the server did not start: {Path(log).read_text()}")
    lines = [first.rstrip("\n")]
    os.set_blocking(process.stdout.fileno(), False)
    return lines + [line.rstrip("\n") for line in process.stdout]


def _bare() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("ORDITO_")}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
