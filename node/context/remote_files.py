"""Pictures, sounds and films of other servers, fetched by this node for those who read here, and kept for some days.

What a reader's app would tell a foreign server (who reads, when, from which address) it tells nobody: the server sees
this node ask once. Pictures are decoded and written anew, as those that are uploaded here; sounds and films are what
their first bytes say they are, or nothing. What could not be had is not asked for again for an hour.
"""

import asyncio
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from federation.errors import FederationError
from federation.identifiers import host_of, parse_url
from node.errors import Invalid, NotFound
from node.services.remote_files import Variant
from node.storage.converting import Purpose, own_file
from node.storage.kinds import HEAD, LARGEST, Family, kind_of

if TYPE_CHECKING:
    from node.context import Context

log = structlog.get_logger()
KEPT_FOR: Final = timedelta(days=14)
FAILED_FOR: Final = timedelta(hours=1)
LARGEST_CACHE: Final = 1_000_000_000
"""Bytes, for a process at rest: it is looked at after each `LOOK_AFTER`."""
LOOK_AFTER: Final = 50_000_000
AT_ONCE: Final = 8
SECONDS: Final = 60.0
_PURPOSES: Final = {
    Variant.AVATAR: Purpose.AVATAR,
    Variant.HEADER: Purpose.HEADER,
    Variant.EMOJI: Purpose.EMOJI,
    Variant.PICTURE: Purpose.PICTURE,
    Variant.PREVIEW: Purpose.PICTURE,
}
_TYPES: Final = {
    "webp": "image/webp",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "ogg": "audio/ogg",
    "mp3": "audio/mpeg",
    "aac": "audio/aac",
    "m4a": "audio/mp4",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "amr": "audio/amr",
}
_SUFFIXES: Final = {media_type: suffix for suffix, media_type in _TYPES.items()}
_FAILED: Final = "failed"
_ASKED_FOR: Final = {
    Family.IMAGE: frozenset({"image/*", "application/octet-stream"}),
    Family.VIDEO: frozenset({"video/*", "audio/*", "application/ogg", "application/octet-stream"}),
}


@dataclass(frozen=True, slots=True)
class Kept:
    path: Path
    media_type: str


class RemoteFiles:
    def __init__(self, context: "Context") -> None:
        self._context = context
        self._flights: dict[str, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(AT_ONCE)
        self._new = 0
        """Bytes since the cache was looked at."""

    async def find(self, variant: Variant, url: str) -> Kept:
        """Raises `NotFound` for what cannot be had, or is not shown here."""
        try:
            host = host_of(parse_url(url))
        except FederationError as error:
            raise NotFound("There is no file at this address.") from error
        if await self._context.blocks.blocked(host):
            raise NotFound("There is no file at this address.")
        name = hashlib.sha256(url.encode()).hexdigest()
        kept = await asyncio.to_thread(self._kept, variant, name)
        if kept is None:
            await self._fetched(variant, url, name)
            kept = await asyncio.to_thread(self._kept, variant, name)
        if kept is None or kept.path.suffix == f".{_FAILED}":
            raise NotFound("This file cannot be had from where it is.")
        return kept

    def _kept(self, variant: Variant, name: str) -> Kept | None:
        """What is kept of it, a failure too, unless that is too long ago."""
        now = self._context.now()
        for path in self._folder(name).glob(f"{name}-{variant}.*"):
            suffix = path.suffix.removeprefix(".")
            age = now.timestamp() - path.stat().st_mtime
            if age < (FAILED_FOR if suffix == _FAILED else KEPT_FOR).total_seconds():
                return Kept(path, _TYPES.get(suffix, ""))
            path.unlink(missing_ok=True)
        return None

    def _folder(self, name: str) -> Path:
        return self._context.media.folders.remote / name[:2]

    async def _fetched(self, variant: Variant, url: str, name: str) -> None:
        """Once for all who wait for it."""
        purpose = _PURPOSES.get(variant)
        flight = f"{name} {purpose or variant}"
        task = self._flights.get(flight)
        if task is None:
            task = asyncio.ensure_future(self._fetch(variant, url, name))
            self._flights[flight] = task
            task.add_done_callback(lambda _: self._flights.pop(flight, None))
        await asyncio.shield(task)

    async def _fetch(self, variant: Variant, url: str, name: str) -> None:
        media = self._context.media
        purpose = _PURPOSES.get(variant)
        async with self._room, media.scratch() as folder:
            source, made = folder / "source", folder / "made"
            try:
                await self._download(url, source, Family.VIDEO if purpose is None else Family.IMAGE)
                if purpose is None:
                    found = {variant: (source, await asyncio.to_thread(_playable, source))}
                else:
                    made.mkdir()
                    await media.converter.convert(source, made, purpose)
                    found = {variant: (made / "original.webp", "image/webp")}
                    if purpose is Purpose.PICTURE:
                        found = {
                            Variant.PICTURE: (made / "original.webp", "image/webp"),
                            Variant.PREVIEW: (made / "preview.webp", "image/webp"),
                        }
            except (FederationError, Invalid) as error:
                log.info("media.remote", reason=_reason(error), host=host_of(url))
                (folder / _FAILED).touch()
                found = {variant: (folder / _FAILED, _FAILED)}
            await asyncio.to_thread(self._keep, name, found)
        await self._make_room()

    async def _download(self, url: str, target: Path, family: Family) -> None:
        with target.open("wb") as file:  # a piece is written to the system's memory
            await self._context.client.download(
                url, file.write, types=_ASKED_FOR[family], limit=LARGEST[family], seconds=SECONDS
            )

    def _keep(self, name: str, found: dict[Variant, tuple[Path, str]]) -> None:
        folder, now = self._folder(name), self._context.now().timestamp()
        folder.mkdir(exist_ok=True, mode=0o700)
        for variant, (path, media_type) in found.items():
            self._new += path.stat().st_size
            os.utime(path, (now, now))
            path.replace(folder / f"{name}-{variant}.{_SUFFIXES.get(media_type, _FAILED)}")

    async def _make_room(self) -> None:
        if self._new > LOOK_AFTER:
            self._new = 0
            await self.prune()

    async def prune(self) -> None:
        """Takes away what is old, and the oldest of what is too much."""
        await asyncio.to_thread(_prune, self._context.media.folders.remote, self._context.now())


def _playable(path: Path) -> str:
    """The type of a sound or a film by its first bytes, for a file that is served as it is. Raises `Invalid`."""
    with own_file(path).open("rb") as file:
        kind = kind_of(file.read(HEAD))
    if kind is None or kind.family is Family.IMAGE:
        raise Invalid("Neither a sound nor a film.", "media.type")
    return kind.media_type


def _reason(error: FederationError | Invalid) -> str:
    return error.reason if isinstance(error, FederationError) else error.code


def _files(root: Path) -> Iterator[tuple[float, int, Path]]:
    """(when it was fetched, its size, where it is)"""
    for path in root.glob("*/*"):
        found = path.stat()
        yield found.st_mtime, found.st_size, path


def _prune(root: Path, now: datetime) -> None:
    oldest, left = (now - KEPT_FOR).timestamp(), LARGEST_CACHE
    for fetched, size, path in sorted(_files(root), reverse=True):
        left -= size
        if fetched < oldest or left < 0:
            path.unlink(missing_ok=True)
