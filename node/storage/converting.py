"""Has files decoded and written anew, each by a process of its own that may take only so much memory, time and room.

A process that is over its time is killed. What it says of its work is believed in no more than the names and numbers
that it could have made.
"""

import asyncio
import contextlib
import json
import os
import signal
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import structlog

from node.errors import Invalid
from node.storage.kinds import HEAD, LARGEST, Family, Kind, kind_of, takes

log = structlog.get_logger()
AT_ONCE: Final = 2
SECONDS: Final = {Family.IMAGE: 60.0, Family.AUDIO: 180.0, Family.VIDEO: 480.0}
"""Of time, less than a job is leased for."""
FAILURE: Final = "Error processing thumbnail for uploaded media"
"""As Mastodon has it."""
_KINDS: Final = frozenset({"image", "gifv", "audio", "video"})
_TYPES: Final = {"original.webp": "image/webp", "original.mp4": "video/mp4", "original.m4a": "audio/mp4"}
_LONGEST_RESULT: Final = 10_000
_LONGEST_HASH: Final = 40


class Purpose(StrEnum):
    """What a file is to become."""

    ATTACHMENT = "attachment"
    PICTURE = "picture"
    """As an attachment, but still: of a GIF that moves its first frame."""
    AVATAR = "avatar"
    HEADER = "header"
    EMOJI = "emoji"


@dataclass(frozen=True, slots=True)
class Converted:
    """Names of files in the folder that was given; `meta` as `media_files.meta`."""

    kind: str
    file: str
    preview: str | None
    media_type: str
    bytes: int
    blurhash: str | None
    meta: Mapping[str, Any]

    @property
    def files(self) -> dict[str, str]:
        """Names and types of all that was made."""
        previews = {self.preview: "image/webp"} if self.preview else {}
        return {self.file: self.media_type} | previews


def judged(path: Path, purpose: Purpose = Purpose.ATTACHMENT) -> Kind:
    """What a file is, if this node takes such files, of this size, for this purpose. Raises `Invalid`."""
    with path.open("rb") as file:
        kind = kind_of(file.read(HEAD))
    if kind is None or (purpose != Purpose.ATTACHMENT and kind.family != Family.IMAGE):
        raise Invalid("Validation failed: File content type is invalid, File is invalid", "media.type")
    if not takes(kind):
        raise Invalid("Validation failed: File cannot be decoded on this server", "media.unsupported")
    size = path.stat().st_size
    if size > LARGEST[kind.family]:
        raise too_large(kind.family)
    return kind


def too_large(family: Family) -> Invalid:
    return Invalid(
        f"Validation failed: File file size must be less than {LARGEST[family] // 1_000_000} MB", "media.size"
    )


class Converter:
    """One for a process of the node. So many files at once, the others wait: pictures for none but pictures."""

    def __init__(self) -> None:
        self._rooms = {moves: asyncio.Semaphore(AT_ONCE) for moves in (False, True)}

    async def convert(self, source: Path, folder: Path, purpose: Purpose = Purpose.ATTACHMENT) -> Converted:
        """Makes files in `folder`, which is empty. Raises `Invalid` for what cannot be decoded within the bounds."""
        kind = await asyncio.to_thread(judged, source, purpose)
        async with self._rooms[kind.family != Family.IMAGE]:
            code = await _run(kind, source, folder, purpose)
        if code != 0:
            log.info("media.decode", code=code, family=kind.family)
            raise Invalid(FAILURE, "media.decode")
        converted = await asyncio.to_thread(_result, folder)
        if converted.kind == "audio" and await asyncio.to_thread(_size, source) > LARGEST[Family.AUDIO]:
            raise too_large(Family.AUDIO)
        return converted


async def _run(kind: Kind, source: Path, folder: Path, purpose: Purpose) -> int:
    """The exit code; that of a kill where it took too long."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-m", "node.storage.decoding", purpose, kind.family, kind.format),
        *(str(source), str(folder)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=folder,
        env={"MALLOC_ARENA_MAX": "2", "LC_ALL": "C.UTF-8"},
        start_new_session=True,
    )
    heavy = Family.VIDEO if kind.format == "GIF" else kind.family
    try:
        return await asyncio.wait_for(process.wait(), SECONDS[heavy])
    except TimeoutError:
        return -signal.SIGKILL
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def _size(path: Path) -> int:
    return path.stat().st_size


def _result(folder: Path) -> Converted:
    """Raises `Invalid` for a refusal, and for what no honest process would say."""
    try:
        with own_file(folder / "result.json").open("rb") as file:
            said = json.loads(file.read(_LONGEST_RESULT))
        if "refused" in said:
            raise Invalid(FAILURE, f"media.{str(said['refused'])[:20]}")
        return _converted(folder, said)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("media.result", error=type(error).__name__)
        raise Invalid(FAILURE, "media.result") from error


def _converted(folder: Path, said: Mapping[str, Any]) -> Converted:
    name, kind, blurhash = said["file"], said["kind"], said["blurhash"]
    preview = "preview.webp" if said["preview"] else None
    if kind not in _KINDS or (blurhash is not None and len(blurhash) > _LONGEST_HASH):
        raise ValueError(kind)
    size = own_file(folder / name).stat().st_size
    if preview is not None:
        own_file(folder / preview)
    return Converted(kind, name, preview, _TYPES[name], size, blurhash, _meta(said["meta"]))


def _meta(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        part: {name: _value(said[part][name]) for name in said[part]} for part in ("original", "small") if part in said
    }


def _value(said: Any) -> Any:
    if isinstance(said, int | float):
        return said
    return str(said)[:20]


def own_file(path: Path) -> Path:
    """A file of its own: no link to another, which would be served in its place. Raises `ValueError`."""
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        raise ValueError(path.name)
    return path
