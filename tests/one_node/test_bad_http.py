"""What bad requests get before anybody reads what they hold: too large, too slow, for another host, or no HTTP."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from federation.signatures import digest_header
from federation.signatures.freshness import format_http_date
from node.middleware.bodies import Patience
from node.queries import actors as actor_rows
from node.services import posts
from tests.nodes import AP, Network, Node
from tests.readers import signed_get
from tests.strangers import Stranger

HTML = "text/html,application/xhtml+xml"
SHORT = Patience(head=0.4, body=0.4, linger=0.2)
SOON = 5.0
"""Seconds within which anything slow has been cut off, on a busy machine too."""


@pytest.fixture
async def node(sqlite_nodes: Network) -> Node:
    sqlite_nodes.patience = SHORT
    return await sqlite_nodes.node("a")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[list[Any]]:
    """What is logged; nothing of it may come from a library, which would name addresses, or be an error."""
    with capture_logs() as lines, caplog.at_level(logging.INFO):
        yield lines
    assert [record.name for record in caplog.get_records("call") if record.name.startswith("aiohttp")] == []
    assert not [line for line in lines if line["log_level"] in {"error", "critical"}]
    assert "127.0.0.1" not in str(lines)


@asynccontextmanager
async def connected(nodes: Network) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    [[(address, port)]] = nodes.names.answers["a.test"]
    reader, writer = await asyncio.open_connection(address, port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def answer_to(nodes: Network, *pieces: bytes, pause: float = 0.0) -> tuple[int, str, bytes]:
    """(status, content type, body) of what the node says to these bytes; 0 where it says nothing and hangs up."""
    async with connected(nodes) as (reader, writer), asyncio.timeout(SOON):
        answer = asyncio.create_task(_message(reader))
        for piece in pieces:
            if not answer.done():
                writer.write(piece)
                await asyncio.sleep(pause)
        return _parsed(await answer)


async def _message(reader: asyncio.StreamReader) -> bytes:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as nothing:
        return nothing.partial
    length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    return head + await reader.readexactly(length)


def _parsed(whole: bytes) -> tuple[int, str, bytes]:
    if not whole:
        return 0, "", b""
    head, _, body = whole.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    kinds = [line.split(": ")[1] for line in lines if line.lower().startswith("content-type")]
    return int(status.split()[1]), kinds[0], body


def reasons(log: list[Any]) -> list[str]:
    return [line["reason"] for line in log if line["event"] == "refused"]


def head(line: str = "POST /inbox", **headers: str) -> bytes:
    lines = {"Host": "a.test", "Content-Type": "application/activity+json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return "\r\n".join([f"{line} HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items()), "", ""]).encode()


CHUNK = b"40000\r\n" + b"x" * 0x40000 + b"\r\n"


@pytest.mark.parametrize(("path", "most"), [("/inbox", 1_000_000), ("/sign-in", 131_072)])
async def test_what_is_too_large_is_413(
    sqlite_nodes: Network, node: Node, log: list[Any], path: str, most: int
) -> None:
    kind = {"Content_Type": "application/x-www-form-urlencoded"}
    stated = await answer_to(sqlite_nodes, head(f"POST {path}", Content_Length=str(most + 1), **kind))
    counted = await answer_to(sqlite_nodes, head(f"POST {path}", Transfer_Encoding="chunked", **kind), *[CHUNK] * 4)
    for status, content_type, body in (stated, counted):
        assert (status, content_type) == (413, "application/problem+json")
        assert orjson.loads(body)["code"].startswith("limit.")
        assert "kB" in orjson.loads(body)["title"]
    assert len(reasons(log)) == 2


async def test_encoded_bodies_are_415(sqlite_nodes: Network, node: Node, log: list[Any]) -> None:
    for encoding in ("gzip", "br", "identity"):
        async with node.http.post(f"{node.base}/inbox", data=b"{}", headers={"Content-Encoding": encoding}) as response:
            assert response.status == 415
            assert "Content-Encoding" in (await response.json(content_type=None))["title"]
    assert reasons(log) == ["http.415"] * 3


@pytest.mark.parametrize("path", ["/inbox", "/sign-in"])
async def test_a_slow_body_is_cut_off(sqlite_nodes: Network, node: Node, log: list[Any], path: str) -> None:
    kind = {"Content_Type": "application/x-www-form-urlencoded"}
    started = head(f"POST {path}", Content_Length="1000", **kind)
    status, content_type, body = await answer_to(sqlite_nodes, started, *[b"x"] * 8, pause=0.15)
    assert (status, content_type) == (408, "application/problem+json")
    assert "slowly" in orjson.loads(body)["title"]
    assert reasons(log) == ["http.408"]


async def test_an_endless_body_is_cut_off(sqlite_nodes: Network, node: Node, log: list[Any]) -> None:
    async with connected(sqlite_nodes) as (_, writer), asyncio.timeout(SOON):
        writer.write(head(Transfer_Encoding="chunked"))
        with pytest.raises(ConnectionError):
            await _pour(writer)
    assert reasons(log) == ["limit.inbox"]
    assert (await node.get("/actor"))[0] == 200


async def _pour(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(CHUNK)
        await writer.drain()


async def test_a_slow_head_is_cut_off(sqlite_nodes: Network, node: Node, log: list[Any]) -> None:
    drip = [bytes([byte]) for byte in head("GET /actor")[:30]]
    assert await answer_to(sqlite_nodes, *drip, pause=0.1) == (0, "", b"")
    assert await answer_to(sqlite_nodes) == (0, "", b"")
    assert (await answer_to(sqlite_nodes, head("GET /actor")))[0] == 200


async def test_a_body_that_is_none_is_400(sqlite_nodes: Network, node: Node, log: list[Any]) -> None:
    async with connected(sqlite_nodes) as (_, writer):  # hangs up in the middle
        writer.write(head(Content_Length="1000") + b"{")
        await writer.drain()
    pieces = head(Transfer_Encoding="chunked"), b"zz\r\n{}\r\n0\r\n\r\n"
    assert (await answer_to(sqlite_nodes, *pieces, pause=0.1))[0] in {400, 408}
    for _ in range(50):
        if len(reasons(log)) >= 2:
            break
        await asyncio.sleep(0.02)
    assert set(reasons(log)) <= {"http.body", "http.malformed", "http.408"}
    assert not [line for line in log if line["event"] == "database.busy"]


NO_HTTP = {
    "a long address": ("line", head("GET /" + "x" * 9_000)),
    "a long header": ("line", head(X_Long="x" * 9_000)),
    "many headers": ("malformed", head(**{f"X_{n}": "1" for n in range(200)})),
    "a version that is none": ("begin", b"GET /something-she-wrote HTTP/x\r\nHost: a.test\r\n\r\n"),
    "a first line that is none": ("begin", b"something-she-wrote\r\n\r\n"),
    "a handshake of TLS": ("begin", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03something-she-wrote\r\n\r\n"),
    "NUL in a header": ("malformed", head(X_Odd="a\0b")),
    "a header without a colon": ("malformed", b"GET / HTTP/1.1\r\nHost: a.test\r\nsomething-she-wrote\r\n\r\n"),
    "two lengths": (
        "malformed",
        b"POST /inbox HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    ),
    "a length that is none": ("malformed", head(Content_Length="+2") + b"{}"),
    "length and chunks": ("malformed", head(Content_Length="2", Transfer_Encoding="chunked") + b"0\r\n\r\n"),
    "chunks in disguise": ("malformed", head(Transfer_Encoding="xchunked") + b"0\r\n\r\n"),
    "a chunk that is none": (
        "malformed",
        head(Transfer_Encoding="chunked") + b"something-she-wrote\r\n{}\r\n0\r\n\r\n",
    ),
    "two hosts": ("malformed", b"GET / HTTP/1.1\r\nHost: a.test\r\nHost: evil.test\r\n\r\n"),
}
"""What is wrong: a word of the answer, and the bytes."""


async def exchange(nodes: Network, request: bytes) -> bytes:
    """All that the node says until it hangs up, which it has to."""
    async with connected(nodes) as (reader, writer), asyncio.timeout(SOON):
        writer.write(request)
        return await reader.read()


@pytest.mark.parametrize("name", NO_HTTP)
async def test_what_is_no_http_is_a_problem_in_our_own_words(
    sqlite_nodes: Network, node: Node, log: list[Any], name: str
) -> None:
    word, request = NO_HTTP[name]
    whole = await exchange(sqlite_nodes, request.replace(b"\r\n", b"\r\nAccept: text/html\r\n", 1))
    lines, _, body = whole.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in lines.decode().split("\r\n")[1:])
    problem = orjson.loads(body)
    assert lines.startswith(b"HTTP/1.0 400 ")
    assert (headers["Content-Type"], headers["Server"]) == ("application/problem+json", "Ordito")
    assert headers["Connection"] == "close"
    assert (problem["status"], problem["code"]) == (400, "http.malformed")
    assert word in problem["title"]
    assert reasons(log) == ["http.malformed"]
    for leak in (b"Traceback", b"aiohttp", b"ython", b"/site-packages", b".py", b"something-she-wrote"):
        assert leak not in whole
    assert "something-she-wrote" not in str(log)
    assert (await node.get("/actor"))[0] == 200


async def test_what_is_no_http_ends_a_connection_that_served_before(
    sqlite_nodes: Network, node: Node, log: list[Any]
) -> None:
    async with connected(sqlite_nodes) as (reader, writer), asyncio.timeout(SOON):
        writer.write(head("GET /actor"))
        assert _parsed(await _message(reader))[0] == 200
        writer.write(b"something-she-wrote\r\n\r\n")
        assert _parsed(await _message(reader))[0] == 400
        assert await reader.read() == b""
    assert reasons(log) == ["http.malformed"]


async def test_a_failure_that_no_middleware_sees_is_a_500_in_our_own_words(
    sqlite_nodes: Network, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.middleware.headers.SECURITY_HEADERS", None)  # fails after failures are made answers
    with capture_logs() as log:
        whole = await exchange(sqlite_nodes, head("GET /actor"))
    lines, _, body = whole.partition(b"\r\n\r\n")
    assert lines.startswith(b"HTTP/1.1 500 ")
    assert b"Server: Ordito\r\n" in lines
    assert orjson.loads(body)["code"] == "internal"
    assert b"Traceback" not in whole
    assert [line["event"] for line in log if line["log_level"] == "error"] == ["server.failed"]
    assert "127.0.0.1" not in str(log)


async def test_bytes_that_are_no_text_name_no_key(sqlite_nodes: Network, node: Node, log: list[Any]) -> None:
    now = format_http_date(sqlite_nodes.clock())
    names = '"(request-target) host date digest"'
    signature = f'keyId="http://c.test/users/bob#@",headers={names},signature="AAAA"'
    whole = head(Content_Length="2", Digest=digest_header(b"{}"), Date=now, Signature=signature).replace(b"@", b"\xff")
    status, content_type, body = await answer_to(sqlite_nodes, whole + b"{}")
    assert (status, content_type, orjson.loads(body)["code"]) == (400, "application/problem+json", "id.characters")
    assert reasons(log) == ["id.characters"]


async def test_another_host_is_421(sqlite_nodes: Network, node: Node, log: list[Any]) -> None:
    for host in ("evil.test", "a.test.evil.test", "127.0.0.1", "", "a.test@evil.test"):
        for line in ("GET /actor", "GET /", "POST /inbox", "GET /nowhere"):
            status, content_type, body = await answer_to(sqlite_nodes, head(line, Host=host, Content_Length="0"))
            assert (status, content_type) == (421, "application/problem+json")
            assert orjson.loads(body)["code"] == "host"
    status, content_type, body = await answer_to(sqlite_nodes, head("GET /", Host="evil.test", Accept=HTML))
    assert (status, content_type.partition(";")[0]) == (421, "text/html")
    assert reasons(log) == ["host"] * 21
    assert (await answer_to(sqlite_nodes, head("GET /actor", Host="A.test")))[0] == 200


@pytest.mark.parametrize(("env", "base_url"), [("development", "http://a.test"), ("production", "https://a.test")])
async def test_who_tries_a_node_out_is_told_its_name_and_who_scans_is_not(
    sqlite_nodes: Network, env: str, base_url: str
) -> None:
    await sqlite_nodes.node("a", ORDITO_ENV=env, ORDITO_BASE_URL=base_url)
    status, _, body = await answer_to(sqlite_nodes, head("GET /", Host="127.0.0.1:8420", Accept=HTML))
    assert (status, b"a.test" in body) == (421, env == "development")


async def test_the_wrong_method_is_405(sqlite_nodes: Network, node: Node, log: list[Any]) -> None:
    await node.person("anna")
    for method, path in (("GET", "/inbox"), ("PUT", "/inbox"), ("DELETE", "/users/anna"), ("POST", "/users/anna")):
        async with node.http.request(method, f"{node.base}{path}") as response:
            assert response.status == 405
            assert response.headers["Allow"]
            assert (await response.json(content_type=None))["status"] == 405
    assert reasons(log) == ["http.405"] * 4


STRANGE = [
    "/users/%00", "/users/a%00b", "/users/%ff", "/users/%ED%A0%80", "/users/%2e%2e%2f", "/groups/%00",
    "/@%00", "/@a%00b", "/posts/%00", "/posts/-1", "/posts/1e9", "/posts/%D9%A3", "/posts/99999999999999999999",
    "/posts/1%2f2", "/activities/x", "/contexts/%00", "/users/anna/outbox/%00", "/nowhere%00", "/.well-known/nothing",
]  # fmt: skip


@pytest.mark.both_databases
async def test_ids_that_are_none_are_404_in_every_form(nodes: Network, log: list[Any]) -> None:
    node = await nodes.node("a")
    for path in STRANGE:
        status, headers, body = await node.get(path)
        assert (status, headers["Content-Type"], body["status"]) == (404, "application/problem+json", 404), path
        status, headers, body = await node.get(path, accept=HTML)
        assert (status, headers["Content-Type"]) == (404, "text/html; charset=utf-8"), path
        assert "<h1>" in body
    for resource in ("acct:a%00b@a.test", "%00", "acct:%ff@a.test", "http://a.test/users/%00", "acct:@", "x" * 5000):
        status, headers, _ = await node.get(f"{node.base}/.well-known/webfinger?resource={resource}")
        assert (status in {400, 404}, headers["Content-Type"]) == (True, "application/problem+json")
    for query in ("max_id=%00", "page=%ff", "before=-1", "page=true&max_id=x", "cursor[]=1"):
        for path in ("/users/anna/outbox", "/@anna", "/"):
            assert (await node.get(f"{path}?{query}"))[0] < 500


async def test_what_is_gone_is_410_in_every_form(sqlite_nodes: Network, node: Node) -> None:
    anna = await node.person("anna")
    post = await node.post(anna, "Mine")
    await node.do(lambda tx: posts.delete(tx, anna, post))
    for accept in (AP, "*/*", "application/json"):
        status, headers, body = await node.get(post.uri, accept=accept)
        assert (status, headers["Content-Type"]) == (410, "application/activity+json")
        assert (body["type"], body["id"], "content" in body) == ("Tombstone", post.uri, False)
    status, headers, page = await node.get(post.uri, accept=HTML)
    assert (status, headers["Content-Type"]) == (410, "text/html; charset=utf-8")
    assert headers["Vary"] == "Accept"
    assert "Mine" not in page
    status, _, body = await node.get(post.uri, accept=f"{HTML}, {AP}")
    assert status == 410


async def test_a_blocked_host_is_403_whatever_it_asks_and_how(
    sqlite_nodes: Network, node: Node, log: list[Any]
) -> None:
    anna = await node.person("anna")
    post = await node.post(anna, "Mine")
    stranger = Stranger(sqlite_nodes, "c")
    bob = stranger.person("bob")
    await stranger.serve()
    await node.do(lambda tx: actor_rows.block_host(tx, "c.test"))
    paths = ["/", "/users/anna", "/@anna", post.uri.removeprefix(node.base), "/users/nobody", "/nowhere", "/inbox"]
    answers = [await signed_get(sqlite_nodes, node, path, bob) for path in paths]
    answers += [await signed_get(sqlite_nodes, node, path, bob, accept=HTML) for path in paths]
    activity = stranger.activity("Like", bob, post.uri)
    for path in ("/inbox", "/users/anna/inbox", "/users/nobody/inbox", "/nowhere", "/users/anna", "/sign-in"):
        response = await stranger.send(node, activity, bob, path=path)
        answers.append((response.status, response.headers, await response.json(content_type=None)))
    assert {status for status, _, _ in answers} == {403}
    assert len({str(body) for _, _, body in answers}) == 2  # one problem, one page
    assert all("block" not in str(body) for _, _, body in answers)
    assert stranger.asked == []


async def test_a_form_in_parts_that_drips_is_cut_off(node: Node, sqlite_nodes: Network) -> None:
    head = b"POST /api/v1/apps HTTP/1.1\r\nHost: a.test\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    begun = head + b'Content-Length: 900\r\n\r\n--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
    assert (await answer_to(sqlite_nodes, begun, *[b"a"] * 20, pause=0.1))[0] == 408
