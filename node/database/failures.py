"""What can be wrong with the database: by name for those above who know no SQL, in words for whoever runs the node."""

import sqlite3
from typing import Any, Final

from sqlalchemy import Dialect, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    DBAPIError,
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
_AWAY: Final = ("08", "53300", "57P01", "57P02", "57P03", "55P03", "40P01", "57014")
"""How the SQLSTATE of a lost connection begins, of a server that is full, shuts down or starts up, and of a statement
that waited too long for a lock, crossed another's, or ran too long (PostgreSQL 17, appendix A)."""


def name_failures(engine: Engine) -> None:
    """Has this engine raise `OperationalError` whenever its server cannot be had, whatever the driver says of it, and
    `DataError` for what no server will ever take."""
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "handle_error", _operational, retval=True)
    event.listen(engine, "handle_error", _unsendable, retval=True)


def named(statement: str, error: sqlite3.Error) -> Exception:
    """The same for what a driver raised that was asked past the engine."""
    found: Exception = DBAPIError.instance(statement, None, error, sqlite3.Error, hide_parameters=True)
    return found


def _connect(dialect: Dialect, _: object, arguments: Any, named: Any) -> Any:
    """A host without a name, a socket that is not there, a time-out: the driver lets these through as they are."""
    try:
        return dialect.connect(*arguments, **named)
    except OSError as error:
        driver: Any = dialect.loaded_dbapi
        raise driver.OperationalError(str(error) or "it does not answer", error) from error


def _operational(failure: ExceptionContext) -> OperationalError | None:
    named, original = failure.sqlalchemy_exception, failure.original_exception
    if not isinstance(named, DBAPIError) or not str(getattr(original, "sqlstate", "")).startswith(_AWAY):
        return None
    return OperationalError(
        failure.statement,
        None,
        original,
        hide_parameters=True,
        connection_invalidated=failure.is_disconnect,
    )


def _unsendable(failure: ExceptionContext) -> DataError | None:
    """What asyncpg cannot send (too many values, one it cannot write) it calls by the name of a lost connection: asked
    again for ever, it would never end."""
    error = failure.original_exception.__cause__
    if type(error).__name__ == "DataError" or (type(error).__name__ == "InterfaceError" and "arguments" in str(error)):
        return DataError("a statement", None, failure.original_exception)
    return None


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
