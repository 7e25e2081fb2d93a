"""Collections that grow: whole while they fit on one page, else page by page, each found by the row it starts with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from federation.vocabulary import Document
from node.database.tables import Post
from node.middleware.addresses import row_id
from node.services import documents


@dataclass(frozen=True, slots=True)
class Cursor:
    """Which page is asked for: none (the collection itself), the first, or the one that starts at a row."""

    paged: bool = False
    start: int | None = None

    @classmethod
    def read(cls, request: web.Request) -> "Cursor":
        """Raises `NotFound` for a start that is no row's id."""
        if "page" not in request.query:
            return cls()
        start = request.query.get("from")
        return cls(paged=True, start=None if start is None else row_id(start))

    def key(self, name: str) -> str:
        """What a rendering of this page is kept under."""
        return f"{name} {self.start}" if self.paged else name


def cut(rows: Sequence[Post], most: int) -> tuple[Sequence[Post], int | None]:
    """A page of rows of which one more was asked for, and the row that comes after it."""
    return rows[:most], rows[most].id if len(rows) > most else None


def page_address(uri: str, start: int | None) -> str:
    return f"{uri}?page=true" if start is None else f"{uri}?page=true&from={start}"


def collection(uri: str, cursor: Cursor, total: int, items: Sequence[Any], following: int | None) -> Document:
    """The page asked for; of a collection that fits on one page, all of it. `following`: the row that comes after."""
    after = None if following is None else page_address(uri, following)
    if cursor.paged:
        return documents.collection_page(page_address(uri, cursor.start), uri, items, after)
    if following is None:
        return documents.collection(uri, total, items=items)
    return documents.collection(uri, total, first=page_address(uri, None))
