"""The storage on disk: the folder `media/files` in the data directory."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from node.storage.storage import Piece

CHUNK: Final = 256 * 1024


class Folder:
    def __init__(self, root: Path) -> None:
        self._root = root

    def _place(self, name: str) -> Path:
        """By the first two letters: a folder with all of them would be long."""
        return self._root / name[:2] / name

    async def put(self, name: str, source: Path, media_type: str) -> None:  # noqa: ARG002  # the database knows it
        def move() -> None:
            target = self._place(name)
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            source.replace(target)

        await asyncio.to_thread(move)

    def path(self, name: str) -> Path | None:
        place = self._place(name)
        return place if place.is_file() else None

    def public_url(self, name: str) -> str | None:  # noqa: ARG002  # the disk is nobody else's
        return None

    async def size(self, name: str) -> int | None:
        path = self.path(name)
        return None if path is None else (await asyncio.to_thread(path.stat)).st_size

    async def read(self, name: str, start: int = 0, end: int | None = None) -> Piece | None:
        path, size = self.path(name), await self.size(name)
        if path is None or size is None:
            return None
        stop = size if end is None else min(end, size)
        return Piece(start, stop, size, _chunks(path, start, stop)) if start < stop else None

    @asynccontextmanager
    async def local(self, name: str) -> AsyncIterator[Path | None]:
        yield self.path(name)

    async def discard(self, name: str) -> None:
        await asyncio.to_thread(self._place(name).unlink, missing_ok=True)

    async def remove(self, key: str) -> None:
        def remove() -> None:
            if self._place(key).exists():
                shutil.rmtree(self._place(key))

        await asyncio.to_thread(remove)


async def _chunks(path: Path, start: int, stop: int) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while start < stop and (chunk := await asyncio.to_thread(file.read, min(CHUNK, stop - start))):
            start += len(chunk)
            yield chunk
