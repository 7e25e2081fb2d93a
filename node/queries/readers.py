"""One statement for many readers: what is a parameter where one person reads is a column there.

So whoever reads a list and whoever is told of a post is found by the same clauses.
"""

from typing import Any, Final, TypeVar, cast

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.sql.visitors import ExternallyTraversible, replacement_traverse

from node.database.tables import Actor
from node.queries.unwanted import VIEWER

Statement = TypeVar("Statement", bound=ExternallyTraversible)
READER: Final = aliased(Actor)


def for_many(statement: Statement, reader_id: Any = READER.id, **columns: Any) -> Statement:
    """The statement with a column in place of the parameter `viewer`, and of others by their names. It has to be among
    what the statement reads from; its clauses find it as far as they correlate with that."""
    instead: dict[str, Any] = {VIEWER.key: reader_id, **columns}

    def replaced(element: ExternallyTraversible, **_: Any) -> ColumnElement[Any] | None:
        if isinstance(element, BindParameter) and element.key in instead:
            found: ColumnElement[Any] = instead[element.key].__clause_element__()
            return found
        return None

    return cast("Statement", replacement_traverse(statement, {}, replaced))
