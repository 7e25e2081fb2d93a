"""Puts into words that database or data directory cannot be used: missing, closed to us, full, of a newer version."""

from sqlalchemy.exc import DatabaseError, IntegrityError, ProgrammingError

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
