"""One request at a time: a session without memory, a few connections per host, and errors in our own words."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import quote, urljoin
from weakref import WeakValueDictionary

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from federation.client.connector import GuardedConnector, RefusedAddressError
from federation.client.policy import NetworkPolicy
from federation.errors import Forbidden, Malformed, Unreachable
from federation.identifiers import parse_url, without_fragment

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, bytes and counts of outgoing requests."""

    connect: float = 5.0
    """Name look-up, connection and TLS together."""
    total: float = 10.0
    """A whole fetch with its redirects, or a delivery; waiting for one's turn at a host does not count."""
    document: int = 1_048_576
    answer: int = 4096
    """How much of the answer to a delivery is read."""
    redirects: int = 3
    per_host: int = 4
    connections: int = 512
    keep_alive: float = 15.0


_ASCII: Final = "".join(map(chr, range(0x21, 0x7F)))

DEFAULT_LIMITS: Final = Limits()


@dataclass(slots=True)
class Budget:
    """Seconds left for all hops of one fetch."""

    left: float


class Transport:
    """The one session. Knows no ActivityPub, follows no redirect, keeps no cookie, asks no proxy."""

    def __init__(
        self, policy: NetworkPolicy, headers: Mapping[str, str], resolver: AbstractResolver | None, limits: Limits
    ) -> None:
        self.policy = policy
        self._per_host = limits.per_host
        self._lanes: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._session = aiohttp.ClientSession(
            connector=GuardedConnector(policy, resolver, connections=limits.connections, keep_alive=limits.keep_alive),
            headers={"Accept-Encoding": "gzip", **headers},
            timeout=aiohttp.ClientTimeout(total=None, connect=limits.connect),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )

    async def close(self) -> None:
        await self._session.close()

    async def exchange(
        self,
        method: str,
        url: URL,
        read: Callable[[aiohttp.ClientResponse], Awaitable[T]],
        *,
        headers: Mapping[str, str],
        budget: Budget,
        body: bytes | None = None,
    ) -> T:
        """Sends one request and returns what `read` makes of the answer.

        Raises `Forbidden` where the policy refuses, else `Unreachable` with `fetch.` or, for a POST, `deliver.` and
        one of dns, connect, tls, timeout, broken.
        """
        self.policy.check_url(url)
        async with self._lane(url):
            began = asyncio.get_running_loop().time()
            try:
                async with (
                    asyncio.timeout(budget.left),
                    self._session.request(method, url, headers=headers, data=body, allow_redirects=False) as response,
                ):
                    return await read(response)
            except (aiohttp.ClientError, OSError) as error:
                raise _translated("deliver" if method == "POST" else "fetch", error) from error
            finally:
                budget.left -= asyncio.get_running_loop().time() - began

    def _lane(self, url: URL) -> asyncio.Semaphore:
        """At most so many requests to one host at a time; the lane is forgotten when nobody is in it."""
        host = url.raw_host or ""
        lane = self._lanes.get(host)
        if lane is None:
            lane = self._lanes[host] = asyncio.Semaphore(self._per_host)
        return lane


def target(url: str, relative_to: URL | None = None) -> URL:
    """What is asked for under an id: canonical, without fragment, its path as it came. Raises `Forbidden`."""
    try:
        text = without_fragment(parse_url(urljoin(str(relative_to), url) if relative_to else url, fragment=True))
        return URL(quote(text, safe=_ASCII), encoded=True)
    except (Malformed, ValueError) as error:
        reason = error.reason.removeprefix("id.") if isinstance(error, Malformed) else "url"
        raise Forbidden(f"ssrf.{reason}", "this is not a URL to connect to") from error


def _translated(kind: str, error: Exception) -> Unreachable:
    forbidden = _refusal(error)
    if forbidden is not None:
        return Forbidden(forbidden.reason, str(forbidden))
    match error:
        case TimeoutError():
            return Unreachable(f"{kind}.timeout", "the host did not answer in time")
        case aiohttp.ClientSSLError():
            return Unreachable(f"{kind}.tls", "no trusted TLS connection to the host")
        case aiohttp.ClientConnectorDNSError():
            return Unreachable(f"{kind}.dns", "the host's name has no address")
        case aiohttp.ClientConnectionError() | OSError():
            return Unreachable(f"{kind}.connect", "no connection to the host, or it was cut")
    return Unreachable(f"{kind}.broken", "the answer is not HTTP as it should be")


def _refusal(error: Exception) -> Forbidden | None:
    for cause in (error, error.__cause__, getattr(error, "os_error", None)):
        if isinstance(cause, RefusedAddressError):
            return cause.forbidden
    return None
