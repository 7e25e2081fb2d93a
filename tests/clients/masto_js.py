"""masto.js, the engine of Phanpy and Elk, in a process of its own: what it is told, and what it answers."""

import base64
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson

FOLDER: Final = Path(__file__).parent / "masto"
JAVASCRIPT: Final = FOLDER / "node_modules" / ".bin" / "node"
MISSING: Final = "no masto.js: its packages are not installed; to enable these tests: sh tests/peers/setup.sh"
PATIENCE: Final = 60.0
"""Seconds for one answer."""


def installed() -> bool:
    """Whether the set-up has run, and for the packages that are asked for now."""
    mark, wanted = FOLDER / "node_modules" / ".installed", FOLDER / "package-lock.json"
    return JAVASCRIPT.exists() and mark.exists() and mark.read_bytes() == wanted.read_bytes()


class Refused(Exception):
    """What the library threw: the server's text, and its status."""

    def __init__(self, message: str, status: int | None) -> None:
        super().__init__(message)
        self.status = status


class Masto:
    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def tell(self, command: str, **parameters: Any) -> Any:
        """Raises `Refused`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(orjson.dumps({"command": command, **parameters}) + b"\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        assert ready, f"{command} was not answered within {PATIENCE} s"
        answer = orjson.loads(self._process.stdout.readline())
        if "error" in answer:
            raise Refused(answer["error"], answer.get("status"))
        return answer["answer"]

    def call(self, path: str, *parameters: Any, select: str | None = None, client: str = "rest") -> Any:
        """`v1.statuses.$.context.fetch` with the id that stands for the sign."""
        steps = [{"select": select} if step == "$" else step for step in path.split(".")]
        return self.tell("call", path=steps, parameters=list(parameters), client=client)

    def upload(self, picture: bytes, description: str) -> Any:
        return self.tell("upload", picture=base64.b64encode(picture).decode(), description=description)


@contextmanager
def running(base: str) -> Iterator[Masto]:
    """It ends when its input closes."""
    command = [str(JAVASCRIPT), "main.js", base]
    with subprocess.Popen(command, cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Masto(process)
