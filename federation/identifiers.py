"""Ids as values: made only where input is parsed, compared as parsed URLs (FEP-fe34).

An id of an actor, an object or a collection has no fragment; ids of activities and keys may have one. `origin` says
who may speak for an id (FEP-fe34: scheme, host and port).
"""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NewType

from yarl import URL

from federation.errors import Malformed

ActorId = NewType("ActorId", str)
ObjectId = NewType("ObjectId", str)
ActivityId = NewType("ActivityId", str)
CollectionId = NewType("CollectionId", str)
InboxUrl = NewType("InboxUrl", str)
KeyId = NewType("KeyId", str)
Origin = NewType("Origin", str)

PUBLIC: Final = "https://www.w3.org/ns/activitystreams#Public"
PUBLIC_FORMS: Final = frozenset({PUBLIC, "as:Public", "Public"})

LONGEST: Final = 2048
"""Bytes: what an index of PostgreSQL holds."""
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?\Z")
_UNSAFE = re.compile('[\x00-\x20\x7f\\\\<>"^`{|}\ud800-\udfff]')
_SECOND_LEVELS = frozenset({"ac", "co", "com", "edu", "go", "gob", "gov", "gv", "ne", "net", "nom", "or", "org"})
_NUMERIC_HOST = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+))*\.?\Z", re.IGNORECASE)
_ORIGIN = re.compile(r"[^:/?#]+://[^/?#]*")


def parse_url(text: str, *, fragment: bool = False) -> str:
    """The canonical spelling of an http(s) URL: lower-case IDNA host, default port dropped, path kept as it came.

    Raises `Malformed` for user info, backslashes, control characters, a fragment where none may be, and hosts in
    disguise (decimal, octal, hexadecimal). A literal address passes: whether to connect is the client's question.
    """
    too_long = len(text) > LONGEST or (not text.isascii() and len(text.encode(errors="replace")) > LONGEST)
    if too_long or _UNSAFE.search(text):
        raise Malformed("id.characters", "an id has characters that no URL has, or is too long")
    found = _ORIGIN.match(text)
    if found is None:
        raise Malformed("id.scheme", "an id is not an http(s) URL")
    start = _canonical_origin(found.group())
    if "#" in text and not fragment:
        raise Malformed("id.fragment", "an id of an actor, object or collection has a fragment")
    tail = text[found.end() :]
    return f"{start}{tail}" if tail.startswith("/") else f"{start}/{tail}"


@lru_cache(maxsize=4096)
def _canonical_origin(text: str) -> str:
    """Of `scheme://authority`: hosts come again and again, paths do not."""
    try:
        url = URL(text)
        host, port = url.raw_host, url.explicit_port
    except (ValueError, UnicodeError) as error:
        raise Malformed("id.url", "an id is not a URL") from error
    if url.scheme not in {"http", "https"} or not host:
        raise Malformed("id.scheme", "an id is not an http(s) URL")
    if url.raw_user is not None or url.raw_password is not None or "@" in url.raw_authority:
        raise Malformed("id.userinfo", "an id has user info")
    default = {"http": 80, "https": 443}[url.scheme]
    authority = _host(host) if port is None or port == default else f"{_host(host)}:{port}"
    return f"{url.scheme}://{authority}"


def _host(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if "%" in host or _NUMERIC_HOST.match(host):
            raise Malformed("id.host", "a host is a number in disguise, or escaped") from None
        return host.lower().rstrip(".")
    return f"[{address}]" if address.version == 6 else str(address)


@lru_cache(maxsize=4096)
def actor_id(text: str) -> ActorId:
    return ActorId(parse_url(text))


def object_id(text: str) -> ObjectId:
    return ObjectId(parse_url(text))


def collection_id(text: str) -> CollectionId:
    return CollectionId(parse_url(text))


def activity_id(text: str) -> ActivityId:
    return ActivityId(parse_url(text, fragment=True))


def key_id(text: str) -> KeyId:
    return KeyId(parse_url(text, fragment=True))


def inbox_url(text: str) -> InboxUrl:
    """Raises `Malformed`, as the others do, for what is no http(s) URL."""
    return InboxUrl(parse_url(text))


def origin(uri: str) -> Origin:
    """`scheme://host[:port]` of a canonical id. Raises `Malformed` for what is none."""
    found = _ORIGIN.match(uri)
    if found is None:
        raise Malformed("id.scheme", "an id is not an http(s) URL")
    return Origin(found.group())


def host_of(uri: str) -> str:
    """The host of a canonical id, with its port if it has one: what a handle and a block name."""
    return origin(uri).split("://", 1)[1]


def covering_hosts(host: str) -> tuple[str, ...]:
    """The names by which a host may be meant: itself, without its port, and each domain that it is part of."""
    name = host if host.endswith("]") else host.rsplit(":", 1)[0]
    labels = name.split(".")
    return (host, *(".".join(labels[start:]) for start in range(len(labels))))


def domain_of(host: str) -> str:
    """The domain that a host is part of, for limits: whoever has it makes as many names below it as he likes.

    Guessed without the Public Suffix List: two labels, or three under the likes of co.uk. Customers of one service who
    have a name each below its own share a limit. An address is a domain by itself.
    """
    name = host if host.endswith("]") else host.rsplit(":", 1)[0]
    labels = name.split(".")
    if _NUMERIC_HOST.match(name) or name.startswith("["):
        return host
    regional = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVELS
    return ".".join(labels[-3 if regional else -2 :])


def same_origin(*uris: str) -> bool:
    """Whether all of these canonical ids share scheme, host and port (FEP-fe34)."""
    return len(set(map(origin, uris))) == 1


def without_fragment(uri: str) -> str:
    return uri.split("#", 1)[0]


@dataclass(frozen=True, slots=True)
class Handle:
    """`name@host`: the host as in the id, with its port if it has one; names keep their case and compare without it."""

    name: str
    host: str

    @classmethod
    def parse(cls, text: str) -> "Handle":
        """Reads `@name@host`, `!name@host`, `acct:name@host` and `name@host`. Raises `Malformed`."""
        bare = text.strip().removeprefix("acct:").lstrip("@!")
        name, at, host = bare.partition("@")
        if not at or not valid_name(name):
            raise Malformed("handle", "a handle reads name@host")
        return cls(name, host_of(parse_url(f"https://{host}/")))

    @property
    def acct(self) -> str:
        return f"acct:{self}"

    def __str__(self) -> str:
        return f"{self.name}@{self.host}"


def valid_name(name: str) -> bool:
    """Whether this can be a username: [A-Za-z0-9_.-], at most 64, no dot or hyphen at an end."""
    return _NAME.match(name) is not None
