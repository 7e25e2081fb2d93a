"""Peers on loopback under names of their own, and clients that find them there: ids read `http://a.test/...`."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import orjson
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from federation.client import Client, Limits, NetworkPolicy
from federation.errors import Unreachable
from federation.keys import PrivateKey
from federation.signatures import Scheme, SignedMessage, read, verify

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Stream = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

AGENT = "Ordito/0.1.0 (+https://node.example/; abuse@node.example)"
QUICK = Limits(connect=2.0, total=5.0)


@dataclass
class Names(AbstractResolver):
    """Answers what it was told, in turn: the last answer for ever. Counts the look-ups."""

    answers: dict[str, list[list[tuple[str, int | None]]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def point(self, name: str, *answers: list[tuple[str, int | None]]) -> None:
        self.answers[name] = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.asked.append(host)
        known = self.answers.get(host)
        if known is None:
            raise OSError(None, "no such name")
        answer = known.pop(0) if len(known) > 1 else known[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port if to is None else to,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address, to in answer
        ]

    async def close(self) -> None:
        self.answers.clear()


@dataclass
class Peer:
    """A server, and what it was asked."""

    port: int
    requests: list[web.BaseRequest] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)


class Loopback:
    """Servers, names and clients of one test; closes them all."""

    def __init__(self) -> None:
        self.names = Names()
        self.allowed: set[str] = set()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def serve(
        self, name: str, handler: Handler, *, address: str = "127.0.0.1", allow: bool = True, **ssl: Any
    ) -> Peer:
        """A peer that answers as `handler` does, at `http://name/`."""
        peer = Peer(0)

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            peer.requests.append(request)
            peer.bodies.append(await request.read())
            return await handler(request)

        runner = web.ServerRunner(web.Server(handle))
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.SockSite(runner, _listening(address), **ssl).start()
        peer.port = runner.addresses[0][1]
        self._register(name, address, peer.port, allow=allow)
        return peer

    async def serve_stream(self, name: str, stream: Stream) -> int:
        """A peer that speaks whatever `stream` writes."""

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await stream(reader, writer)
            except (ConnectionError, asyncio.CancelledError):
                return
            finally:
                writer.close()

        server = await asyncio.start_server(handle, sock=_listening("127.0.0.1"))
        self._stack.callback(server.close)
        port: int = server.sockets[0].getsockname()[1]
        self._register(name, "127.0.0.1", port, allow=True)
        return port

    def client(self, policy: NetworkPolicy | None = None, limits: Limits = QUICK, **options: Any) -> Client:
        """By default one that may go to every peer served here, and nowhere else."""
        client = Client(policy or self.opened(), AGENT, self.names, limits, **options)
        self._stack.push_async_callback(client.close)
        return client

    def opened(self, *pairs: str, **options: Any) -> NetworkPolicy:
        """A policy for every peer served here, and `pairs`."""
        return NetworkPolicy(allow_hosts=frozenset({*self.allowed, *pairs}), **options)

    def _register(self, name: str, address: str, port: int, *, allow: bool) -> None:
        self.names.point(name, [(address, port)])
        if allow:
            self.allowed.add(f"{name}:80")


async def note(request: web.BaseRequest) -> web.Response:
    """A note under the URL it was asked for."""
    return activity_json({"id": f"http://{request.host}{request.path_qs}", "type": "Note"})


async def refusal(client: Client, url: str) -> Unreachable:
    """What the fetch failed with."""
    with pytest.raises(Unreachable) as failure:
        await client.fetch(url)
    return failure.value


def redirecting(table: dict[str, str], status: int = 302) -> Handler:
    """A handler that redirects the paths of `table` and serves a note at every other."""

    async def answer(request: web.BaseRequest) -> web.Response:
        if request.path in table:
            return web.Response(status=status, headers={"Location": table[request.path]})
        return await note(request)

    return answer


def serving(table: dict[str, object], content_type: str = "application/jrd+json") -> Handler:
    """A host that answers WebFinger by resource and the rest by path: a document, or a string to redirect to."""

    async def answer(request: web.BaseRequest) -> web.Response:
        document = table.get(request.query.get("resource", request.path))
        if document is None:
            return web.Response(status=404)
        if isinstance(document, str):
            return web.Response(status=302, headers={"Location": document})
        return web.Response(body=orjson.dumps(document), content_type=content_type)

    return answer


async def scheme_of(request: web.BaseRequest, key: PrivateKey, now: datetime) -> Scheme:
    """The scheme of the request's signature, which `key` made; raises as the verifier does."""
    headers = tuple((name.lower(), value) for name, value in request.headers.items())
    body = await request.read() if request.method == "POST" else None
    message = SignedMessage(request.method, request.raw_path, headers, body, f"http://{request.host}")
    claim = read(message, now=now, hosts=frozenset({request.host}))
    verify(claim, key.public)
    return claim.scheme


def certificate(directory: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS context for `name`, and the file of the authority that vouches for it (itself)."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    authority, secret = directory / "ca.pem", directory / "key.pem"
    authority.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authority, secret)
    return context, authority


def _listening(address: str) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((address, 0))
    return listening


def quick(**changes: Any) -> Limits:
    return replace(QUICK, **changes)


def activity_json(document: object, **options: Any) -> web.Response:
    options.setdefault("content_type", "application/activity+json")
    return web.Response(body=orjson.dumps(document), **options)
