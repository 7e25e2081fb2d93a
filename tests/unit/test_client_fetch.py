"""Fetching: what is taken, what is refused, and that every refusal costs little."""

import asyncio
import gzip
import zlib

import pytest
from aiohttp import web

from federation.errors import Forbidden, Gone, Unreachable, Untrusted
from tests.unit.loopback import Loopback, activity_json, certificate, quick, redirecting, refusal

PROFILED = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'


@pytest.fixture
async def net():
    async with Loopback() as net:
        yield net


def raw(body: bytes, content_type: str, **headers: str):
    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(body=body, headers={"Content-Type": content_type, **headers})

    return answer


@pytest.mark.parametrize(
    "content_type",
    [
        "application/activity+json",
        "Application/Activity+JSON; charset=utf-8",
        PROFILED,
        "application/ld+json;profile='https://www.w3.org/ns/activitystreams'".replace("'", '"'),
        'application/ld+json; charset=utf-8; profile="https://example.org/p https://www.w3.org/ns/activitystreams"',
    ],
)
async def test_activitypub_types_are_taken(net, content_type):
    await net.serve("a.test", raw(b'{"id": "http://a.test/1"}', content_type))
    fetched = await net.client().fetch("http://a.test/1")
    assert (fetched.document, fetched.content_type) == ({"id": "http://a.test/1"}, content_type)


@pytest.mark.parametrize(
    "content_type",
    [
        *("application/json", "application/ld+json", 'application/ld+json; profile="https://example.org/other"'),
        *("application/ld+json; profile=https://www.w3.org/ns/activitystreamsX", "text/html", "text/plain", ""),
        *(
            "application/octet-stream",
            "image/png",
            "application/activity+jsonx",
            "text/plain, application/activity+json",
        ),
    ],
)
async def test_other_types_are_refused(net, content_type):
    await net.serve("a.test", raw(b'{"id": "http://a.test/1"}', content_type))
    assert (await refusal(net.client(), "http://a.test/1")).reason == "fetch.type"


async def test_two_content_types_are_refused(net):
    async def stream(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        kind = b"Content-Type: application/activity+json\r\nContent-Type: text/html\r\n"
        writer.write(b"HTTP/1.1 200 OK\r\n" + kind + b"Content-Length: 2\r\n\r\n{}")
        await writer.drain()

    await net.serve_stream("a.test", stream)
    assert (await refusal(net.client(), "http://a.test/1")).reason in {"fetch.type", "fetch.broken"}


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (404, Gone, "fetch.missing"),
        (410, Gone, "fetch.gone"),
        (401, Unreachable, "fetch.unauthorized"),
        (403, Unreachable, "fetch.unauthorized"),
        (500, Unreachable, "fetch.status"),
        (503, Unreachable, "fetch.status"),
        (204, Unreachable, "fetch.status"),
        (304, Unreachable, "fetch.status"),
    ],
)
async def test_statuses(net, status, kind, reason):
    async def answer(_request: web.BaseRequest) -> web.Response:
        return activity_json({}, status=status)

    await net.serve("a.test", answer)
    failure = await refusal(net.client(), "http://a.test/1")
    assert (type(failure), failure.reason) == (kind, reason)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"a": 1, "a": 2}', b'{"a": NaN}', b"\xff{}", b'{"a":' * 5000 + b"1" + b"}" * 5000]
)
async def test_what_is_no_json_object_is_refused(net, body):
    await net.serve("a.test", raw(body, "application/activity+json"))
    assert (await refusal(net.client(), "http://a.test/1")).reason == "fetch.json"


async def test_a_body_up_to_the_limit_is_taken_and_one_over_it_is_not(net):
    body = b'{"a": "%s"}' % (b"x" * 1000)
    await net.serve("a.test", raw(body, "application/activity+json"))
    assert await net.client(limits=quick(document=len(body))).fetch("http://a.test/1")
    client = net.client(limits=quick(document=len(body) - 1))
    assert (await refusal(client, "http://a.test/1")).reason == "fetch.size"


