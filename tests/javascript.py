"""What tests run in JavaScript: a folder whose packages `tests/peers/setup.sh` installs, a Node.js among them."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """`main.js` of a folder; it talks by its input and output, and ends when its input closes."""

    folder: Path
    name: str

    @property
    def missing(self) -> str:
        return f"no {self.name}: its packages are not installed; to enable these tests: sh tests/peers/setup.sh"

    @property
    def _node(self) -> Path:
        return self.folder / "node_modules" / ".bin" / "node"

    def installed(self) -> bool:
        """Whether the set-up has run, and for the packages that are asked for now."""
        mark, wanted = self.folder / "node_modules" / ".installed", self.folder / "package-lock.json"
        return self._node.exists() and mark.exists() and mark.read_bytes() == wanted.read_bytes()

    def run(self, argument: str) -> "subprocess.Popen[bytes]":
        command = [str(self._node), "main.js", argument]
        return subprocess.Popen(command, cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
