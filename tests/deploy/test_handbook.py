"""The operator's handbook names commands, options, scripts and settings that exist."""

import dataclasses
import re

import click
import pytest

from node.cli import main
from node.settings import Settings
from tests.deploy.machines import REPOSITORY

HANDBOOK = (REPOSITORY / "docs" / "operators.md").read_text()
CODE = "\n".join(re.findall(r"```\n(.*?)```", HANDBOOK, re.DOTALL) + re.findall(r"`([^`\n]+(?:\n[^`\n]+)?)`", HANDBOOK))
COMMANDS = sorted({" ".join(found.split()) for found in re.findall(r"(?<![-/])ordito ((?:[a-z]+ ?)+[^|`\n]*)", CODE)})


def missing(words: list[str]) -> list[str]:
    """Of a command line, the words that mean nothing to the command they are said to."""
    context = click.Context(main)
    command: click.Command = main
    lacking = []
    for word in words:
        if word.startswith("--"):
            known = {name for option in command.params for name in option.opts} | {"--help"}
            lacking += [word] if word not in known else []
        elif isinstance(command, click.Group):
            found = command.get_command(context, word)
            if found is None:
                return [word]
            command = found
    return lacking


def test_the_handbook_names_commands():
    assert {command.split()[0] for command in COMMANDS} >= {"doctor", "init", "person", "group", "queue"}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_handbook_exists(command):
    assert missing(command.split()) == []


def test_what_does_not_exist_is_found_out():
    assert missing(["person", "expel", "anna"]) == ["expel"]
    assert missing(["person", "disable", "--forever"]) == ["--forever"]


def test_files_of_the_handbook_exist():
    named = set(re.findall(r"(?<![\w.])(?:/opt/ordito/)?(deploy/[\w.-]+)", CODE)) | {"deploy/compose.env.example"}
    assert len(named) >= 4
    for path in named:
        assert (REPOSITORY / path).exists(), path


def test_settings_of_the_handbook_exist():
    known = {f"ORDITO_{entry.name.upper()}" for entry in dataclasses.fields(Settings)}
    named = set(re.findall(r"ORDITO_\w+", HANDBOOK))
    assert named
    assert named <= known
