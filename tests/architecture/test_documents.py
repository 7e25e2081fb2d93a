"""What the documents tell readers to open or to type is there."""

import importlib.util
import re
import shlex
from pathlib import Path

import click
import pytest

from node.cli import main

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TEXT = "\n".join(path.read_text() for path in DOCUMENTS)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^```\n(.*?)^```", re.DOTALL | re.MULTILINE)


def dead_links(path: Path) -> list[str]:
    """Links to files that are not there."""
    targets = (link.partition("#")[0] for link in LINK.findall(path.read_text()))
    return [link for link in targets if link and "://" not in link and not (path.parent / link).exists()]


def commands(text: str) -> list[str]:
    """Lines in blocks of code that call `ordito` from the environment."""
    lines = "\n".join(CODE.findall(text)).splitlines()
    return sorted({line for line in lines if line.startswith(".venv/bin/ordito")})


def read(command: click.Command, words: list[str]) -> None:
    """Has click read a command line, without doing it. Raises `UsageError`."""
    if isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words[0])
        if found is None:
            raise click.UsageError(f"no {words[0]}")
        read(found, words[1:])
    else:
        command.make_context(command.name, words).close()


def test_links_lead_somewhere():
    assert {str(path): dead for path in DOCUMENTS if (dead := dead_links(path))} == {}


def test_a_dead_link_is_found(tmp_path):
    (tmp_path / "a.md").write_text("[a](a.md#top) [b](b.md) [c](https://c.example/) [d](#d)")
    assert dead_links(tmp_path / "a.md") == ["b.md"]


@pytest.mark.parametrize("line", commands(TEXT))
def test_a_command_of_the_documents_can_be_given(line):
    read(main, shlex.split(line)[1:])


def test_commands_are_found_and_wrong_ones_refused():
    assert len(commands(TEXT)) > 5
    for wrong in ("person expel anna", "post --as anna --loudly hello", "follow"):
        with pytest.raises(click.UsageError):
            read(main, wrong.split())


def test_targets_of_make_exist():
    there = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", TEXT, re.MULTILINE))
    assert {"run", "test", "demo", "check"} <= named
    assert named <= there


def test_modules_that_are_run_exist():
    named = re.findall(r"python -m ((?:node|tests)[\w.]*)", TEXT)
    assert named
    assert [name for name in named if importlib.util.find_spec(name) is None] == []
