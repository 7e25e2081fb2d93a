"""Rows for the driver itself: what SQLAlchemy makes of an insert, worked out once.

With `executemany` each row is a statement that is run. On SQLite each step of one gives the interpreter's lock away and
waits for it again: beside a busy loop that is most of what a row costs. On PostgreSQL the server sets each up anew. So
many rows go in one: on SQLite as so many VALUES, on PostgreSQL as a column of arrays.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import Insert, bindparam, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import ARRAY, asyncpg

from node.database.columns import Moment

Statement: TypeAlias = tuple[str, Sequence[Any]]
"""The text and its parameters."""

_DIALECT: Final = sqlite.dialect()
_POSTGRESQL: Final = asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy annotates this one not
_SIZES: Final = (64, 32, 16, 8, 4, 2, 1)
"""Rows of one statement: few sizes, so that each is worked out once."""


class _Compiled(NamedTuple):
    sql: str
    values: Callable[[Mapping[str, Any]], Sequence[Any]]
    """Those of a row, in the order of the columns in the statement."""
    writers: Sequence[tuple[int, Callable[[Any], Any]]]
    """Places in that order whose values are not written as they are, and how."""
    own: Sequence[Any]
    """What the statement brings itself, after all rows."""


def for_sqlite(statement: Insert, rows: Sequence[Mapping[str, Any]]) -> Sequence[Statement]:
    """An insert of all rows. They have the same columns, and `statement` is the same each time."""
    columns, start = tuple(rows[0]), 0
    found: list[Statement] = []
    for size in _sizes(len(rows)):
        compiled = _compiled(statement, columns, size)
        found.append((compiled.sql, _parameters(compiled, rows[start : start + size])))
        start += size
    return found


def for_postgresql(statement: Insert, rows: Sequence[Mapping[str, Any]]) -> Statement:
    """The same in one statement."""
    columns = tuple(rows[0])
    compiled = _of_arrays(statement, columns)
    return compiled.sql, [*([row[name] for row in rows] for name in columns), *compiled.own]


@lru_cache(maxsize=16)
def _of_arrays(statement: Insert, columns: Sequence[str]) -> _Compiled:
    kinds = {name: statement.table.c[name].type for name in columns}
    arrays = [bindparam(name, type_=ARRAY(kinds[name])) for name in columns]
    rows = func.unnest(*arrays).table_valued(*columns).render_derived()
    whole = statement.from_select(columns, select(*(rows.c[name] for name in columns)))
    compiled: Any = whole.compile(dialect=_POSTGRESQL)
    names: Sequence[str] = compiled.positiontup
    if tuple(names[: len(columns)]) != columns:
        raise TypeError("the rows of the insert do not come first")
    return _Compiled(
        compiled.string, itemgetter(*columns), (), [compiled.params[name] for name in names[len(columns) :]]
    )


def _sizes(count: int) -> Iterator[int]:
    for size in _SIZES:
        for _ in range(count // size):
            yield size
        count %= size


def _parameters(compiled: _Compiled, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    parameters: list[Any] = []
    for row in rows:
        start = len(parameters)
        parameters += compiled.values(row)
        for place, write in compiled.writers:
            parameters[start + place] = write(parameters[start + place])
    return parameters + list(compiled.own)


@lru_cache(maxsize=64)
def _compiled(statement: Insert, columns: Sequence[str], size: int) -> _Compiled:
    kinds = {name: statement.table.c[name].type for name in columns}
    rows = [{name: bindparam(f"row_{row}_{name}", type_=kinds[name]) for name in columns} for row in range(size)]
    compiled: Any = statement.values(rows).compile(dialect=_DIALECT)
    names: Sequence[str] = compiled.positiontup
    order = [name.removeprefix("row_0_") for name in names[: len(columns)]]
    if list(names[: size * len(columns)]) != [f"row_{row}_{name}" for row in range(size) for name in order]:
        raise TypeError("the rows of the insert do not come first")
    writers = [(place, writer) for place, name in enumerate(order) if (writer := _writer(kinds[name])) is not None]
    own = [_written(compiled.binds[name].type, compiled.params[name]) for name in names[size * len(columns) :]]
    return _Compiled(compiled.string, itemgetter(*order), writers, own)


def _written(kind: Any, value: Any) -> Any:
    writer = _writer(kind)
    return value if writer is None else writer(value)


def _writer(kind: Any) -> Callable[[Any], Any] | None:
    writer: Callable[[Any], Any] | None = kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)
    if writer is None or not isinstance(kind, Moment):
        return writer
    return lru_cache(maxsize=64)(writer)  # one moment stands in several columns, and in rows of one batch
