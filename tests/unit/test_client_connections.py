"""What is really connected to: every address judged where its socket is made, over real sockets."""

import asyncio
from ipaddress import ip_network

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from federation.client import NetworkPolicy
from federation.client.connector import GuardedConnector, RefusedAddressError
from federation.errors import Forbidden, Unreachable
from tests.unit.loopback import Loopback, certificate, note, quick


@pytest.fixture
async def net():
    async with Loopback() as net:
        yield net


async def test_a_named_peer_on_loopback_is_reached_under_its_name(net):
    peer = await net.serve("a.test", note)
    fetched = await net.client().fetch("http://a.test/notes/1")
    assert fetched.url == fetched.document["id"] == "http://a.test/notes/1"
    assert peer.requests[0].host == "a.test"


async def test_another_name_for_the_address_of_an_opened_pair_stays_refused(net):
    peer = await net.serve("a.test", note)
    net.names.point("evil.test", [("127.0.0.1", peer.port)])
    client = net.client()
    for url in ["http://evil.test/notes/1", "https://evil.test/notes/1", "https://a.test/notes/1"]:
        with pytest.raises(Forbidden):
            await client.fetch(url)
    assert not peer.requests
    await client.fetch("http://a.test/notes/1")
    with pytest.raises(Forbidden):  # the pooled connection is a.test's alone
        await client.fetch("https://evil.test/notes/1")
    assert len(peer.requests) == 1


async def test_a_name_that_resolves_to_a_private_address_gets_no_packet(net):
    peer = await net.serve("a.test", note, allow=False)
    with pytest.raises(Forbidden) as refusal:
        await net.client().fetch("https://a.test/notes/1")
    assert refusal.value.reason == "ssrf.address"
    assert not peer.requests


async def test_a_name_with_one_private_address_among_public_ones_is_refused(net):
    net.names.point("mixed.test", [("8.8.8.8", None), ("10.0.0.1", None)])
    with pytest.raises(Forbidden) as refusal:
        await net.client().fetch("https://mixed.test/")
    assert refusal.value.reason == "ssrf.address"


@pytest.mark.parametrize(
    "address", ["::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1", "fd00::1"]
)
async def test_a_name_with_a_private_ipv6_address_is_refused(net, address):
    net.names.point("six.test", [(address, None)])
    with pytest.raises(Forbidden) as refusal:
        await net.client().fetch("https://six.test/")
    assert refusal.value.reason == "ssrf.address"


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "127.0.0.1", "[::1]"])
async def test_a_literal_or_a_number_in_disguise_is_never_resolved(net, host):
    await net.serve("a.test", note)
    with pytest.raises(Forbidden):
        await net.client().fetch(f"https://{host}/notes/1")
    assert not net.names.asked


async def test_an_opened_literal_is_reached_and_its_neighbour_is_not(net):
    peer = await net.serve("a.test", note)
    client = net.client(NetworkPolicy(allow_hosts=frozenset({f"127.0.0.1:{peer.port}"})))
    assert await client.fetch(f"http://127.0.0.1:{peer.port}/notes/1")
    with pytest.raises(Forbidden):
        await client.fetch(f"http://127.0.0.2:{peer.port}/notes/1")
    assert len(peer.requests) == 1


async def test_an_answer_that_changes_is_judged_each_time(net):
    good = await net.serve("good.test", note, address="127.0.0.2", allow=False)
    bad = await net.serve("bad.test", note, allow=False)
    policy = NetworkPolicy(allow_networks=(ip_network("127.0.0.2/32"),))
    net.names.point("rebind.test", [("127.0.0.2", good.port)], [("127.0.0.1", bad.port)])
    assert await net.client(policy).fetch("http://rebind.test/notes/1")
    with pytest.raises(Forbidden) as refusal:
        await net.client(policy).fetch("http://rebind.test/notes/1")
    assert refusal.value.reason == "ssrf.address"
    assert (len(good.requests), len(bad.requests)) == (1, 0)


async def test_nothing_is_looked_up_between_check_and_connection(net):
    good = await net.serve("good.test", note, address="127.0.0.2", allow=False)
    bad = await net.serve("bad.test", note, allow=False)
    net.names.point("rebind.test", [("127.0.0.2", good.port)], [("127.0.0.1", bad.port)])
    await net.client(NetworkPolicy(allow_networks=(ip_network("127.0.0.2/32"),))).fetch("http://rebind.test/notes/1")
    assert net.names.asked == ["rebind.test"]


async def test_the_socket_itself_is_guarded_where_no_resolver_and_no_url_check_is(net):
    peer = await net.serve("a.test", note)
    connector = GuardedConnector(NetworkPolicy(), net.names, connections=4, keep_alive=1)
    async with aiohttp.ClientSession(connector=connector) as session:
        with pytest.raises(aiohttp.ClientConnectorError) as refusal:
            await session.get(f"http://127.0.0.1:{peer.port}/notes/1")
    assert isinstance(refusal.value.os_error, RefusedAddressError)
    assert not peer.requests


