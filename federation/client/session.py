"""The client itself: fetches documents, proves their ids, downloads media and delivers activities."""

import json
from collections.abc import Callable, Collection, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from federation.client.bodies import (
    ACCEPT_ACTIVITY,
    ACTIVITY_TYPES,
    check_type,
    discard,
    read_into,
    retry_after,
)
from federation.client.policy import NetworkPolicy
from federation.client.signing import Signer, SigningPool
from federation.client.transport import DEFAULT_LIMITS, Budget, Limits, Transport, target
from federation.errors import Gone, Malformed, Unreachable, Untrusted
from federation.identifiers import parse_url, same_origin
from federation.signatures import Scheme
from federation.vocabulary.documents import parse_document
from federation.vocabulary.values import Document

JSON_TYPES: Final = frozenset({"application/json"})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_CONNECTION_FAILED: Final = frozenset({"fetch.connect", "fetch.tls", "ssrf.address", "ssrf.scheme", "ssrf.port"})


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document, the URL that served it after redirects, and its Content-Type as sent."""

    url: str
    document: Document
    content_type: str


@dataclass(frozen=True, slots=True)
class Answer:
    """How an inbox answered: status, seconds of Retry-After, and the Accept-Signature header (RFC 9421 section 5.1)."""

    status: int
    retry_after: int | None
    accept_signature: str | None

    @property
    def delivered(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class _Ask:
    """One GET, redirects and all."""

    accept: str
    types: Collection[str]
    limit: int
    seconds: float
    sink: Callable[[bytes], object]
    signer: Signer | None = None
    scheme: Scheme = Scheme.CAVAGE


@dataclass(frozen=True, slots=True)
class _Hop:
    """Where a GET ended: at a body of this type, or at a redirect."""

    content_type: str = ""
    location: str | None = None


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _unbounded() -> None:
    """Spends nothing."""


class Client:
    """Makes every outgoing request of a node, within a policy and limits. Made and closed inside a running loop.

    `user_agent` names the node and a contact: `Ordito/0.1.0 (+https://node.example/; abuse@node.example)`.
    """

    def __init__(
        self,
        policy: NetworkPolicy,
        user_agent: str,
        resolver: AbstractResolver | None = None,
        limits: Limits = DEFAULT_LIMITS,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._transport = Transport(policy, {"User-Agent": user_agent}, resolver, limits)
        self._signing = SigningPool()
        self._spend: Callable[[], None] = _unbounded

    def within(self, spend: Callable[[], None]) -> "Client":
        """The same client for one cause: `spend` is called before each GET, redirects too, and raises to stop it."""
        bounded = copy(self)
        bounded._spend = spend  # noqa: SLF001  # its own class
        return bounded

    async def close(self) -> None:
        self._signing.close()
        await self._transport.close()

    async def fetch(
        self, url: str, *, signer: Signer | None = None, scheme: Scheme = Scheme.CAVAGE, accept: str = ACCEPT_ACTIVITY
    ) -> Fetched:
        """An ActivityPub document, as whatever host serves it: its id proves nothing yet (`fetch_object`).

        Raises `Gone` for 404 and 410, `Forbidden` where the policy refuses, else `Unreachable`; its reason is
        `fetch.unauthorized` for 401 and 403, where another signature may help.
        """
        return await self._document(url, accept, ACTIVITY_TYPES, signer, scheme)

    async def fetch_object(self, url: str, *, signer: Signer | None = None, scheme: Scheme = Scheme.CAVAGE) -> Fetched:
        """A document that was fetched from its own id, on its own origin (FEP-fe34); an id that differs is asked once.

        Raises `Untrusted` where id and address do not agree, beside what `fetch` raises.
        """
        wanted = str(target(url))
        for _ in range(2):
            fetched = await self.fetch(wanted, signer=signer, scheme=scheme)
            named = _id_of(fetched.document)
            if named in {wanted, fetched.url} and same_origin(named, fetched.url):
                return fetched
            if named == wanted:
                break
            wanted = named
        raise Untrusted("origin.id", "the document is not served at its own id")

    async def get_json(self, url: str, *, accept: str, types: Collection[str]) -> Fetched:
        """A JSON object of one of these content types, unsigned. Raises as `fetch` does."""
        return await self._document(url, accept, types)

    async def get_well_known(self, host: str, path: str, *, accept: str, types: Collection[str]) -> Fetched:
        """`get_json` at a bare host, as handles name it: by https, by plain http only where the policy opens it."""
        *others, last = self._transport.policy.schemes(host)
        for scheme in others:
            try:
                return await self.get_json(f"{scheme}://{host}{path}", accept=accept, types=types)
            except Unreachable as error:
                if error.reason not in _CONNECTION_FAILED:
                    raise
        return await self.get_json(f"{last}://{host}{path}", accept=accept, types=types)

    async def download(
        self, url: str, sink: Callable[[bytes], object], *, types: Collection[str], limit: int, seconds: float = 60.0
    ) -> str:
        """Hands a file on to `sink` piece by piece and returns its Content-Type; `types` may hold `image/*`.

        On an error `sink` may have had a part. Raises as `fetch` does.
        """
        accept = ", ".join(sorted(types))
        _, content_type = await self._get(target(url), _Ask(accept, types, limit, seconds, sink))
        return content_type

    async def deliver(
        self,
        inbox: str,
        body: bytes,
        *,
        signer: Signer,
        scheme: Scheme,
        now: datetime,
        accept_signature: str | None = None,
    ) -> Answer:
        """One signed POST; any status is an answer. `accept_signature` is what the peer asked to have signed.

        Raises `Forbidden` where the policy refuses, and `Unreachable` where no answer came.
        """
        url = target(inbox)
        signed = await self._signing.sign(
            signer, scheme, method="POST", url=str(url), body=body, now=now, accept=accept_signature
        )

        return await self._post(url, body, signed, now)

    def check(self, url: str) -> None:
        """Raises `Forbidden` for an address that nothing is ever sent to, as far as that shows without resolving it."""
        self._transport.policy.check_url(target(url))

    async def post(self, url: str, body: bytes, *, headers: Mapping[str, str], now: datetime) -> Answer:
        """One POST that is not signed as activities are: its headers say who sends it. Raises as `deliver` does."""
        return await self._post(target(url), body, headers, now)

    async def _post(self, url: URL, body: bytes, headers: Mapping[str, str], now: datetime) -> Answer:
        async def read(response: aiohttp.ClientResponse) -> Answer:
            await discard(response, self._limits.answer)
            wait = retry_after(response.headers.get("Retry-After"), now)
            return Answer(response.status, wait, response.headers.get("Accept-Signature"))

        budget = Budget(self._limits.total)
        return await self._transport.exchange("POST", url, read, headers=headers, body=body, budget=budget)

    async def ask(self, url: str, document: Document, *, limit: int, seconds: float) -> bytes:
        """The JSON that a service answers which the operator has chosen. Unsigned, and no redirect is followed: what is
        sent is for that service alone. Raises as `fetch` does."""
        body = bytearray()

        async def read(response: aiohttp.ClientResponse) -> None:
            _check_status(response.status)
            check_type(response, JSON_TYPES)
            await read_into(body.extend, response, limit)

        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        sent = json.dumps(document).encode()
        await self._transport.exchange("POST", target(url), read, headers=headers, body=sent, budget=Budget(seconds))
        return bytes(body)

    async def _document(
        self,
        url: str,
        accept: str,
        types: Collection[str],
        signer: Signer | None = None,
        scheme: Scheme = Scheme.CAVAGE,
    ) -> Fetched:
        body = bytearray()
        limits = self._limits
        ask = _Ask(accept, types, limits.document, limits.total, body.extend, signer, scheme)
        final, content_type = await self._get(target(url), ask)
        try:
            document = parse_document(bytes(body))
        except Malformed as error:
            raise Unreachable("fetch.json", "the document is not JSON that can be read") from error
        return Fetched(str(final), document, content_type)

    async def _get(self, url: URL, ask: _Ask) -> tuple[URL, str]:
        """Follows redirects: each hop judged anew, no circle, never from https to http, signed on the first origin."""
        budget, signer, seen = Budget(ask.seconds), ask.signer, {url}
        for _ in range(self._limits.redirects + 1):
            hop = await self._hop(url, ask, signer, budget)
            if hop.location is None:
                return url, hop.content_type
            following = target(hop.location, relative_to=url)
            if following in seen:
                raise Unreachable("fetch.loop", "the host redirects in a circle")
            if url.scheme == "https" and following.scheme != "https":
                raise Unreachable("fetch.downgrade", "the host redirects from https to plain http")
            if not same_origin(str(url), str(following)):
                signer = None
            seen.add(following)
            url = following
        raise Unreachable("fetch.redirects", "the host redirects too often")

    async def _hop(self, url: URL, ask: _Ask, signer: Signer | None, budget: Budget) -> _Hop:
        self._spend()
        headers = {"Accept": ask.accept}
        if signer is not None:
            headers |= await self._signing.sign(signer, ask.scheme, method="GET", url=str(url), now=self._clock())

        async def read(response: aiohttp.ClientResponse) -> _Hop:
            if response.status in _REDIRECTS and "Location" in response.headers:
                return _Hop(location=response.headers["Location"])
            _check_status(response.status)
            content_type = check_type(response, ask.types)
            await read_into(ask.sink, response, ask.limit)
            return _Hop(content_type)

        return await self._transport.exchange("GET", url, read, headers=headers, budget=budget)


def _check_status(status: int) -> None:
    if status in {404, 410}:
        raise Gone("fetch.gone" if status == 410 else "fetch.missing", f"the host answered {status}")
    if status in {401, 403}:
        raise Unreachable("fetch.unauthorized", f"the host answered {status}")
    if status != 200:
        raise Unreachable("fetch.status", f"the host answered {status}")


def _id_of(document: Document) -> str:
    named = document.get("id")
    if not isinstance(named, str):
        raise Untrusted("origin.id", "the document has no id")
    try:
        return parse_url(named)
    except Malformed as error:
        raise Untrusted("origin.id", "the document's id is none") from error
