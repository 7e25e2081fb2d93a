"""What both schemes share about the two ends of a request: the key id a sender names, the host it was sent to."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from federation.errors import Malformed, Unverified
from federation.identifiers import KeyId, key_id
from federation.signatures.message import SignedMessage

CONTENT_TYPE: Final = "application/activity+json"

_PORT: Final = re.compile(r":\d+\Z", re.ASCII)


@lru_cache(maxsize=4096)
def sender_of(text: str) -> KeyId:
    """The key id in canonical form. `acct:` ids of old servers name no key, so they are `Unverified`."""
    if text.startswith("acct:"):
        raise Unverified("sig.acct", "a key id must be a URL")
    return key_id(text)


def check_host(message: SignedMessage, hosts: Iterable[str]) -> None:
    """Host is one of ours, with or without the port: Takahe 0.11 sends and signs it without. Raises `Malformed`."""
    host = (message.single("host") or "").lower()
    if host not in _spellings(frozenset(hosts)):
        raise Malformed("sig.host", "Host is none of ours")


@lru_cache(maxsize=64)
def _spellings(hosts: frozenset[str]) -> frozenset[str]:
    bare = {_PORT.sub("", host) for host in hosts}
    default = {f"{host}:{port}" for host in hosts if not _PORT.search(host) for port in (80, 443)}
    return frozenset(hosts | bare | default)
