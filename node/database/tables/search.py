"""What can be found by its words: each post's words as tokens, and which posts wait to be read for them.

Over `search_entries` stands an index that is no table of ours: FTS5 on SQLite (`search_index`, kept up by triggers),
GIN over a tsvector on PostgreSQL. Both take the tokens as they are, so that both find the same.
"""

from typing import Final

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from node.database.columns import Base, BigId

INDEX_NAMES: Final = "search_index"
"""The virtual table on SQLite and the tables behind it, and the index on PostgreSQL: the metadata knows none."""


class SearchEntry(Base):
    """`id` is the post's. A migration that copies this table on SQLite has to make its triggers anew."""

    __tablename__ = "search_entries"

    id: Mapped[int] = mapped_column(
        BigId, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    words: Mapped[str]
    """Tokens with a space between them, each once."""


class SearchWaiting(Base):
    """A post that was written or edited since its words were read. `id` is its own."""

    __tablename__ = "search_waiting"

    id: Mapped[int] = mapped_column(
        BigId, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
