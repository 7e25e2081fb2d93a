"""From a document to a `CollectionPage`: an ordered or plain collection, or one page of it."""

from typing import Any

from federation import schemas
from federation.errors import Malformed
from federation.identifiers import same_origin
from federation.vocabulary.kinds import COLLECTION_TYPES, type_of
from federation.vocabulary.properties import count, id_of, items, prop, uri
from federation.vocabulary.values import CollectionPage, Document


def parse_collection(document: Document) -> CollectionPage:
    """A next page on another host than the collection is not one. Raises `Malformed`."""
    if type_of(document) not in COLLECTION_TYPES:
        raise Malformed("collection.type", "the document is not a collection")
    schemas.check("collection", document)
    identity = uri(document.get("id"), fragment=True)
    members = document.get("orderedItems")
    if members is None:
        members = document.get("items")
    return CollectionPage(
        id=identity,
        total=count(prop(document, "totalItems")),
        items=tuple(item for item in items(members) if isinstance(item, str | dict)),
        first=_first(document.get("first"), identity),
        next=_page(document.get("next"), identity),
    )


def _first(value: Any, collection: str | None) -> str | Document | None:
    return value if isinstance(value, dict) else _page(value, collection)


def _page(value: Any, collection: str | None) -> str | None:
    page = uri(id_of(value), fragment=True)
    return page if page is None or collection is None or same_origin(page, collection) else None
