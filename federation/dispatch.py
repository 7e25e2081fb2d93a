"""A table of functions by what arrives: one for each pair of activity type and object type, never two."""

from collections.abc import Callable, Iterator
from typing import Final, Generic, TypeVar

H = TypeVar("H", bound=Callable[..., object])

ANY: Final = "*"
"""Stands for every object type that has no function of its own."""


class Table(Generic[H]):
    """The object's type is the caller's to settle: of the embedded object, or of the stored one that its id names."""

    def __init__(self) -> None:
        self._handlers: dict[tuple[str, str], H] = {}

    def on(self, activity: str, *objects: str) -> Callable[[H], H]:
        """Registers a function for these object types, or without any for all the others (`"*"`).

        Raises `ValueError` for a pair that has a function already.
        """

        def register(handler: H) -> H:
            for kind in objects or (ANY,):
                if (activity, kind) in self._handlers:
                    raise ValueError(f"{activity}({kind}) has a handler already")
                self._handlers[activity, kind] = handler
            return handler

        return register

    def find(self, activity: str, object_type: str | None) -> H | None:
        """The function of exactly this pair, else that of any object; None for what is to be ignored."""
        exact = self._handlers.get((activity, object_type)) if object_type is not None else None
        return exact or self._handlers.get((activity, ANY))

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every (activity, object type) with a function, sorted: FEDERATION.md has a row for each."""
        return iter(sorted(self._handlers))
