"""The only place where a connection to the outside is opened, and where each of its addresses is judged.

Three looks, so that no answer of a name server gets between check and use: all addresses that a name resolves to, each
address when its socket is made (which is also what pins it: nothing is looked up after that), and the peer once it is
connected. The socket factory is told addresses alone; for whose sake it is called stands in a context variable that
`connect` sets from the request itself. Unset, everything is refused. A pooled connection is only ever used again for
the same host and port.
"""

import socket
import ssl
from contextvars import ContextVar
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from yarl import URL

from federation.client.policy import NetworkPolicy
from federation.errors import Forbidden

_wanted: Final[ContextVar[URL | None]] = ContextVar("wanted", default=None)


class RefusedAddressError(OSError):
    """An address the policy refuses, as the OSError that aiohttp passes through; `forbidden` is what callers get."""

    def __init__(self, forbidden: Forbidden) -> None:
        super().__init__(str(forbidden))
        self.forbidden = forbidden


class GuardedResolver(AbstractResolver):
    """Refuses a name of which any address is refused: a mixed answer is an attack, or broken."""

    def __init__(self, policy: NetworkPolicy, resolver: AbstractResolver) -> None:
        self._policy = policy
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        for result in found:
            _check(self._policy, result["host"])
        return found

    async def close(self) -> None:
        await self._resolver.close()


class GuardedConnector(aiohttp.TCPConnector):
    """Connects to what the policy allows; raises `RefusedAddressError` before a packet leaves."""

    def __init__(
        self, policy: NetworkPolicy, resolver: AbstractResolver | None, *, connections: int, keep_alive: float
    ) -> None:
        self._policy = policy
        self._names = GuardedResolver(policy, resolver or aiohttp.DefaultResolver())
        super().__init__(
            resolver=self._names,
            socket_factory=self._make_socket,
            ssl=_tls(policy),
            limit=connections,
            keepalive_timeout=keep_alive,
        )

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - the signature is that of aiohttp
    ) -> Connection:
        token = _wanted.set(req.url)
        try:
            connection = await super().connect(req, traces, timeout)
            try:
                _check(self._policy, _peer(connection))
            except BaseException:
                connection.close()
                raise
            return connection
        finally:
            _wanted.reset(token)

    async def close(self, *, abort_ssl: bool = False) -> None:
        await super().close(abort_ssl=abort_ssl)
        await self._names.close()

    def _make_socket(self, address: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, (host, *_) = address
        _check(self._policy, str(host))
        return socket.socket(family, kind, protocol)


def _check(policy: NetworkPolicy, address: str) -> None:
    wanted = _wanted.get()
    if wanted is None:
        raise RefusedAddressError(Forbidden("ssrf.unasked", "a connection that no request asked for"))
    try:
        policy.check_address(wanted, address)
    except Forbidden as forbidden:
        raise RefusedAddressError(forbidden) from forbidden


def _peer(connection: Connection) -> str:
    peer = connection.transport and connection.transport.get_extra_info("peername")
    if not peer:
        raise aiohttp.ClientConnectionError("the connection was lost before it could be used")
    return str(peer[0])


def _tls(policy: NetworkPolicy) -> ssl.SSLContext | bool:
    if policy.ca_file is None:
        return True
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=policy.ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context
