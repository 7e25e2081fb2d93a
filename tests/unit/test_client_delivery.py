"""Delivering: one signed POST, any answer, and the second knock."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from federation.client import Answer, Limits, Signer, knock
from federation.client.bodies import retry_after
from federation.errors import Forbidden, Malformed, Unreachable, Unverified
from federation.identifiers import key_id
from federation.keys import generate_rsa_key
from federation.signatures import Scheme
from tests.unit.loopback import Loopback, quick, scheme_of

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = generate_rsa_key()
SIGNER = Signer(key_id("https://node.example/users/ana#main-key"), KEY)
BODY = b'{"type":"Follow"}'


@pytest.fixture
async def net():
    async with Loopback() as net:
        yield net


def answering(status: int, body: bytes = b"", **headers: str):
    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(status=status, body=body, headers=headers)

    return answer


def taking(*schemes: Scheme, refusal: int = 401, **headers: str):
    """An inbox that takes signatures of these schemes, and verifies them."""

    async def answer(request: web.BaseRequest) -> web.Response:
        try:
            taken = await scheme_of(request, KEY, NOW) in schemes
        except (Malformed, Unverified):
            taken = False
        return web.Response(status=202 if taken else refusal, headers={} if taken else headers)

    return answer


@pytest.mark.parametrize("scheme", list(Scheme))
async def test_a_delivery_is_signed_over_what_arrives(net, scheme):
    peer = await net.serve("a.test", taking(scheme))
    answer = await net.client().deliver("http://a.test/inbox?x=%7E", BODY, signer=SIGNER, scheme=scheme, now=NOW)
    assert (answer, answer.delivered) == (Answer(202, None, None), True)
    assert peer.bodies == [BODY]
    assert peer.requests[0].headers["Content-Type"] == "application/activity+json"
    assert peer.requests[0].headers["User-Agent"].startswith("Ordito/")


@pytest.mark.parametrize("status", [200, 204, 301, 308, 400, 401, 403, 404, 410, 429, 500, 503])
async def test_every_status_is_an_answer_and_no_redirect_is_followed(net, status):
    peer = await net.serve("a.test", answering(status, Location="http://a.test/elsewhere"))
    answer = await net.client().deliver("http://a.test/inbox", BODY, signer=SIGNER, scheme=Scheme.CAVAGE, now=NOW)
    assert (answer.status, answer.delivered) == (status, status in {200, 204})
    assert [request.path for request in peer.requests] == ["/inbox"]


async def test_what_the_answer_asks_for_is_told(net):
    asked = 'sig1=("@method" "@target-uri" "content-digest");created;keyid="x";nonce="n"'
    await net.serve("a.test", answering(429, **{"Retry-After": "120", "Accept-Signature": asked}))
    answer = await net.client().deliver("http://a.test/inbox", BODY, signer=SIGNER, scheme=Scheme.CAVAGE, now=NOW)
    assert answer == Answer(429, 120, asked)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0),
        ("120", 120),
        ("9" * 5000, 604_800),
        ("-5", None),
        ("soon", None),
        ("1.5", None),
        ("\u0663", None),
        (format_datetime(NOW + timedelta(minutes=5), usegmt=True), 300),
        (format_datetime(NOW - timedelta(minutes=5), usegmt=True), 0),
        ("Sun, 22 Nov 2026 12:00:00 -0000", None),
        ("Sun, 99 Nov 2026 12:00:00 GMT", None),
    ],
)
def test_retry_after(header, seconds):
    assert retry_after(header, NOW) == seconds


async def test_a_long_answer_is_not_read_to_its_end(net):
    sent = 0

    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while sent < 100_000_000:
            await response.write(b"x" * 65_536)
            sent += 65_536
        return response

    await net.serve("a.test", endless)
    client = net.client()
    for _ in range(2):
        answer = await client.deliver("http://a.test/inbox", BODY, signer=SIGNER, scheme=Scheme.CAVAGE, now=NOW)
        assert answer.status == 200
    assert sent < 50_000_000


async def test_a_short_answer_leaves_the_connection_usable(net):
    peer = await net.serve("a.test", answering(202, b"x" * 1000))
    client = net.client()
    for _ in range(3):
        await client.deliver("http://a.test/inbox", BODY, signer=SIGNER, scheme=Scheme.CAVAGE, now=NOW)
    assert len({request.transport for request in peer.requests}) == 1


async def test_failures_of_the_network_have_reasons(net):
    async def silent(reader, _writer):
        await reader.read()

    async def reset(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()

    port = await net.serve_stream("silent.test", silent)
    await net.serve_stream("reset.test", reset)
    net.names.point("closed.test", [("127.0.0.3", port)])
    net.allowed |= {"closed.test:80", "unknown.test:80"}
    for host, seconds, reason in [
        ("silent", 0.2, "timeout"),
        ("reset", 5, "connect"),
        ("closed", 5, "connect"),
        ("unknown", 5, "dns"),
    ]:
        client = net.client(limits=quick(total=seconds))
        with pytest.raises(Unreachable) as failure:
            await client.deliver(f"http://{host}.test/inbox", BODY, signer=SIGNER, scheme=Scheme.CAVAGE, now=NOW)
        assert failure.value.reason == f"deliver.{reason}"


@pytest.mark.parametrize("inbox", ["http://b.test/inbox", "https://127.0.0.1/inbox", "https://a.test:8443/", "inbox"])
async def test_an_inbox_that_is_not_allowed_gets_nothing(net, inbox):
    peer = await net.serve("b.test", answering(202), allow=False)
    with pytest.raises(Forbidden):
        await net.client().deliver(inbox, BODY, signer=SIGNER, scheme=Scheme.CAVAGE, now=NOW)
    assert not peer.requests


async def test_many_hosts_at_once_do_not_wait_for_a_slow_one(net):
    released = asyncio.Event()

    async def slow(_request: web.BaseRequest) -> web.Response:
        await released.wait()
        return web.Response(status=202)

    await net.serve("slow.test", slow)
    fast = await net.serve("fast.test", answering(202))
    names = [f"h{n}.test" for n in range(100)]
    for name in names:
        net.names.point(name, [("127.0.0.1", fast.port)])
        net.allowed.add(f"{name}:80")
    client = net.client(limits=Limits())

    async def deliver(name: str) -> int:
        inbox = f"http://{name}/inbox"
        return (await client.deliver(inbox, BODY, signer=SIGNER, scheme=Scheme.CAVAGE, now=NOW)).status

    late = [asyncio.create_task(deliver("slow.test")) for _ in range(20)]
    assert await asyncio.gather(*map(deliver, names)) == [202] * 100
    released.set()
    assert await asyncio.gather(*late) == [202] * 20


async def test_the_first_knock_is_draft_cavage_and_is_enough_where_it_is_taken(net):
    peer = await net.serve("a.test", taking(*Scheme))
    knocked = await knock(net.client(), "http://a.test/inbox", BODY, signer=SIGNER, known=None, now=NOW)
    assert (knocked.answer.status, knocked.scheme, len(peer.requests)) == (202, Scheme.CAVAGE, 1)


@pytest.mark.parametrize("refusal", [400, 401, 403])
async def test_a_refusal_makes_a_second_knock_by_rfc_9421(net, refusal):
    peer = await net.serve("a.test", taking(Scheme.RFC9421, refusal=refusal))
    knocked = await knock(net.client(), "http://a.test/inbox", BODY, signer=SIGNER, known=None, now=NOW)
    assert (knocked.answer.status, knocked.scheme, len(peer.requests)) == (202, Scheme.RFC9421, 2)


async def test_a_known_scheme_is_used_at_once(net):
    peer = await net.serve("a.test", taking(Scheme.RFC9421))
    knocked = await knock(net.client(), "http://a.test/inbox", BODY, signer=SIGNER, known=Scheme.RFC9421, now=NOW)
    assert (knocked.answer.status, knocked.scheme, len(peer.requests)) == (202, Scheme.RFC9421, 1)


@pytest.mark.parametrize("known", list(Scheme))
async def test_a_known_scheme_that_is_refused_is_forgotten_without_a_second_knock(net, known):
    peer = await net.serve("a.test", answering(403))
    knocked = await knock(net.client(), "http://a.test/inbox", BODY, signer=SIGNER, known=known, now=NOW)
    assert (knocked.answer.status, knocked.scheme, len(peer.requests)) == (403, None, 1)


@pytest.mark.parametrize("status", [404, 410, 413, 429, 500, 503])
async def test_an_answer_that_says_nothing_of_signatures_changes_nothing(net, status):
    peer = await net.serve("a.test", answering(status))
    for known in (None, *Scheme):
        knocked = await knock(net.client(), "http://a.test/inbox", BODY, signer=SIGNER, known=known, now=NOW)
        assert (knocked.answer.status, knocked.scheme) == (status, known)
    assert len(peer.requests) == 3


async def test_a_host_that_refuses_both_is_knocked_at_twice_and_nothing_is_remembered(net):
    peer = await net.serve("a.test", answering(401))
    knocked = await knock(net.client(), "http://a.test/inbox", BODY, signer=SIGNER, known=None, now=NOW)
    assert (knocked.answer.status, knocked.scheme, len(peer.requests)) == (401, None, 2)


@pytest.mark.parametrize("known", [None, *Scheme])
async def test_a_nonce_that_is_asked_for_is_signed(net, known):
    asked = 'sig1=("@method" "@target-uri" "content-digest");created;nonce="n-0123"'

    async def demanding(request: web.BaseRequest) -> web.Response:
        if 'nonce="n-0123"' not in request.headers.get("Signature-Input", ""):
            return web.Response(status=401, headers={"Accept-Signature": asked})
        return web.Response(status=202 if await scheme_of(request, KEY, NOW) is Scheme.RFC9421 else 401)

    peer = await net.serve("a.test", demanding)
    knocked = await knock(net.client(), "http://a.test/inbox", BODY, signer=SIGNER, known=known, now=NOW)
    assert (knocked.answer.status, knocked.scheme, len(peer.requests)) == (202, Scheme.RFC9421, 2)


async def test_what_cannot_be_signed_raises_where_it_was_asked_for(net):
    class Broken:
        def __getattr__(self, name: str) -> object:
            raise ValueError("no key")

    peer = await net.serve("a.test", answering(202))
    client = net.client()
    deliver = client.deliver(
        "http://a.test/1", BODY, signer=Signer(SIGNER.key_id, Broken()), scheme=Scheme.CAVAGE, now=NOW
    )
    good = client.deliver("http://a.test/2", BODY, signer=SIGNER, scheme=Scheme.CAVAGE, now=NOW)
    failed, answer = await asyncio.gather(deliver, good, return_exceptions=True)
    assert isinstance(failed, ValueError)
    assert answer.status == 202
    assert [request.path for request in peer.requests] == ["/2"]
