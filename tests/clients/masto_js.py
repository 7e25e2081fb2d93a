"""masto.js, the engine of Phanpy and Elk, in a process of its own: what it is told, and what it answers."""

import base64
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson

from tests.javascript import Program

PROGRAM: Final = Program(Path(__file__).parent / "masto", "masto.js")
PATIENCE: Final = 60.0
"""Seconds for one answer."""


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
    with PROGRAM.run(base) as process:
        yield Masto(process)
