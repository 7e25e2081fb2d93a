"""What this machine could do at best, measured in the same run: the yardsticks beside our figures.

`bare`: an aiohttp endpoint that reads the body and answers 202. `verify`: the same plus digest and RSA verification.
`store`: that plus JSON and one SQLite commit per note. `fixed`: an endpoint that answers GET with the bytes of a file.
"""

import argparse
import asyncio
import hashlib
import sqlite3
import time
from base64 import b64encode
from pathlib import Path

import orjson
import uvloop
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from federation import keys


def application(folder: Path) -> web.Application:
    app = web.Application()
    _add_inboxes(app, folder)
    _add_documents(app, folder)
    return app


def _add_inboxes(app: web.Application, folder: Path) -> None:
    base = b"(request-target): post /inbox\n" * 8
    private = keys.generate_rsa_key()
    signature, known = private.sign(base), private.public.key
    assert isinstance(known, RSAPublicKey)
    store = _store(folder)

    async def bare(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=202)

    def verified(body: bytes) -> None:
        b64encode(hashlib.sha256(body).digest())
        known.verify(signature, base, PKCS1v15(), SHA256())

    async def verify(request: web.Request) -> web.Response:
        verified(await request.read())
        return web.Response(status=202)

    def commit(note_id: str, body: bytes) -> None:
        store.execute("INSERT OR IGNORE INTO notes VALUES (?, ?)", (note_id, body.decode()))

    async def stored(request: web.Request) -> web.Response:
        body = await request.read()
        verified(body)
        note = orjson.loads(body)
        await asyncio.to_thread(commit, f"{note['id']}?{time.monotonic_ns()}", body)
        return web.Response(status=202)

    app.router.add_post("/bare", bare)
    app.router.add_post("/verify", verify)
    app.router.add_post("/store", stored)


def _store(folder: Path) -> sqlite3.Connection:
    store = sqlite3.connect(folder / "ceiling.sqlite3", isolation_level=None, check_same_thread=False)
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("PRAGMA synchronous=FULL")
    store.execute("CREATE TABLE IF NOT EXISTS notes (id TEXT PRIMARY KEY, body TEXT)")
    return store


def _add_documents(app: web.Application, folder: Path) -> None:
    """What is read from a file once: `/fixed/NAME` answers with the bytes of `NAME.body`."""
    kept: dict[str, bytes] = {}

    async def fixed(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in kept:
            kept[name] = (folder / f"{name}.body").read_bytes()
        return web.Response(body=kept[name], content_type="application/activity+json")

    app.router.add_get("/fixed/{name}", fixed)


def signs_per_second(seconds: float = 0.5) -> float:
    """RSA-2048 signatures that one core makes."""
    key, count = keys.generate_rsa_key(), 0
    start = time.process_time()
    while time.process_time() - start < seconds:
        key.sign(b"x" * 300)
        count += 1
    return count / (time.process_time() - start)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    uvloop.install()
    web.run_app(application(options.folder), host="127.0.0.1", port=options.port, print=None, access_log=None)


if __name__ == "__main__":
    main()
