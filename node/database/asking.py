"""Statements for the driver itself: what SQLAlchemy makes of a select, worked out once.

For what an app asks all day: a transaction of the session costs four tenths of a millisecond before the database has
done anything, the driver alone less than half of that (decision 0010).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Select
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg

_SQLITE: Final = sqlite.dialect()
_POSTGRESQL: Final = asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy annotates this one not


class Question(NamedTuple):
    sql: str
    names: Sequence[str]
    """Of the parameters, in the order of their places; one name may have several."""
    own: Mapping[str, Any]
    """Those that the statement brings itself."""
    writers: Mapping[str, Callable[[Any], Any]]
    """How values that are given are written, if not as they are."""

    def parameters(self, bound: Mapping[str, Any]) -> list[Any]:
        values = {**self.own, **bound}
        for name, write in self.writers.items():
            values[name] = write(values[name])
        return [values[name] for name in self.names]


@lru_cache(maxsize=64)
def question(statement: Select[Any], *, on_sqlite: bool) -> Question:
    """A statement that is the same object each time; lists in it have a fixed length."""
    dialect = _SQLITE if on_sqlite else _POSTGRESQL
    asked: Any = statement.compile(dialect=dialect)
    required = {name for name, bind in asked.binds.items() if bind.required}
    whole = statement.params(dict.fromkeys(required))  # lists are only written out where every value is there
    expanded: Any = whole.compile(dialect=dialect).construct_expanded_state()
    writers = {
        name: writer
        for name in required
        if (writer := asked.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) is not None
    }
    own = {name: value for name, value in expanded.parameters.items() if name not in required}
    return Question(expanded.statement, tuple(expanded.positiontup), own, writers)
