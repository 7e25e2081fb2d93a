"""Other servers for the benchmark, in a process of their own: many hosts on loopback addresses, actors, and inboxes
that count what they get and answer as late as they are told.

`127.0.H.L:PORT` is one host each, so that every lane, key and limit per host is really per host.
"""

import argparse
import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import uvloop
from aiohttp import web

from node.services.documents import ACTIVITY_STREAMS


class Hosts:
    """Actors by path, one key for all; `delay` in seconds before an inbox answers."""

    def __init__(self, pem: str) -> None:
        self.pem = pem
        self.delay = 0.0
        self.got: Counter[str] = Counter()
        self.first = self.last = 0.0
        """When the first activity came and the last was answered, by this machine's one monotonic clock."""
        self.each = 0.0
        """Seconds between two answers of all inboxes together: a narrow line."""
        self.inboxes: dict[str, set[str]] = {}
        """Ids of what came to each inbox."""
        self._line = asyncio.Lock()

    async def actor(self, request: web.Request) -> web.Response:
        uri = f"http://{request.host}/users/{request.match_info['name']}"
        document = {
            "@context": [ACTIVITY_STREAMS, "https://w3id.org/security/v1"],
            "id": uri,
            "type": "Person",
            "preferredUsername": request.match_info["name"],
            "inbox": f"{uri}/inbox",
            "outbox": f"{uri}/outbox",
            "followers": f"{uri}/followers",
            "endpoints": {"sharedInbox": f"http://{request.host}/inbox"},
            "publicKey": {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": self.pem},
        }
        return web.Response(body=orjson.dumps(document), content_type="application/activity+json")

    async def webfinger(self, request: web.Request) -> web.Response:
        acct = request.query["resource"]
        href = f"http://{request.host}/users/{acct.removeprefix('acct:').partition('@')[0]}"
        link = {"rel": "self", "type": "application/activity+json", "href": href}
        return web.json_response({"subject": acct, "links": [link]}, content_type="application/jrd+json")

    async def inbox(self, request: web.Request) -> web.Response:
        activity = orjson.loads(await request.read())
        self.first = self.first or time.monotonic()
        self.got[activity["type"]] += 1
        self.inboxes.setdefault(f"{request.host}{request.path}", set()).add(activity["id"])
        if self.each:
            async with self._line:
                await asyncio.sleep(self.each)
        if self.delay:
            await asyncio.sleep(self.delay)
        self.last = time.monotonic()
        return web.Response(status=202)

    async def reset(self, request: web.Request) -> web.Response:
        self.delay = float(request.query.get("delay", "0"))
        self.got.clear()
        self.inboxes.clear()
        self.first = self.last = 0.0
        return web.json_response({})

    async def figures(self, _: web.Request) -> web.Response:
        figures: dict[str, Any] = {
            "got": dict(self.got),
            "first": self.first,
            "last": self.last,
        }
        return web.json_response(figures)


def application(hosts: Hosts) -> web.Application:
    app = web.Application()
    app.router.add_get("/users/{name}", hosts.actor)
    app.router.add_get("/.well-known/webfinger", hosts.webfinger)
    app.router.add_post("/inbox", hosts.inbox)
    app.router.add_post("/users/{name}/inbox", hosts.inbox)
    app.router.add_get("/reset", hosts.reset)
    app.router.add_get("/figures", hosts.figures)
    return app


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pem", required=True)
    options = parser.parse_args()
    hosts = Hosts(Path(options.pem).read_text(encoding="ascii"))
    uvloop.install()
    web.run_app(application(hosts), host="0.0.0.0", port=options.port, print=None, access_log=None)  # noqa: S104  # all of 127.0.0.0/8


if __name__ == "__main__":
    main()
