"""Reading answers with bounds: content types compared strictly, bytes counted after decompression."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp

from federation.errors import Unreachable

AS_PROFILE: Final = "https://www.w3.org/ns/activitystreams"
ACTIVITY_TYPES: Final = frozenset({"application/activity+json", f'application/ld+json; profile="{AS_PROFILE}"'})
ACCEPT_ACTIVITY: Final = f'application/ld+json; profile="{AS_PROFILE}", application/activity+json'

_CHUNK: Final = 65_536
_LONGEST_WAIT: Final = 7 * 86_400


@dataclass(frozen=True, slots=True)
class ContentType:
    """A media type, lower-case, and the profiles it names (RFC 6906)."""

    essence: str
    profiles: tuple[str, ...]

    @classmethod
    def parse(cls, header: str) -> "ContentType":
        message = Message()
        message["Content-Type"] = header
        essence = header.split(";", 1)[0].strip().lower()
        return cls(essence, tuple(str(message.get_param("profile", "")).split()))

    def is_one_of(self, types: Collection[str]) -> bool:
        """Whether this is among `types`; one that has a profile asks for it, one that ends in `/*` takes the family."""
        return any(self._matches(ContentType.parse(wanted)) for wanted in types)

    def _matches(self, wanted: "ContentType") -> bool:
        if wanted.essence.endswith("/*"):
            return self.essence.startswith(wanted.essence[:-1])
        return self.essence == wanted.essence and set(wanted.profiles) <= set(self.profiles)


def check_type(response: aiohttp.ClientResponse, types: Collection[str]) -> str:
    """The Content-Type as sent. Raises `Unreachable` for another type than asked for, none, or two."""
    headers = response.headers.getall("Content-Type", [])
    if len(headers) != 1 or not ContentType.parse(headers[0]).is_one_of(types):
        raise Unreachable("fetch.type", "the document has a content type that is not accepted")
    return headers[0]


async def read_into(sink: Callable[[bytes], object], response: aiohttp.ClientResponse, limit: int) -> None:
    """Hands the body on piece by piece. Raises `Unreachable` as soon as it is over `limit` bytes, decompressed.

    aiohttp decompresses no more than a chunk ahead of the reader, so a bomb stops here.
    """
    if (response.content_length or 0) > limit:
        raise Unreachable("fetch.size", "the document is too large")
    read = 0
    async for chunk in response.content.iter_chunked(_CHUNK):
        read += len(chunk)
        if read > limit:
            raise Unreachable("fetch.size", "the document is too large")
        sink(chunk)


async def discard(response: aiohttp.ClientResponse, limit: int) -> None:
    """Reads a short rest so that the connection can be used again; a longer one costs the connection."""
    left = limit
    while left > 0 and (chunk := await response.content.read(left)):
        left -= len(chunk)


def retry_after(header: str | None, now: datetime) -> int | None:
    """Seconds to wait (RFC 9110 section 10.2.3), a number or a date, at most a week; None if unreadable."""
    text = (header or "").strip()
    if text.isdecimal() and text.isascii():
        return min(int(text[:9]), _LONGEST_WAIT)
    try:
        seconds = (parsedate_to_datetime(text) - now).total_seconds()
    except (TypeError, ValueError):
        return None
    return min(max(int(seconds), 0), _LONGEST_WAIT)
