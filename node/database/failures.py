"""What can be wrong with the database: by name for those above who know no SQL, in words for whoever runs the node."""

from typing import Final

from sqlalchemy.exc import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    TimeoutError as NoConnectionFree,
)

Clash = IntegrityError
"""Two made the same row at the same time; whoever lost starts over."""
UNAVAILABLE: Final = (OperationalError, InterfaceError, NoConnectionFree, ConnectionError)
"""Locked for too long, restarting, or away: what was asked may be asked again."""

_DRIVERS = ("asyncpg", "sqlite3")


def explain(error: Exception) -> str | None:
    """A sentence for whoever runs the node; None for what is a mistake of ours."""
    if type(error).__module__.startswith("alembic.util"):
        return "The database was made by a newer Ordito than this one: install that version, or restore a back-up."
    if isinstance(error, IntegrityError | ProgrammingError):
        return None
    if isinstance(error, DatabaseError):
        return f"The database cannot be used: {error.orig}."
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename} cannot be used: {error.strerror}."
    if isinstance(error, OSError) or type(error).__module__.partition(".")[0] in _DRIVERS:
        return f"The database cannot be used: {str(error) or 'it does not answer'}."
    return None
