"""Redirects: each judged as the first address was, and no signature carried along."""

from datetime import UTC, datetime

import pytest

from federation.client import Signer
from federation.errors import Forbidden
from federation.identifiers import key_id
from federation.keys import generate_rsa_key
from federation.signatures import Scheme
from tests.unit.loopback import Loopback, certificate, note, redirecting, refusal, scheme_of

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = generate_rsa_key()
SIGNER = Signer(key_id("https://node.example/actor#main-key"), KEY)


@pytest.fixture
async def net():
    async with Loopback() as net:
        yield net


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_three_redirects_are_followed_and_a_fourth_is_not(net, status):
    table = {"/4": "/3", "/3": "http://a.test/2", "/2": "//a.test/1", "/1": "/0"}
    await net.serve("a.test", redirecting(table, status))
    assert (await net.client().fetch("http://a.test/3")).url == "http://a.test/0"
    assert (await refusal(net.client(), "http://a.test/4")).reason == "fetch.redirects"


async def test_a_circle_of_redirects_ends_at_once(net):
    peer = await net.serve("a.test", redirecting({"/1": "/2", "/2": "/1#x"}))
    assert (await refusal(net.client(), "http://a.test/1")).reason == "fetch.loop"
    assert len(peer.requests) == 2


@pytest.mark.parametrize(
    "location",
    [
        *(
            "https://10.0.0.1/",
            "http://127.0.0.1/",
            "https://2130706433/",
            "https://private.test/",
            "http://evil.test/",
        ),
        *("ftp://a.test/1", "file:///etc/passwd", "data:application/activity+json,{}", "https://ana@a.test/"),
        *("https://a.test:8443/", "http://[::1", "https://[::ffff:127.0.0.1]/"),
    ],
)
async def test_each_redirect_is_judged_as_the_first_address_was(net, location):
    private = await net.serve("private.test", note, allow=False)
    await net.serve("a.test", redirecting({"/1": location}))
    assert isinstance(await refusal(net.client(), "http://a.test/1"), Forbidden)
    assert not private.requests


async def test_https_is_never_left_for_plain_http(net, tmp_path):
    context, authority = certificate(tmp_path, "tls.test")
    plain = await net.serve("plain.test", note)
    await net.serve("tls.test", redirecting({"/1": "http://plain.test/1", "/2": "/3"}), ssl_context=context)
    client = net.client(net.opened("tls.test:443", ca_file=authority))
    assert (await client.fetch("https://tls.test/2")).url == "https://tls.test/3"
    assert (await refusal(client, "https://tls.test/1")).reason == "fetch.downgrade"
    assert not plain.requests


@pytest.mark.parametrize("scheme", list(Scheme))
async def test_a_signed_fetch_is_signed_for_the_url_it_goes_to(net, scheme):
    peer = await net.serve("a.test", redirecting({"/1": "/users/%7Eana/é?page=true&x=%20"}))
    client = net.client(clock=lambda: NOW)
    fetched = await client.fetch("http://a.test/1", signer=SIGNER, scheme=scheme)
    assert fetched.url == "http://a.test/users/%7Eana/%C3%A9?page=true&x=%20"
    assert [await scheme_of(request, KEY, NOW) for request in peer.requests] == [scheme, scheme]
    assert peer.requests[0].headers["Signature"] != peer.requests[1].headers["Signature"]


async def test_a_signature_never_reaches_another_host_nor_returns_from_one(net):
    there = await net.serve("b.test", redirecting({"/1": "http://a.test/2"}))
    here = await net.serve("a.test", redirecting({"/1": "http://b.test/1"}))
    await net.client(clock=lambda: NOW).fetch("http://a.test/1", signer=SIGNER)
    assert await scheme_of(here.requests[0], KEY, NOW)
    for request in (there.requests[0], here.requests[1]):
        assert not {"Signature", "Signature-Input", "Authorization"} & set(request.headers)


async def test_an_unsigned_fetch_carries_no_signature(net):
    peer = await net.serve("a.test", note)
    await net.client().fetch("http://a.test/1")
    assert "Signature" not in peer.requests[0].headers
