"""Every class of address and URL that must not be connected to, and beside each what may be."""

import ipaddress

import pytest
from yarl import URL

from federation.client import NetworkPolicy
from federation.client.policy import is_public, parse_address
from federation.errors import Forbidden

STRICT = NetworkPolicy()
HTTPS = URL("https://peer.example/users/ana")

_NOT_PUBLIC = """
    0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.0.1 169.254.169.254 172.16.0.1 172.31.255.255
    192.0.0.1 192.0.0.9 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1
    239.1.1.1 240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1
    ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 100::1 2001::1 2001:0:53aa:64c::1
    2002:7f00:1:: 2002:808:808::1 2001:db8::1 3fff::1 fc00::1 fd12::1 fe80::1 fec0::1 ff02::1 ff0e::1 4000::1 5f00::1
    fe80::1%eth0 2606:4700::1111%eth0
"""
_ROUTED = """
    1.1.1.1 8.8.8.8 93.184.215.14 100.63.255.255 172.15.0.1 172.32.0.1 192.0.1.1 223.255.255.1
    ::ffff:8.8.8.8 2606:4700::1111 2001:4860:4860::8888 2a01:4f8::1
"""
PRIVATE, PUBLIC = _NOT_PUBLIC.split(), _ROUTED.split()


@pytest.mark.parametrize("address", PRIVATE)
def test_address_that_is_not_public_is_refused(address):
    assert not is_public(parse_address(address))
    with pytest.raises(Forbidden) as refusal:
        STRICT.check_address(HTTPS, address)
    assert refusal.value.reason == "ssrf.address"


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_passes(address):
    assert is_public(parse_address(address))
    STRICT.check_address(HTTPS, address)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://peer.example/", "ssrf.scheme"),
        ("https://peer.example:8443/", "ssrf.port"),
        ("https://peer.example:80/", "ssrf.port"),
        ("http://peer.example:443/", "ssrf.scheme"),
        ("ftp://peer.example/", "ssrf.scheme"),
        ("file:///etc/passwd", "ssrf.scheme"),
        ("gopher://peer.example/", "ssrf.scheme"),
        ("unix:///run/docker.sock", "ssrf.scheme"),
        ("data:text/plain,x", "ssrf.scheme"),
        ("https://ana:secret@peer.example/", "ssrf.userinfo"),
        ("https://ana@peer.example/", "ssrf.userinfo"),
        ("https://127.0.0.1/", "ssrf.literal"),
        ("https://8.8.8.8/", "ssrf.literal"),
        ("https://[::1]/", "ssrf.literal"),
        ("https://[2606:4700::1111]/", "ssrf.literal"),
        ("https://[::ffff:127.0.0.1]/", "ssrf.literal"),
    ],
)
def test_url_refused_before_any_look_up(url, reason):
    with pytest.raises(Forbidden) as refusal:
        STRICT.check_url(URL(url))
    assert refusal.value.reason == reason


@pytest.mark.parametrize("url", ["https://peer.example/x", "https://peer.example:443/", "https://bücher.example/"])
def test_https_on_443_passes(url):
    STRICT.check_url(URL(url))


def test_an_opened_pair_opens_exactly_that_host_and_port():
    policy = NetworkPolicy(allow_hosts=frozenset({"node.test:3001", "[::1]:3001", "plain.test:80"}))
    for url, address in [
        ("http://node.test:3001/", "127.0.0.1"),
        ("https://node.test:3001/", "10.0.0.1"),
        ("https://NODE.test.:3001/", "10.0.0.1"),
        ("http://[::1]:3001/", "::1"),
        ("http://plain.test/", "192.168.0.1"),
    ]:
        policy.check_url(URL(url))
        policy.check_address(URL(url), address)
    for url in ["http://node.test/", "https://node.test:3002/", "http://sub.node.test:3001/", "http://[::1]/"]:
        with pytest.raises(Forbidden):
            policy.check_url(URL(url))
    for url in ["https://node.test/", "https://other.test/", "https://plain.test/"]:
        policy.check_url(URL(url))
        with pytest.raises(Forbidden, match="not public"):
            policy.check_address(URL(url), "127.0.0.1")


def test_an_opened_network_opens_addresses_and_nothing_else():
    policy = NetworkPolicy(allow_networks=(ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("fd00::/8")))
    for url, address in [
        ("http://127.0.0.1:3001/", "127.0.0.1"),
        ("http://localhost:3001/", "127.9.9.9"),
        ("http://localhost:3001/", "::ffff:127.0.0.1"),
        ("http://node.test/", "fd00::1"),
        ("https://peer.example/", "8.8.8.8"),
    ]:
        policy.check_url(URL(url))
        policy.check_address(URL(url), address)
    for url, address, reason in [
        ("http://peer.example/", "8.8.8.8", "ssrf.scheme"),
        ("https://peer.example:8443/", "8.8.8.8", "ssrf.port"),
        ("https://peer.example/", "10.0.0.1", "ssrf.address"),
        ("https://peer.example/", "::1", "ssrf.address"),
    ]:
        policy.check_url(URL(url))
        with pytest.raises(Forbidden) as refusal:
            policy.check_address(URL(url), address)
        assert refusal.value.reason == reason
    with pytest.raises(Forbidden):
        policy.check_url(URL("http://10.0.0.1/"))


def test_an_opened_network_keeps_user_info_and_other_schemes_out():
    policy = NetworkPolicy(allow_networks=(ipaddress.ip_network("127.0.0.0/8"),))
    for url in ["http://ana@127.0.0.1/", "ftp://127.0.0.1/", "file:///etc/passwd"]:
        with pytest.raises(Forbidden):
            policy.check_url(URL(url))


@pytest.mark.parametrize("pair", ["node.test", ":80", "node.test:", "node.test:http", "Node.test:80"])
def test_a_pair_that_could_never_match_is_refused_at_once(pair):
    with pytest.raises(ValueError, match="host:port"):
        NetworkPolicy(allow_hosts=frozenset({pair}))


@pytest.mark.parametrize(
    ("allowed", "host", "schemes"),
    [
        ((), "peer.example", ("https",)),
        ((), "peer.example:3001", ("https",)),
        (("a.test:80",), "a.test", ("http",)),
        (("a.test:80",), "b.test", ("https",)),
        (("a.test:80", "a.test:443"), "a.test", ("https", "http")),
        (("a.test:443",), "a.test", ("https",)),
        (("127.0.0.1:3001",), "127.0.0.1:3001", ("https", "http")),
        (("[::1]:3001",), "[::1]:3001", ("https", "http")),
    ],
)
def test_schemes_for_the_host_of_a_handle(allowed, host, schemes):
    assert NetworkPolicy(allow_hosts=frozenset(allowed)).schemes(host) == schemes
