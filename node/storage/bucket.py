"""The storage in an S3-compatible bucket, by the extra `s3`."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import obstore
from obstore.store import MemoryStore, S3Store

from node.settings import Settings
from node.storage.storage import Piece

PREFIX: Final = "media/"


class Bucket:
    """`scratch` is a folder on disk for files that are worked on, `public_base` where readers are sent, if at all."""

    def __init__(self, store: S3Store | MemoryStore, scratch: Path, public_base: str = "") -> None:
        self._store = store
        self._scratch = scratch
        self._public_base = public_base

    async def put(self, name: str, source: Path, media_type: str) -> None:
        """In parts, where it is large."""
        await obstore.put_async(self._store, PREFIX + name, source, attributes={"Content-Type": media_type})

    def path(self, name: str) -> Path | None:  # noqa: ARG002  # nothing is here
        return None

    def public_url(self, name: str) -> str | None:
        return f"{self._public_base}/{PREFIX}{name}" if self._public_base else None

    async def size(self, name: str) -> int | None:
        try:
            return (await obstore.head_async(self._store, PREFIX + name))["size"]
        except FileNotFoundError:
            return None

    async def read(self, name: str, start: int = 0, end: int | None = None) -> Piece | None:
        size = await self.size(name) or 0
        stop = size if end is None else min(end, size)
        if start >= stop:
            return None
        try:
            found = await obstore.get_async(self._store, PREFIX + name, options={"range": (start, stop)})
        except FileNotFoundError:  # removed just now
            return None
        return Piece(start, stop, size, _chunks(found))

    @asynccontextmanager
    async def local(self, name: str) -> AsyncIterator[Path | None]:
        piece = await self.read(name)
        if piece is None:
            yield None
            return
        with tempfile.NamedTemporaryFile(dir=self._scratch) as file:
            async for chunk in piece.chunks:
                await asyncio.to_thread(file.write, chunk)
            file.flush()
            yield Path(file.name)

    async def discard(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(self._store, PREFIX + name)

    async def remove(self, key: str) -> None:
        async for part in obstore.list(self._store, f"{PREFIX}{key}/"):
            await obstore.delete_async(self._store, [entry["path"] for entry in part])


async def _chunks(found: Any) -> AsyncIterator[bytes]:
    async for chunk in found.stream():
        yield bytes(chunk)


def bucket(settings: Settings, scratch: Path) -> Bucket:
    """As the settings name it. A server that is not Amazon's is addressed by path."""
    options: dict[str, Any] = {
        "endpoint": settings.s3_endpoint,
        "access_key_id": settings.s3_key,
        "secret_access_key": settings.s3_secret,
        "region": settings.s3_region or "us-east-1",
        "virtual_hosted_style_request": False,
    }
    plain = settings.s3_endpoint.startswith("http://")
    store = S3Store(settings.s3_bucket, client_options={"allow_http": plain}, **options)
    return Bucket(store, scratch, settings.s3_public_url)
