"""What commands print: text that a terminal cannot be deceived by, lines in columns, and JSON."""

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

_UNSAFE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Controls, which move the cursor or worse, and bidi overrides. Tab and newline stay."""


def safe(text: str) -> str:
    return _UNSAFE.sub("", text)


def show(text: str = "", *, bold: bool = False) -> None:
    """To a terminal, bold where asked; into a pipe always plain."""
    click.secho(safe(text), bold=bold)


def progress(steps: int, label: str) -> "ProgressBar[str]":
    """For work that takes seconds: a bar on a terminal, elsewhere its label. `update(1, what)` after each step."""
    return click.progressbar(length=steps, label=label, show_eta=False, item_show_func=_what, file=sys.stderr)


def _what(text: str | None) -> str | None:
    return None if text is None else safe(text)


def show_json(value: Any) -> None:
    """Dataclasses become objects, times ISO 8601."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_jsonable))


def _jsonable(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} is not for JSON")


def show_columns(rows: Sequence[Sequence[object]]) -> None:
    """Rows of the same length, each column as wide as its widest cell."""
    texts = [[safe(str(cell)).replace("\n", " ") for cell in row] for row in rows]
    widths = [max(len(text) for text in column) for column in zip(*texts, strict=True)]
    for row in texts:
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def day(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d") if at is not None else ""


def minute(at: datetime | None) -> str:
    """In UTC, like everything a node writes down."""
    return at.strftime("%Y-%m-%d %H:%M UTC") if at is not None else ""
