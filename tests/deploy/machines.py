"""Machines for the tests of deployment: nodes under names of their own, scripts as a shell runs them, and waiting.

Names end in .localhost, which resolve to this machine without any set-up (RFC 6761, section 6.3; c-ares does it).
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests import postgres
from tests.commands import Ordito

REPOSITORY = Path(__file__).parents[2]
DEPLOY = REPOSITORY / "deploy"
SCRIPTS = ("as-node", "backup", "install", "restore", "settings.sh", "upgrade", "upgrade-containers")


@dataclass
class Machine(Ordito):
    """A node at `public`, an address whose name ends in .localhost."""

    public: str = ""
    environment_of_scripts: dict[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return self.public

    @property
    def host(self) -> str:
        return self.public.partition("://")[2]

    def script(self, name: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Runs a script of deploy/ with this node's settings."""
        settings = {**self.environment, **self.environment_of_scripts, **environment}
        return script(DEPLOY / name, *arguments, **settings)

    def texts(self, *arguments: str) -> list[str]:
        return [entry["text"] for entry in self.json("timeline", *arguments)]


def script(path: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [path, *arguments],
        env={"PATH": programs(), "HOME": os.environ.get("HOME", "/"), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def done(process: "subprocess.CompletedProcess[str]") -> str:
    """What a script that has to succeed printed."""
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout.strip()


def refused(process: "subprocess.CompletedProcess[str]") -> str:
    """The sentence of a script that has to refuse."""
    assert process.returncode == 1, process.stdout + process.stderr
    last = process.stderr.strip().splitlines()[-1]
    assert last.startswith("Error: "), process.stderr
    return last.removeprefix("Error: ")


def programs() -> str:
    """PATH, with the programs of the PostgreSQL that tests run on before all others: dump and server must fit."""
    found = postgres.binaries()
    return os.pathsep.join([*([str(found)] if found else []), os.environ["PATH"]])


def required(program: str, package: str) -> str:
    """The path of a program; without it the test is skipped."""
    found = shutil.which(program, path=programs())
    if found is None:
        pytest.skip(f"no {program}: apt-get install {package}")
    return found


def eventually(look: Callable[[], Any], seconds: float = 40) -> Any:
    """What `look` finds as soon as it is something: for what real servers do between requests."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.2)
    raise AssertionError(f"it did not come in {seconds} s")
