"""What tests share so that each can start from nothing quickly: a migrated SQLite file to copy, a few RSA keys."""

import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine

from node.database.engine import sqlite_path
from node.database.migration import run_migrations
from node.services.newcomers import KeyPair
from node.settings import Settings

KEPT_KEYS = 6


_FOLDER: Final = tempfile.TemporaryDirectory(prefix="ordito-template-")
"""Goes with the process."""


@cache
def _migrated() -> Path:
    """An empty database of the newest schema, made once per process by the migrations themselves."""
    folder = Path(_FOLDER.name)
    engine = create_engine(f"sqlite:///{folder / 'empty.sqlite3'}")
    with engine.begin() as connection:
        run_migrations(connection, "head")
    engine.dispose()
    return folder / "empty.sqlite3"


def place_database(settings: Settings) -> None:
    """Puts a copy where the node will look, unless it has one already."""
    target = sqlite_path(settings)
    if settings.sqlite and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(_migrated(), target)
        target.chmod(0o600)


def pooled(generate: Callable[[], KeyPair]) -> Callable[[], KeyPair]:
    """A few pairs in turn instead of a new one each time: an RSA key takes 100 ms to make."""
    pairs: list[KeyPair] = []

    def draw() -> KeyPair:
        if len(pairs) < KEPT_KEYS:
            pairs.append(generate())
        else:
            pairs.append(pairs.pop(0))
        return pairs[-1]

    return draw
