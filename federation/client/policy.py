"""Where this node may connect to: https on port 443 at globally routable addresses, and what the operator opened.

Judged twice: the URL before anything is resolved (`check_url`), and each address that is about to be connected to or
has been (`check_address`). What decides is the host and port in the URL, never a port that a resolver answers.
"""

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeAlias

from yarl import URL

from federation.errors import Forbidden

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

# Global unicast IPv6 as IANA hands it out; everything outside of it is something else.
_UNICAST_V6: Final = ipaddress.IPv6Network("2000::/3")

# Beside `is_global`, whose answers differ between Python versions (2002::/16 is global on 3.11 and not on 3.13;
# CVE-2024-4032) and which lets multicast, translated and relayed addresses pass.
_REFUSED: Final[tuple[Network, ...]] = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16"),
        *("3fff::/20", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
)


@lru_cache(maxsize=4096)
def parse_address(text: str) -> Address:
    """An address with an IPv4 one inside `::ffff:0:0/96` taken out. Raises ValueError for a name."""
    address = ipaddress.ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=4096)
def is_public(address: Address) -> bool:
    """Whether this is a globally routable unicast address."""
    if address.version == 6 and (address not in _UNICAST_V6 or address.scope_id):
        return False
    return address.is_global and not any(
        address in network for network in _REFUSED if network.version == address.version
    )


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """What is open beyond https, port 443 and public addresses, and whose certificates count besides the system's."""

    allow_hosts: frozenset[str] = frozenset()
    """`host:port` pairs that may be plain http, private, or on another port than 443; IPv6 literals in brackets."""
    allow_networks: tuple[Network, ...] = ()
    """Networks open to plain http and any port, under whatever name: for development only."""
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        for pair in self.allow_hosts:
            host, _, port = pair.rpartition(":")
            if not host or not port.isdecimal() or pair != pair.lower():
                raise ValueError(f"{pair!r} is not a host:port pair in lower case")

    def check_url(self, url: URL) -> None:
        """Raises `Forbidden` for what can be refused before the name is resolved."""
        if url.scheme not in _DEFAULT_PORTS:
            raise Forbidden("ssrf.scheme", "only http and https are spoken here")
        if url.raw_user is not None or url.raw_password is not None:
            raise Forbidden("ssrf.userinfo", "the URL has user info")
        if not url.raw_host:
            raise Forbidden("ssrf.host", "the URL has no host")
        if self._opens(url):
            return
        literal = _literal(url.raw_host)
        if literal is not None:
            if not self._in_open_network(literal):
                raise Forbidden("ssrf.literal", "the host is an address")
        elif not self.allow_networks:
            _check_ordinary(url)

    def check_address(self, url: URL, address: str) -> None:
        """Raises `Forbidden` unless `address` may be connected to for the sake of `url`."""
        judged = parse_address(address)
        if self._opens(url) or self._in_open_network(judged):
            return
        if not is_public(judged):
            raise Forbidden("ssrf.address", "the host has an address that is not public")
        _check_ordinary(url)

    def schemes(self, host: str) -> tuple[str, ...]:
        """Schemes to try, in order, for a bare host (with its port if it has one), as handles name it."""
        url = URL(f"https://{host}/")
        if url.explicit_port is not None:
            return ("https", "http") if self._opens(url) or self.allow_networks else ("https",)
        plain = self._opens(URL(f"http://{host}/"))
        if plain and not self._opens(url):
            return ("http",)
        return ("https", "http") if plain or self.allow_networks else ("https",)

    def _opens(self, url: URL) -> bool:
        return pair(url) in self.allow_hosts

    def _in_open_network(self, address: Address) -> bool:
        return any(address in network for network in self.allow_networks if network.version == address.version)


def pair(url: URL) -> str:
    """`host:port` of a URL as `allow_hosts` spells it."""
    host = (url.raw_host or "").lower().rstrip(".")
    return f"[{host}]:{url.port}" if ":" in host else f"{host}:{url.port}"


def _literal(host: str) -> Address | None:
    try:
        return parse_address(host)
    except ValueError:
        return None


def _check_ordinary(url: URL) -> None:
    if url.scheme != "https":
        raise Forbidden("ssrf.scheme", "only https may be used for this host")
    if url.port != _DEFAULT_PORTS["https"]:
        raise Forbidden("ssrf.port", "only port 443 may be used for this host")
