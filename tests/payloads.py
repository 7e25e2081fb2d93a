"""Documents that other software sends: those in `tests/captures`, and those collected from other projects beside us."""

import json
from pathlib import Path
from typing import Any

import pytest

CAPTURES = Path(__file__).parent / "captures"
INTEROP = Path(__file__).parents[2] / "shared" / "interop"
needs_interop = pytest.mark.skipif(
    not INTEROP.is_dir(), reason="../shared/interop (payloads collected from other projects) is missing"
)


def names(folder: Path) -> list[str]:
    """Paths below the folder, sorted; test vectors, which nobody sends, are left out."""
    found = (path.relative_to(folder) for path in folder.rglob("*.json"))
    return sorted(str(path) for path in found if path.parts[0] != "vectors")


def payload(path: Path) -> Any:
    """The document alone: what came off the wire is stored with its request around it."""
    stored = json.loads(path.read_bytes())
    return stored["body"] if path.is_relative_to(INTEROP / "live") else stored


def documents(folder: Path) -> list[dict[str, Any]]:
    return [payload(folder / name) for name in names(folder)]
