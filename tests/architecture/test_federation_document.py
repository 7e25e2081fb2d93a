"""FEDERATION.md has a row for what is received and for what is sent, and none for anything else."""

import ast
import re
from pathlib import Path

from federation.vocabulary.kinds import ACTIVITY_TYPES
from node.handlers import inbox

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "FEDERATION.md").read_text()
SENDERS = ("activities", "follows", "moderating")
"""Services that name the types of what is sent: documents are made by the first, in words of the others."""


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def described(text: str) -> list[tuple[str, str]]:
    """Every pair that the table of what is received has."""
    return [
        (activity, kind)
        for row in rows(text, "Activities received")
        for activity in named(row[0])
        for kind in named(row[1])
    ]


def spoken() -> set[str]:
    """Types of activities that the services write out."""
    texts = set()
    for name in SENDERS:
        tree = ast.parse((ROOT / "node" / "services" / f"{name}.py").read_text())
        texts |= {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
    return texts & ACTIVITY_TYPES


def test_what_is_received_is_described_and_nothing_else():
    assert sorted(described(DOCUMENT)) == sorted(inbox.pairs())


def test_what_is_sent_is_described_and_nothing_else():
    assert {name for row in rows(DOCUMENT, "Activities sent") for name in named(row[0])} == spoken()


def test_rows_are_read_as_they_are_written():
    text = (
        "\n## Activities received\n\n| a | b |\n|---|---|\n| `Like` | `Note`, `*` | x |\n\n## Next\n| `No` | `No` |\n"
    )
    assert described(text) == [("Like", "Note"), ("Like", "*")]
    assert len(described(DOCUMENT)) > 50
    assert {"Create", "Accept", "Undo", "Add"} <= spoken()
