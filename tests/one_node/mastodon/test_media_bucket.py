"""Uploads in an S3-compatible bucket: kept, served in parts and taken away, as on disk."""

import re
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest
from aiohttp import web
from obstore.store import MemoryStore

from node.services import posts
from node.storage.bucket import Bucket
from node.storage.opening import folders, open_storage
from tests import recordings
from tests.apps import phone
from tests.nodes import Network, Node
from tests.one_node.mastodon.test_media import V1, attached, fetched, files, send, uploaded


class ScriptedServer:
    """As much of S3 as is asked for: objects by path, listed by prefix, and who asked with which key."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, str]] = {}
        self.keys: set[str] = set()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.keys.add(re.findall(r"Credential=([^/]+)/", request.headers.get("Authorization", ""))[0])
        name = request.path.removeprefix("/uploads/")
        if request.method == "PUT":
            self.objects[name] = (await request.read(), request.headers.get("Content-Type", ""))
            return web.Response(headers={"ETag": '"1"'})
        if request.method == "POST":
            named = re.findall(r"<Key>(.*?)</Key>", (await request.read()).decode())
            for gone in named:
                self.objects.pop(gone, None)
            told = "".join(f"<Deleted><Key>{gone}</Key></Deleted>" for gone in named)
            return web.Response(text=f"<DeleteResult>{told}</DeleteResult>", content_type="application/xml")
        if "list-type" in request.query:
            return self._list(request.query["prefix"])
        return self._object(request, name)

    def _list(self, prefix: str) -> web.Response:
        found = "".join(
            f"<Contents><Key>{name}</Key><Size>{len(body)}</Size><ETag>1</ETag>"
            "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
            for name, (body, _) in self.objects.items()
            if name.startswith(prefix)
        )
        return web.Response(text=f"<ListBucketResult>{found}</ListBucketResult>", content_type="application/xml")

    def _object(self, request: web.BaseRequest, name: str) -> web.Response:
        if request.method == "DELETE":
            self.objects.pop(name, None)
            return web.Response(status=204)
        if name not in self.objects:
            return web.Response(status=404)
        body, kind = self.objects[name]
        headers = {"ETag": '"1"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT", "Content-Type": kind}
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("Range", ""))
        if asked is None:
            return web.Response(body=body, headers=headers)
        start, last = int(asked[1]), int(asked[2])
        headers["Content-Range"] = f"bytes {start}-{min(last, len(body) - 1)}/{len(body)}"
        return web.Response(status=206, body=body[start : last + 1], headers=headers)


@pytest.fixture
async def server() -> AsyncIterator[tuple[ScriptedServer, str]]:
    found = ScriptedServer()
    runner = web.ServerRunner(web.Server(found), shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield found, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def settings_of(url: str) -> dict[str, str]:
    given = {"BUCKET": "uploads", "ENDPOINT": url, "KEY": "ordito", "SECRET": "s3-secret"}
    return {f"ORDITO_S3_{name}": value for name, value in given.items()}


async def test_a_bucket_holds_what_the_disk_would(sqlite_nodes: Network, server: tuple[ScriptedServer, str]) -> None:
    scripted, url = server
    node = await sqlite_nodes.node("a", **settings_of(url))
    assert isinstance(open_storage(node.context.settings, folders(node.context.settings)), Bucket)
    anna = await node.person("anna")
    mine = await phone(node, anna)
    file = await uploaded(mine, recordings.picture())
    key = file["url"].split("/")[-2]
    assert sorted(scripted.objects) == [f"media/{key}/{name}" for name in ("original.webp", "preview.webp")]
    assert scripted.objects[f"media/{key}/original.webp"][1] == "image/webp"
    assert scripted.keys == {"ordito"}
    assert await files(node) == []
    status, headers, body = await fetched(node, file["url"])
    assert (status, body) == (200, scripted.objects[f"media/{key}/original.webp"][0])
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    post = await attached(node, anna, file)
    await node.do(lambda tx: posts.delete(tx, anna, post))
    assert (await fetched(node, file["url"]))[0] == 404
    await sqlite_nodes.settle()
    assert scripted.objects == {}


async def test_parts_of_what_is_in_a_bucket_are_served(sqlite_nodes: Network) -> None:
    node = await sqlite_nodes.node("a")
    media = node.context.media
    media.__dict__["storage"] = Bucket(MemoryStore(), media.folders.scratch)
    mine = await phone(node, await node.person("anna"))
    url = (await send(mine, V1, recordings.film())).body["url"]
    status, headers, whole = await fetched(node, url)
    size = len(whole)
    assert (status, headers["Accept-Ranges"], headers["Content-Length"]) == (200, "bytes", str(size))
    for asked, expected, told in (
        ("bytes=0-9", whole[:10], f"bytes 0-9/{size}"),
        ("bytes=100-", whole[100:], f"bytes 100-{size - 1}/{size}"),
        ("bytes=-7", whole[-7:], f"bytes {size - 7}-{size - 1}/{size}"),
        (f"bytes={size - 5}-{size + 99}", whole[-5:], f"bytes {size - 5}-{size - 1}/{size}"),
    ):
        status, headers, body = await fetched(node, url, Range=asked)
        assert (status, body, headers["Content-Range"]) == (206, expected, told), asked
    assert (await fetched(node, url, Range=f"bytes={size}-"))[0] == 416
    for nonsense in ("bytes=-", "lines=1-2", "bytes=1-2,4-5"):
        assert (await fetched(node, url, Range=nonsense))[::2] == (200, whole), nonsense
    async with node.http.head(url) as response:
        assert (response.status, response.headers["Content-Length"]) == (200, str(size))


async def test_readers_are_sent_to_the_bucket_where_the_operator_wants_that(
    sqlite_nodes: Network, server: tuple[ScriptedServer, str]
) -> None:
    """Pages may show what is there, then and only then."""
    _, url = server
    settings = {**settings_of(url), "ORDITO_S3_PUBLIC_URL": "https://files.example/node"}
    a, b = await sqlite_nodes.node("a", **settings), await sqlite_nodes.node("b")
    mine = await phone(a, await a.person("anna"))
    file = await uploaded(mine, recordings.picture())
    assert file["url"].startswith(a.base), "what is written in posts does not depend on it"
    status, headers, _ = await fetched(a, file["url"])
    place = quote(f"media/{file['url'].split('/')[-2]}/original.webp")
    assert (status, headers["Location"]) == (302, f"https://files.example/node/{place}")
    assert "https://files.example" in (await a.get("/", accept="text/html"))[1]["Content-Security-Policy"]
    assert "files.example" not in (await b.get("/", accept="text/html"))[1]["Content-Security-Policy"]


async def test_a_bucket_that_is_away_loses_nothing(sqlite_nodes: Network, server: tuple[ScriptedServer, str]) -> None:
    """The job that takes files away comes back until it could."""
    scripted, url = server
    node: Node = await sqlite_nodes.node("a", **settings_of(url))
    mine = await phone(node, await node.person("anna"))
    file = await uploaded(mine, recordings.picture())
    storage, asked = node.context.media.storage, []

    async def away(key: str) -> None:
        asked.append(key)
        raise ConnectionError

    remove, storage.remove = storage.remove, away  # type: ignore[method-assign]  # a test
    assert (await mine.ask("DELETE", f"{V1}/{file['id']}")).status == 200
    await sqlite_nodes.settle()
    assert len(scripted.objects) == 2
    storage.remove = remove  # type: ignore[method-assign]  # as above
    due = await node.next_due()
    assert due is not None
    sqlite_nodes.clock.at = due
    await sqlite_nodes.settle()
    assert asked
    assert scripted.objects == {}
