"""Forms with files: read piece by piece, the files onto disk, within bounds of size and time.

A family that takes files uses `form`; the rest of what was sent has then the shape of the route's schema, as ever.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.http_exceptions import BadHttpMessage
from multidict import CIMultiDict, CIMultiDictProxy

from federation.errors import Malformed, TooLarge
from node.mastodon import parameters
from node.mastodon.calls import Call
from node.mastodon.parameters import Parameters
from node.storage.limits import VIDEO_BYTES

T = TypeVar("T")
LARGEST_TEXTS: Final = 128 * 1024
"""Of all parts that are no files."""
MOST_PARTS: Final = 100
CHUNK: Final = 64 * 1024
SLOWEST: Final = 2000
"""Bytes a second, once `GRACE` is over."""
GRACE: Final = 30.0
LONGEST: Final = 900.0
"""Seconds."""


@dataclass(slots=True)
class _Bounds:
    """What one request may still send."""

    began: float
    files: int
    texts: int = LARGEST_TEXTS
    parts: int = MOST_PARTS
    read: int = 0

    def take(self, size: int, *, is_file: bool) -> None:
        self.read += size
        if is_file:
            self.files -= size
        else:
            self.texts -= size
        if self.files < 0 or self.texts < 0:
            raise TooLarge("limit.upload", "This file is too large.")
        elapsed = asyncio.get_running_loop().time() - self.began
        if elapsed > LONGEST or (elapsed > GRACE and self.read < (elapsed - GRACE) * SLOWEST):
            raise web.HTTPRequestTimeout(reason="The body came too slowly.")

    def part(self) -> None:
        self.parts -= 1
        if self.parts < 0:
            raise Malformed("form", "This form has too many parts.")


class _FormReader(MultipartReader):
    """Takes no part at its word: Tusky calls its file `multipart/form-data`, which is no form within the form."""

    def _get_part_reader(self, headers: CIMultiDictProxy[str]) -> MultipartReader | BodyPartReader:
        told = CIMultiDict(headers)
        told.popall("Content-Type", None)
        return super()._get_part_reader(CIMultiDictProxy(told))


@dataclass(frozen=True, slots=True)
class Form:
    parameters: Parameters
    files: Mapping[str, Path]


@dataclass(slots=True)
class _Read:
    texts: list[tuple[str, str]] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)


@asynccontextmanager
async def form(call: Call, takes: str, names: Collection[str], largest: int = VIDEO_BYTES) -> AsyncIterator[Form]:
    """What was sent: parameters as the schema `takes` has them, and the files in parts of these names, which go at the
    end of the block unless somebody has taken them over. Without files where the form is of another kind.

    Raises `TooLarge`, `Malformed`, `Invalid`, and HTTP error 408.
    """
    if not parameters.is_upload(call.request):
        yield Form(call.parameters, {})
        return
    if (call.request.content_length or 0) > largest + LARGEST_TEXTS:
        raise TooLarge("limit.upload", "This file is too large.")
    async with call.context.media.scratch() as folder:
        read = await _read(call.request, names, folder, largest)
        sent = parameters.nested([*call.request.query.items(), *read.texts])
        yield Form(parameters.conform(sent, takes), read.files)


async def _read(request: web.Request, names: Collection[str], folder: Path, largest: int) -> _Read:
    found, bounds = _Read(), _Bounds(asyncio.get_running_loop().time(), largest)
    try:
        reader = _FormReader(request.headers, request.content, max_headers=16)
        while (part := await _patiently(reader.next())) is not None:
            if isinstance(part, MultipartReader) or part.name is None:
                raise Malformed("form", "A part of this form has no name.")
            bounds.part()
            if part.name in names:
                await _file(part, folder / f"part-{len(found.files)}", found, bounds)
            else:
                found.texts.append((part.name, (await _text(part, bounds)).decode()))
    except (ValueError, BadHttpMessage, ConnectionError, web.RequestPayloadError) as error:
        raise Malformed("form", "The form in this request cannot be read.") from error
    return found


async def _file(part: BodyPartReader, path: Path, found: _Read, bounds: _Bounds) -> None:
    """A field that was left empty is no file."""
    size = 0
    with path.open("wb") as file:
        while chunk := await _chunk(part):
            size += len(chunk)
            bounds.take(len(chunk), is_file=True)
            await asyncio.to_thread(file.write, chunk)
    if size:
        found.files[str(part.name)] = path


async def _text(part: BodyPartReader, bounds: _Bounds) -> bytes:
    text = bytearray()
    while chunk := await _chunk(part):
        bounds.take(len(chunk), is_file=False)
        text += chunk
    return bytes(text)


async def _chunk(part: BodyPartReader) -> bytes:
    return await _patiently(part.read_chunk(CHUNK))


async def _patiently(reading: Awaitable[T]) -> T:
    """Whoever sends nothing at all for so long has gone."""
    try:
        async with asyncio.timeout(GRACE):
            return await reading
    except TimeoutError as error:
        raise web.HTTPRequestTimeout(reason="The body came too slowly.") from error
