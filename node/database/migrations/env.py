"""Alembic's entry: runs on the connection that `node.database.migration` holds the lock with."""

from typing import Any, Literal

from alembic import context

from node.database.columns import Json, Moment
from node.database.tables import Base
from node.database.tables.search import INDEX_NAMES


def plain_types(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """A revision names what the database stores, not our classes, which may change after it."""
    if kind == "type" and isinstance(item, Json):
        return "sa.Text()"
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    return False


def is_ours(name: str | None, *_: Any) -> bool:
    """What the metadata knows; beside it stands only the index of the search."""
    return name is None or not name.startswith(INDEX_NAMES)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=plain_types,
    include_name=is_ours,
)
with context.begin_transaction():
    context.run_migrations()