async def test_a_socket_that_no_request_asked_for_is_refused(net):
    connector = GuardedConnector(
        NetworkPolicy(allow_networks=(ip_network("127.0.0.0/8"),)), net.names, connections=4, keep_alive=1
    )
    with pytest.raises(RefusedAddressError) as refusal:
        connector._make_socket((2, 1, 6, "", ("127.0.0.1", 80)))
    assert refusal.value.forbidden.reason == "ssrf.unasked"
    await connector.close()


async def test_the_peer_is_judged_once_more_when_connected(net):
    """As if the way to the address had led to another machine."""

    class Forgetful(NetworkPolicy):
        checks: list[str] = []  # noqa: RUF012 - counted over one test

        def check_address(self, url: URL, address: str) -> None:
            self.checks.append(address)
            if len(self.checks) > 2:  # the resolver's answer, the socket's address, then the peer's
                raise Forbidden("ssrf.address")

    peer = await net.serve("a.test", note)
    client = net.client(Forgetful(allow_hosts=frozenset({"a.test:80"})))
    with pytest.raises(Forbidden):
        await client.fetch("http://a.test/notes/1")
    assert len(Forgetful.checks) == 3
    assert not peer.requests


async def test_an_unknown_name_and_a_closed_port_are_told_apart(net):
    port = (await net.serve("a.test", note)).port
    net.names.point("closed.test", [("127.0.0.3", port)])
    net.allowed |= {"closed.test:80", "unknown.test:80"}
    client = net.client()
    for url, reason in [("http://unknown.test/", "fetch.dns"), ("http://closed.test/", "fetch.connect")]:
        with pytest.raises(Unreachable) as failure:
            await client.fetch(url)
        assert failure.value.reason == reason
        assert not isinstance(failure.value, Forbidden)


async def test_requests_to_one_host_are_bounded_and_hosts_do_not_wait_for_each_other(net):
    running: dict[str, int] = {}
    most: dict[str, int] = {}
    go = asyncio.Event()

    async def slow(request: web.BaseRequest) -> web.Response:
        host = request.host
        running[host] = running.get(host, 0) + 1
        most[host] = max(most.get(host, 0), running[host])
        if sum(running.values()) == 8:  # four of each host are in: nobody else will come before they leave
            go.set()
        await go.wait()
        running[host] -= 1
        return await note(request)

    await net.serve("a.test", slow)
    await net.serve("b.test", slow)
    client = net.client()
    await asyncio.gather(*(client.fetch(f"http://{host}.test/{n}") for n in range(12) for host in "ab"))
    assert most == {"a.test": 4, "b.test": 4}


async def test_waiting_for_a_turn_does_not_use_up_the_time(net):
    async def slow(request: web.BaseRequest) -> web.Response:
        await asyncio.sleep(0.15)
        return await note(request)

    await net.serve("a.test", slow)
    client = net.client(limits=quick(per_host=1, total=0.5))
    assert len(await asyncio.gather(*(client.fetch(f"http://a.test/{n}") for n in range(5)))) == 5


async def test_a_connection_is_used_again(net):
    peer = await net.serve("a.test", note)
    client = net.client()
    for n in range(3):
        await client.fetch(f"http://a.test/{n}")
    assert len({request.transport for request in peer.requests}) == 1


async def test_requests_carry_our_agent_and_no_memory(net):
    async def with_cookie(request: web.BaseRequest) -> web.Response:
        answer = await note(request)
        answer.set_cookie("session", "1")
        return answer

    peer = await net.serve("a.test", with_cookie)
    client = net.client()
    await client.fetch("http://a.test/1")
    await client.fetch("http://a.test/2")
    headers = peer.requests[1].headers
    assert headers["User-Agent"] == "Ordito/0.1.0 (+https://node.example/; abuse@node.example)"
    assert (
        headers["Accept"]
        == 'application/ld+json; profile="https://www.w3.org/ns/activitystreams", application/activity+json'
    )
    assert not {"Cookie", "Authorization", "Referer"} & set(headers)


async def test_proxies_of_the_environment_are_not_used(net, monkeypatch):
    proxy = await net.serve("proxy.test", note)
    peer = await net.serve("a.test", note)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    await net.client().fetch("http://a.test/1")
    assert (len(proxy.requests), len(peer.requests)) == (0, 1)


async def test_tls_needs_a_certificate_for_the_name_by_a_known_authority(net, tmp_path):
    context, authority = certificate(tmp_path, "tls.test")
    peer = await net.serve("tls.test", note, ssl_context=context)
    net.names.point("other.test", [("127.0.0.1", peer.port)])
    pairs = frozenset({"tls.test:443", "other.test:443"})
    trusting = net.client(NetworkPolicy(allow_hosts=pairs, ca_file=authority))
    assert (await trusting.fetch("https://tls.test/1")).url == "https://tls.test/1"
    for client, host in [(net.client(NetworkPolicy(allow_hosts=pairs)), "tls.test"), (trusting, "other.test")]:
        with pytest.raises(Unreachable) as failure:
            await client.fetch(f"https://{host}/1")
        assert failure.value.reason == "fetch.tls"
    assert len(peer.requests) == 1


async def test_the_system_resolver_is_guarded_too():
    async with Loopback() as net:
        net.names = None
        with pytest.raises(Forbidden) as refusal:
            await net.client(NetworkPolicy()).fetch("https://localhost/")
        assert refusal.value.reason == "ssrf.address"
