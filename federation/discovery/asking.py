"""What discovery needs of a client: JSON from a URL, or from a bare host."""

from collections.abc import Collection
from typing import Protocol

from federation.vocabulary.values import Document


class Served(Protocol):
    """A JSON object and the URL that served it after redirects."""

    @property
    def url(self) -> str: ...

    @property
    def document(self) -> Document: ...


class Asker(Protocol):
    """The part of `federation.client.Client` that discovery uses; both raise `Unreachable`, and `Gone` for 404."""

    async def get_json(self, url: str, *, accept: str, types: Collection[str]) -> Served: ...

    async def get_well_known(self, host: str, path: str, *, accept: str, types: Collection[str]) -> Served: ...
