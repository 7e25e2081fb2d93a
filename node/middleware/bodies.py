"""Reading what a client sends, within bounds of size and time."""

import asyncio
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from federation.errors import Malformed, TooLarge


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that a client has: for the head of a request, for its body, and to read a refusal while still sending."""

    head: float = 20.0
    body: float = 30.0
    linger: float = 5.0


DEFAULT_PATIENCE: Final = Patience()
PATIENCE: Final = web.AppKey("patience", Patience)


async def read_body(request: web.Request, largest: int, limit: str) -> bytes:
    """The raw bytes, counted while reading, whatever Content-Length says; a body that drips is cut off.

    Raises `TooLarge` (`limit.` and the name given), `Malformed` for one that is no body, HTTP errors 408 and 415.
    """
    if "Content-Encoding" in request.headers:
        raise web.HTTPUnsupportedMediaType(reason="A body is taken as it is, without Content-Encoding.")
    if (request.content_length or 0) > largest:
        raise _too_large(largest, limit)
    body = bytearray()
    try:
        if request.content.is_eof():  # it came with the head, as small ones do: there is nothing to wait for
            body += request.content.read_nowait()
        else:
            async with asyncio.timeout(request.app[PATIENCE].body):
                async for chunk in request.content.iter_any():
                    body += chunk
                    if len(body) > largest:
                        raise _too_large(largest, limit)
    except TimeoutError as error:
        raise web.HTTPRequestTimeout(reason="The body came too slowly.") from error
    except (web.RequestPayloadError, ConnectionError) as error:
        raise Malformed("http.body", "The body ends before its end, or is cut in pieces that are none.") from error
    if len(body) > largest:
        raise _too_large(largest, limit)
    return bytes(body)


def _too_large(largest: int, limit: str) -> TooLarge:
    return TooLarge(f"limit.{limit}", f"This address takes at most {largest // 1000} kB.")
