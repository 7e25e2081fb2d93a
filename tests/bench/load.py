"""The load generator: a process of its own, so that its work is not counted as the server's.

Requests come from a file, one JSON line each (method, url, headers, body), all for one address, and go out over a
number of kept connections. It speaks just enough HTTP/1.1 to be far cheaper than any server it loads: with a full
client on the other of two cores, the client would be what is measured.
"""

import argparse
import asyncio
import json
import time
from collections import Counter
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import uvloop

PATIENCE = 120
"""Seconds."""


def encoded(entry: dict[str, object]) -> bytes:
    parts = urlsplit(str(entry["url"]))
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    headers = dict(entry["headers"])  # type: ignore[call-overload]  # JSON of ours
    headers.setdefault("Host", parts.netloc)
    body = str(entry.get("body") or "").encode()
    if body:
        headers["Content-Length"] = str(len(body))
    lines = [f"{entry['method']} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Connection(asyncio.Protocol):
    """Sends one request after the other, and counts statuses."""

    def __init__(self, requests: "Requests") -> None:
        self._requests = requests
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._sent_at = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but its class
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        length = _content_length(bytes(self._buffer[:head]))
        if len(self._buffer) < head + 4 + length:
            return
        self._requests.answered(int(self._buffer[9:12]), length, time.perf_counter() - self._sent_at)
        self._buffer.clear()
        self._next()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError("the server closed a connection"))

    def _next(self) -> None:
        request = self._requests.next()
        assert self._transport is not None
        if request is not None:
            self._sent_at = time.perf_counter()
            self._transport.write(request)
            return
        if not self.done.done():
            self.done.set_result(None)
        self._transport.close()


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


class Requests:
    def __init__(self, encoded_requests: list[bytes]) -> None:
        self._left = iter(encoded_requests)
        self.statuses: Counter[int] = Counter()
        self.size = 0
        """Bytes of the last body."""
        self.waits: list[float] = []
        """Seconds from each request to the end of its answer."""

    def next(self) -> bytes | None:
        return next(self._left, None)

    def answered(self, status: int, size: int, seconds: float) -> None:
        self.statuses[status] += 1
        self.size = size
        self.waits.append(seconds)


async def run(path: Path, concurrency: int, repeat: int) -> dict[str, object]:
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    where = urlsplit(entries[0]["url"])
    everything = [encoded(entry) for entry in entries] * repeat
    requests, loop = Requests(everything), asyncio.get_running_loop()
    start = time.monotonic()
    made = [
        await loop.create_connection(lambda: Connection(requests), where.hostname, where.port)
        for _ in range(concurrency)
    ]
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(connection.done for _, connection in made))
    seconds = time.monotonic() - start
    rate = len(everything) / seconds
    waits = sorted(requests.waits)
    found: dict[str, object] = {
        "p50": waits[len(waits) // 2],
        "p99": waits[min(len(waits) - 1, len(waits) * 99 // 100)],
    }
    found |= {"seconds": seconds, "per_second": rate, "statuses": dict(requests.statuses), "size": requests.size}
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    uvloop.install()
    print(json.dumps(asyncio.run(run(options.file, options.concurrency, options.repeat))))


if __name__ == "__main__":
    main()
