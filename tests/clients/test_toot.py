"""toot, the client of the terminal, as somebody runs it who installed it: every step is a command of its own."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pytest
from PIL import Image

from tests.clients.conftest import PASSWORD, Partners, until
from tests.clients.consent import consent

pytestmark = pytest.mark.xdist_group("clients")
COMMAND = str(Path(sys.executable).parent / "toot")


class Terminal:
    def __init__(self, folder: Path) -> None:
        bare = {name: value for name, value in os.environ.items() if not name.startswith("TOOT")}
        self.environment = bare | {"XDG_CONFIG_HOME": str(folder), "HOME": str(folder), "PYTHONWARNINGS": "ignore"}

    def __call__(self, *arguments: str) -> str:
        """What a command that succeeds printed."""
        done = subprocess.run(
            [COMMAND, "--no-color", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, "--json"))

    def log_in(self, base: str) -> None:
        """It shows an address, and waits for the code that the page there shows."""
        command = [COMMAND, "--no-color", "login", "-i", base]
        with subprocess.Popen(
            command, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as running:
            assert running.stdin is not None
            assert running.stdout is not None
            code = consent(_address(running.stdout), "anna", PASSWORD)
            said, _ = running.communicate(f"n\n{code}\n", timeout=60)
        assert "Successfully logged in" in said


def _address(output: IO[str]) -> str:
    for line in output:
        if re.match(r"https?://", line):
            return line.strip()
    raise AssertionError("it showed no address")


@pytest.fixture
def toot(partners: Partners, tmp_path: Path) -> Terminal:
    found = Terminal(tmp_path)
    found.log_in(partners.italy.base)
    return found


def test_a_member_uses_the_terminal(toot: Terminal, partners: Partners, tmp_path: Path) -> None:
    assert "anna" in toot("whoami")
    toot("follow", f"@{partners.group}")
    until(lambda: partners.group in toot("following", "anna"))
    later = partners.greece.said("post", "--as", "eleni", "--group", "kitchen", "And who the olives?")
    until(lambda: "And who the olives?" in toot("timelines", "home"))
    found = toot.json("search", later, "--resolve")["statuses"][0]
    answer = toot.json("post", f"@eleni@{partners.greece.host} I do", "--reply-to", found["id"])
    until(lambda: "I do" in str(partners.greece.json("inspect", answer["uri"])))
    assert "I do" in toot("thread", found["id"])
    Image.new("RGB", (320, 200), "teal").save(tmp_path / "board.jpg")
    shown = toot.json("post", "Look", "--media", str(tmp_path / "board.jpg"), "--description", "a teal board")
    assert [media["description"] for media in shown["media_attachments"]] == ["a teal board"]
    toot("delete", shown["id"])
    partners.greece.said("post", "--as", "eleni", "--reply-to", answer["uri"], f"@{partners.anna} Thank you")
    until(lambda: "Thank you" in toot("notifications"))