async def test_an_endless_body_without_a_length_is_cut_off(net):
    sent = 0

    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Type": "application/activity+json"})
        await response.prepare(request)
        while sent < 200_000_000:
            await response.write(b" " * 65_536)
            sent += 65_536
        return response

    await net.serve("a.test", endless)
    assert (await refusal(net.client(limits=quick(document=100_000)), "http://a.test/1")).reason == "fetch.size"
    assert sent < 50_000_000


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_bomb_is_counted_after_decompression(net, encoding):
    plain = b'{"a": "%s"}' % (b"x" * 50_000_000)
    packed = gzip.compress(plain) if encoding == "gzip" else zlib.compress(plain)
    assert len(packed) < 100_000
    await net.serve("a.test", raw(packed, "application/activity+json", **{"Content-Encoding": encoding}))
    assert (await refusal(net.client(), "http://a.test/1")).reason == "fetch.size"


async def test_a_compressed_document_is_read(net):
    packed = gzip.compress(b'{"id": "http://a.test/1"}')
    peer = await net.serve("a.test", raw(packed, "application/activity+json", **{"Content-Encoding": "gzip"}))
    assert (await net.client().fetch("http://a.test/1")).document == {"id": "http://a.test/1"}
    assert peer.requests[0].headers["Accept-Encoding"] == "gzip"


async def test_broken_compression_is_refused(net):
    await net.serve("a.test", raw(b"not gzip", "application/activity+json", **{"Content-Encoding": "gzip"}))
    assert (await refusal(net.client(), "http://a.test/1")).reason == "fetch.broken"


