"""Files that people upload, on their way through the bounded process into the storage.

The row is there before the first byte is stored and the job before the work begins: whatever becomes of this process,
what was taken is worked on, and what belongs to nothing goes.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from node.database import Transaction
from node.database.tables import Actor, MediaFile
from node.errors import Invalid
from node.queries import media as media_rows
from node.services import media
from node.services.media import Arrived, Made, Part, Picture
from node.storage.converting import Converted, Converter, Purpose, judged
from node.storage.opening import Folders, folders, open_storage
from node.storage.storage import Storage, new_key

if TYPE_CHECKING:
    from node.context import Context

UPLOAD: Final = "upload"
"""The name of a file as it came. No address leads to it."""
PATIENCE: Final = timedelta(minutes=10)
"""How long work that a request waits for may take, before a job does it anew."""
PICTURE_WAITS: Final = timedelta(hours=1)
"""How long a picture stays that no profile names."""
SCRATCH_FOR: Final = timedelta(days=1)


class Uploads:
    def __init__(self, context: "Context") -> None:
        self._context = context
        self._flights: dict[int, asyncio.Task[MediaFile | None]] = {}
        self.converter = Converter()

    @cached_property
    def folders(self) -> Folders:
        return folders(self._context.settings)

    @cached_property
    def storage(self) -> Storage:
        return open_storage(self._context.settings, self.folders)

    @asynccontextmanager
    async def scratch(self) -> AsyncIterator[Path]:
        """A folder for the time of some work, on the disk that files are kept on."""
        folder = await asyncio.to_thread(tempfile.mkdtemp, dir=self.folders.scratch)
        try:
            yield Path(folder)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def store(
        self, actor: Actor, path: Path, description: str = "", focus: tuple[float, float] | None = None
    ) -> MediaFile:
        """Takes a file over for a post of hers; it is worked on at once, by a job or by `process`.

        Raises `Invalid` for what is not taken.
        """
        kind = await asyncio.to_thread(judged, path)
        size = (await asyncio.to_thread(path.stat)).st_size
        arrived = Arrived(kind.family.value, new_key(), size, description, focus)
        file = await self._context.run(lambda tx: media.begin(tx, actor, arrived))
        await self.storage.put(f"{file.key}/{UPLOAD}", path, "application/octet-stream")
        return file

    async def process_later(self, file: MediaFile) -> None:
        await self._context.run(lambda tx: media.owe_processing(tx, file))

    async def process_now(self, file: MediaFile) -> MediaFile | None:
        """The same as `process`, and a job for the case that this process does not live to see the end."""
        due_at = self._context.now() + PATIENCE
        await self._context.run(lambda tx: media.owe_processing(tx, file, due_at))
        return await self.process(file.id)

    async def process(self, media_id: int) -> MediaFile | None:
        """The file when it is ready, or has failed; None when it is gone. Who asks twice waits for the same work."""
        flight = self._flights.get(media_id)
        if flight is None:
            flight = asyncio.ensure_future(self._process(media_id))
            self._flights[media_id] = flight
            flight.add_done_callback(lambda _: self._flights.pop(media_id, None))
        return await asyncio.shield(flight)

    async def _process(self, media_id: int) -> MediaFile | None:
        file = await self._context.read(lambda tx: media_rows.by_id(tx, media_id))
        if file is not None and file.state == media.PROCESSING:
            made = await self._made(file)
            file = await self._context.run(partial(_finish, file=file, made=made))
        if file is not None:
            await self.storage.discard(f"{file.key}/{UPLOAD}")
        return file

    async def _made(self, file: MediaFile) -> Made | None:
        async with self.scratch() as folder, self.storage.local(f"{file.key}/{UPLOAD}") as source:
            if source is None:
                return None
            try:
                return await self._converted(file.key, source, folder, Purpose.ATTACHMENT)
            except Invalid:
                return None

    async def _converted(self, key: str, source: Path, folder: Path, purpose: Purpose) -> Made:
        converted = await self.converter.convert(source, folder, purpose)
        for name, media_type in converted.files.items():
            await self.storage.put(f"{key}/{name}", folder / name, media_type)
        return _made(converted)

    async def preview(self, actor: Actor, media_id: int, path: Path) -> MediaFile:
        """Gives a sound or a film of hers the picture that she chose, under a name of its own: what there was is kept
        by caches for good."""
        name = f"preview-{new_key()[:8]}.webp"
        async with self.scratch() as folder:
            converted = await self.converter.convert(path, folder, Purpose.PICTURE)
            file = await self._context.run(lambda tx: media.own(tx, actor, media_id))
            await self.storage.put(f"{file.key}/{name}", folder / "preview.webp", "image/webp")
        return await self._context.run(partial(_set_preview, actor=actor, file=file, name=name, made=_made(converted)))

    async def picture(self, path: Path, part: Part) -> Picture:
        """An avatar or a header, in its shape, for `media.set_picture`. Raises `Invalid`.

        It goes by itself where no profile comes to name it.
        """
        key, purpose = new_key(), Purpose(part)
        async with self.scratch() as folder:
            converted = await self.converter.convert(path, folder, purpose)
            due_at = self._context.now() + PICTURE_WAITS
            await self._context.run(lambda tx: media.owe_removal(tx, key, due_at))
            await self.storage.put(f"{key}/{converted.file}", folder / converted.file, converted.media_type)
        return Picture(key, _made(converted))

    async def tidy(self) -> None:
        """Takes away what a process that is gone was working on."""
        await asyncio.to_thread(_tidy, self.folders.scratch, self._context.now() - SCRATCH_FOR)


async def _finish(tx: Transaction, file: MediaFile, made: Made | None) -> MediaFile | None:
    finished = await media.finish(tx, file.id, made)
    if finished is None:  # deleted meanwhile: what was stored since would stay
        await media.owe_removal(tx, file.key)
    return finished


async def _set_preview(tx: Transaction, actor: Actor, file: MediaFile, name: str, made: Made) -> MediaFile:
    own = await media.own(tx, actor, file.id)
    await media.set_preview(tx, own, name, made)
    return own


def _made(converted: Converted) -> Made:
    return Made(
        kind=converted.kind,
        file=converted.file,
        preview=converted.preview,
        media_type=converted.media_type,
        bytes=converted.bytes,
        blurhash=converted.blurhash,
        meta=converted.meta,
    )


def _tidy(scratch: Path, before: datetime) -> None:
    for path in scratch.iterdir():
        if path.stat().st_mtime < before.timestamp():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
