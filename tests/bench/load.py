"""The load generator: a process of its own, so that its work is not counted as the server's.

Requests come from a file, one JSON line each (method, url, headers, body), and go out over a number of kept connections.
"""

import argparse
import asyncio
import json
import time
from collections import Counter
from pathlib import Path

import aiohttp
import uvloop


async def run(path: Path, concurrency: int, repeat: int) -> dict[str, object]:
    lines = [json.loads(line) for line in path.read_text().splitlines()] * repeat
    requests = iter(lines)
    statuses: Counter[int] = Counter()
    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def one() -> None:
            for entry in requests:
                async with session.request(
                    entry["method"], entry["url"], headers=entry["headers"], data=entry.get("body")
                ) as response:
                    await response.read()
                    statuses[response.status] += 1

        start = time.monotonic()
        await asyncio.gather(*(one() for _ in range(concurrency)))
        seconds = time.monotonic() - start
    return {"seconds": seconds, "per_second": len(lines) / seconds, "statuses": dict(statuses)}


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