async def test_a_slow_drip_ends_with_the_total_time(net):
    async def drip(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    await net.serve_stream("a.test", drip)
    began = asyncio.get_running_loop().time()
    assert (await refusal(net.client(limits=quick(total=0.2)), "http://a.test/1")).reason == "fetch.timeout"
    assert asyncio.get_running_loop().time() - began < 1.5


async def test_dripping_headers_end_too(net):
    async def drip(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-Wait: 1\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    await net.serve_stream("a.test", drip)
    assert (await refusal(net.client(limits=quick(total=0.2)), "http://a.test/1")).reason == "fetch.timeout"


async def test_a_reset_connection_and_nonsense_are_refused(net):
    async def reset(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()

    async def nonsense(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        await writer.drain()

    async def cut(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\nContent-Length: 99\r\n\r\n{")
        await writer.drain()

    for name, stream, reason in [
        ("reset.test", reset, "fetch.connect"),
        ("nonsense.test", nonsense, "fetch.broken"),
        ("cut.test", cut, "fetch.broken"),
    ]:
        await net.serve_stream(name, stream)
        assert (await refusal(net.client(), f"http://{name}/1")).reason == reason


def documents(table: dict[str, str]):
    """A handler that serves under each path a document with the id in `table`."""

    async def answer(request: web.BaseRequest) -> web.Response:
        if request.path not in table:
            return web.Response(status=404)
        return activity_json({"id": table[request.path]})

    return answer


async def test_an_object_is_taken_under_its_own_id(net):
    peer = await net.serve("a.test", documents({"/1": "http://A.TEST:80/1"}))
    fetched = await net.client().fetch_object("http://a.test/1")
    assert (fetched.url, len(peer.requests)) == ("http://a.test/1", 1)


async def test_an_object_with_another_id_is_fetched_from_there_once(net):
    elsewhere = await net.serve("b.test", documents({"/2": "http://b.test/2"}))
    await net.serve("a.test", documents({"/1": "http://b.test/2"}))
    assert (await net.client().fetch_object("http://a.test/1")).url == "http://b.test/2"
    assert len(elsewhere.requests) == 1


async def test_a_page_that_redirects_to_its_id_needs_no_second_request(net):
    peer = await net.serve("a.test", redirecting({"/@ana": "/users/ana"}))
    assert (await net.client().fetch_object("http://a.test/@ana")).document["id"] == "http://a.test/users/ana"
    assert len(peer.requests) == 2


@pytest.mark.parametrize(
    "named", ["http://b.test/3", "http://a.test/1", "http://b.test/gone", 7, None, "x", "http://b.test/2#f"]
)
async def test_an_object_whose_id_does_not_lead_to_it_is_refused(net, named):
    """Another id again, an id that points back, one that is not there, and what is no id at all."""
    peer = await net.serve("b.test", documents({"/2": named, "/3": "http://b.test/4"}))
    await net.serve("a.test", documents({"/1": "http://b.test/2"}))
    with pytest.raises((Untrusted, Gone)):
        await net.client().fetch_object("http://a.test/1")
    with pytest.raises((Untrusted, Gone)):
        await net.client().fetch_object("http://b.test/2")
    assert len(peer.requests) <= 3


async def test_a_redirect_to_another_host_never_proves_an_id(net):
    await net.serve("b.test", documents({"/1": "http://a.test/1"}))
    here = await net.serve("a.test", redirecting({"/1": "http://b.test/1"}))
    with pytest.raises(Untrusted) as failure:
        await net.client().fetch_object("http://a.test/1")
    assert failure.value.reason == "origin.id"
    assert len(here.requests) == 1  # the id was asked already: once more would be the same


async def test_json_of_the_types_asked_for(net):
    await net.serve("a.test", raw(b'{"subject": "acct:ana@a.test"}', "application/jrd+json; charset=utf-8"))
    client = net.client()
    asked = {"accept": "application/jrd+json", "types": {"application/jrd+json", "application/json"}}
    assert (await client.get_json("http://a.test/x", **asked)).document == {"subject": "acct:ana@a.test"}
    with pytest.raises(Unreachable):
        await client.get_json("http://a.test/x", accept="application/json", types={"application/json"})


async def test_a_well_known_address_is_asked_by_plain_http_only_where_that_is_open(net):
    peer = await net.serve("a.test", raw(b"{}", "application/json"))
    other = await net.serve("b.test", raw(b"{}", "application/json"), allow=False)
    asked = {"accept": "application/json", "types": {"application/json"}}
    client = net.client(net.opened("a.test:80", f"127.0.0.1:{peer.port}"))
    assert (await client.get_well_known("a.test", "/x", **asked)).url == "http://a.test/x"
    literal = f"127.0.0.1:{peer.port}"  # no TLS is spoken there: found out, then plain http
    assert (await client.get_well_known(literal, "/x", **asked)).url == f"http://{literal}/x"
    with pytest.raises(Forbidden):
        await client.get_well_known("b.test", "/x", **asked)
    assert not other.requests


async def test_an_answer_by_https_is_not_asked_again_by_http(net, tmp_path):
    context, authority = certificate(tmp_path, "tls.test")
    peer = await net.serve("tls.test", raw(b"", "text/html"), ssl_context=context)
    client = net.client(net.opened("tls.test:443", "tls.test:80", ca_file=authority))
    with pytest.raises(Unreachable) as failure:
        await client.get_well_known("tls.test", "/x", accept="application/json", types={"application/json"})
    assert (failure.value.reason, len(peer.requests)) == ("fetch.type", 1)


async def test_a_download_comes_in_pieces_of_the_wanted_kind_and_size(net):
    picture = b"\x89PNG" * 50_000
    await net.serve("a.test", raw(picture, "image/png"))
    got = bytearray()
    client = net.client()
    kind = await client.download("http://a.test/p", got.extend, types={"image/*"}, limit=len(picture))
    assert (kind, bytes(got)) == ("image/png", picture)
    for types, limit, reason in [({"video/*"}, 10**6, "fetch.type"), ({"image/*"}, 1000, "fetch.size")]:
        with pytest.raises(Unreachable) as failure:
            await client.download("http://a.test/p", got.extend, types=types, limit=limit)
        assert failure.value.reason == reason
