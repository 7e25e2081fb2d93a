"""`python -m tests.bench.listeners`: many apps with an open socket, in a process of their own.

Once all are connected, and whenever all have been told of one more post, a line of JSON is written.
"""

import argparse
import asyncio
import json
import time
from datetime import datetime
from pathlib import Path
from statistics import quantiles

import aiohttp


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("base")
    parser.add_argument("tokens", type=Path, help="a file with one a line")
    return parser.parse_args()


class Ears:
    """When each has heard of what is told now, in the order of the clock."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._ready = 0
        self._heard: list[float] = []

    def ready(self) -> None:
        self._ready += 1
        if self._ready == self._count:
            print("{}", flush=True)

    def hear(self, data: str) -> None:
        self._heard.append(time.time())
        if len(self._heard) == self._count:
            written = json.loads(json.loads(data)["payload"])["created_at"]
            begun = datetime.fromisoformat(written).timestamp()
            delays = [(at - begun) * 1000 for at in self._heard]
            self._heard.clear()
            parts = quantiles(delays, n=100)
            print(json.dumps({"p50": parts[49], "p99": parts[98], "last": delays[-1]}), flush=True)


async def listen(http: aiohttp.ClientSession, url: str, token: str, ears: Ears, open_one: asyncio.Semaphore) -> None:
    async with open_one:
        socket = await http.ws_connect(url, headers={"Authorization": f"Bearer {token}"})
        for stream in ("user", "none such"):  # once the second is refused, the first is done
            await socket.send_json({"type": "subscribe", "stream": stream})
        await socket.receive_json()
        ears.ready()
    async for message in socket:
        ears.hear(message.data)
    raise RuntimeError("a socket was closed")


async def main() -> None:
    chosen = options()
    tokens = chosen.tokens.read_text().split()
    ears, open_one = Ears(len(tokens)), asyncio.Semaphore(20)
    url = f"{chosen.base}/api/v1/streaming"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http, asyncio.TaskGroup() as group:
        for token in tokens:
            group.create_task(listen(http, url, token, ears, open_one))


if __name__ == "__main__":
    asyncio.run(main())
