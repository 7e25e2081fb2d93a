"""Where uploaded files are kept, under names that cannot be guessed: on this machine's disk, or in a bucket."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of a file: its bytes from `start` to before `end`, as they come, of so many in all."""

    start: int
    end: int
    size: int
    chunks: AsyncIterator[bytes]


class Storage(Protocol):
    """Files by name, `KEY/NAME`: what belongs together has one key, and goes together."""

    async def put(self, name: str, source: Path, media_type: str) -> None:
        """Takes the file over; what had the name goes. `source` may be gone afterwards."""

    def path(self, name: str) -> Path | None:
        """Where it lies on this machine's disk, if it is there."""

    def public_url(self, name: str) -> str | None:
        """Where others may fetch it without this node, if the operator wants that."""

    async def size(self, name: str) -> int | None:
        """In bytes; None where there is nothing."""

    async def read(self, name: str, start: int = 0, end: int | None = None) -> Piece | None:
        """None where there is nothing, or nothing from `start` on."""

    def local(self, name: str) -> AbstractAsyncContextManager[Path | None]:
        """A file on disk with this content, for as long as it is worked on. None where there is nothing."""

    async def discard(self, name: str) -> None:
        """One file, whether it is there or not."""

    async def remove(self, key: str) -> None:
        """All files with this key, whether there are any or not."""


def new_key() -> str:
    """160 random bits."""
    return secrets.token_hex(20)
