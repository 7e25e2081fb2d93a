"""Two nodes behind the shipped Caddyfile, with an authority of Caddy's own: they federate over https, on names."""

import asyncio
import http.client
import io
import json
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import aiohttp
import pytest

from node.storage.limits import VIDEO_BYTES
from tests.commands import free_port
from tests.deploy.machines import DEPLOY, Machine, eventually, required
from tests.recordings import picture

# What this machine needs beside the shipped file: no port 80, no change to the system's trust.
CONFIG = """{
	admin off
	skip_install_trust
	auto_https disable_redirects
}
import %s
"""


def authority(folder: Path) -> Path:
    """The certificate of the authority that all Caddys of this folder share."""
    return folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"


@contextmanager
def caddy(folder: Path, node: Machine) -> Iterator[None]:
    """The shipped Caddyfile in front of a node, which need not run yet."""
    config = folder / f"{node.folder.name}.Caddyfile"
    config.write_text(CONFIG % (DEPLOY / "Caddyfile"))
    environment = {
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "ORDITO_HOST": node.host,
        "ORDITO_UPSTREAM": f"127.0.0.1:{node.port}",
    }
    with config.with_suffix(".log").open("w") as log:
        process = subprocess.Popen(
            [required("caddy", "caddy"), "run", "--config", config, "--adapter", "caddyfile"],
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            eventually(authority(folder).exists)
            yield
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Machine, Machine]]:
    """Two nodes with the settings of production."""
    required("caddy", "caddy")
    folder = tmp_path_factory.mktemp("proxied")
    hosts = {name: f"{name}.localhost:{free_port()}" for name in "ab"}
    settings = {
        "ORDITO_ENV": "production",
        "ORDITO_ALLOW_HOSTS": ",".join(hosts.values()),
        "ORDITO_CA_FILE": str(authority(folder)),
        "ORDITO_CONTACT": "abuse@ngo.example",
    }
    a, b = (Machine(folder / name, free_port(), settings, public=f"https://{host}") for name, host in hosts.items())
    with ExitStack() as stack:
        for node in (a, b):  # Caddy first: a node reads the authority's certificate when it starts
            stack.enter_context(caddy(folder, node))
            stack.enter_context(node.serving())
            eventually(lambda node=node: get(node, "/.well-known/nodeinfo")[0] == 200)
        yield a, b


def get(node: Machine, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Through the proxy, its certificate checked; the connection goes to this machine whatever resolves its name."""
    name, _, port = node.host.partition(":")
    context = ssl.create_default_context(cafile=node.settings["ORDITO_CA_FILE"])
    connection = http.client.HTTPSConnection(name, int(port), context=context)
    plain = socket.create_connection(("127.0.0.1", int(port)), timeout=20)
    connection.sock = context.wrap_socket(plain, server_hostname=name)
    try:
        connection.request("GET", path, headers={key.replace("_", "-"): value for key, value in headers.items()})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def test_nodes_federate_over_https_on_their_names(proxied):
    a, b = proxied
    a.said("person", "add", "anna")
    b.said("person", "add", "maria")
    b.said("group", "create", "circle", "--name", "Circle", "--owner", "maria")
    circle = f"circle@{b.host}"
    a.said("follow", "--as", "anna", circle)
    eventually(lambda: len(b.json("group", "members", "circle")) == 2)
    uri = a.said("post", "--as", "anna", "--group", circle, "Kalimera from A")
    assert uri.startswith(f"{a.base}/posts/")
    eventually(lambda: b.texts("--group", "circle") == ["Kalimera from A"])
    b.said("post", "--as", "maria", "--reply-to", uri, "Benvenuta from B")
    eventually(lambda: a.texts("--thread", uri) == ["Kalimera from A", "Benvenuta from B"])
    relayed = eventually(lambda: [entry for entry in b.json("timeline", "--as", "maria") if entry["uri"] == uri])
    assert (relayed[0]["author"], relayed[0]["group"]) == (f"anna@{a.host}", circle)


def test_the_doctor_finds_proxy_and_certificate_right(proxied):
    found = {check["name"]: check["state"] for check in json.loads(proxied[0]("doctor", "--json").stdout)}
    assert {name: found[name] for name in ("tls", "proxy", "webfinger", "keys")} == {
        "tls": "ok",
        "proxy": "ok",
        "webfinger": "ok",
        "keys": "ok",
    }


def test_the_base_url_decides_addresses_and_no_header_does(proxied):
    forged = {"X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "http", "Forwarded": "host=evil.example"}
    status, _, body = get(proxied[0], "/.well-known/nodeinfo", **forged)
    assert status == 200
    links = [link["href"] for link in json.loads(body)["links"] if "nodeinfo" in link["rel"]]
    assert links
    assert all(link.startswith(f"{proxied[0].base}/") for link in links)


def test_pages_of_who_is_signed_in_are_not_compressed(proxied):
    _, headers, body = get(proxied[0], "/about", Accept_Encoding="gzip", Accept="text/html")
    assert headers["Content-Encoding"] == "gzip"
    assert len(body) > 100
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    _, headers, _ = get(proxied[0], "/about", Accept_Encoding="gzip", Accept="text/html", Cookie="ordito=1")
    assert "Content-Encoding" not in headers


@pytest.fixture(scope="module")
def token(proxied: tuple[Machine, Machine]) -> str:
    """Of a member of the first node."""
    proxied[0].said("person", "add", "olga")
    return proxied[0].said("person", "token", "olga", "--scopes", "read write")


@pytest.fixture
async def app(proxied: tuple[Machine, Machine], token: str) -> AsyncIterator[aiohttp.ClientSession]:
    trusted = ssl.create_default_context(cafile=proxied[0].settings["ORDITO_CA_FILE"])
    connector = aiohttp.TCPConnector(ssl=trusted, family=socket.AF_INET)
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(proxied[0].base, connector=connector, headers=headers) as session:
        yield session


async def uploaded(app: aiohttp.ClientSession, body: bytes) -> tuple[int, dict[str, str]]:
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(body), filename="file")
    async with app.post("/api/v2/media", data=form) as answer:
        return answer.status, await answer.json()


async def test_uploads_come_through_as_large_as_the_node_takes_them(app):
    status, media = await uploaded(app, picture())
    assert status == 200
    async with app.get(media["url"]) as answer:
        assert (answer.status, answer.content_type) == (200, "image/webp")
    film = b"\0\0\0\x18ftypisom\0\0\0\0isommp42"
    assert (await uploaded(app, film.ljust(VIDEO_BYTES, b"\0")))[0] == 202
    status, said = await uploaded(app, film.ljust(VIDEO_BYTES + 1, b"\0"))
    assert (status, list(said)) == (413, ["error"])  # by the node, in a way that apps read


async def test_streams_come_through_as_they_are_written(proxied, app):
    async with (
        asyncio.timeout(60),
        app.get("/api/v1/streaming/user") as events,
        app.ws_connect("/api/v1/streaming?stream=user") as messages,
    ):
        assert events.content_type == "text/event-stream"
        await asyncio.to_thread(proxied[0].process, "post", "--as", "olga", "Straight through")
        assert json.loads((await messages.receive_json())["payload"])["content"] == "<p>Straight through</p>"
        while (line := await events.content.readline()) != b"event: update\n":
            assert line
        assert b"Straight through" in await events.content.readline()
