"""Signatures that others made: the vectors of Mastodon's test suite, and requests as real servers sent them."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from federation.errors import FederationError, Unverified
from federation.keys import parse_public_key
from federation.signatures import Claim, SignedMessage, read, verify
from federation.signatures.freshness import parse_http_date

INTEROP = Path(__file__).parents[3] / "shared" / "interop"
VECTORS = INTEROP / "vectors" / "http-signatures.json"
CAPTURES = sorted((INTEROP / "live").glob("*/sent-*.json"))
OPTIONAL = ("acct:", "query string is missing")
"""Vectors that Mastodon takes and we do not: key ids that are no URL, and a GET whose query is not signed."""

needs_vectors = pytest.mark.skipif(
    not VECTORS.exists(), reason="shared/interop/vectors/http-signatures.json is missing"
)
needs_captures = pytest.mark.skipif(not CAPTURES, reason="shared/interop/live is missing")


def vectors() -> list[Any]:
    if not VECTORS.exists():
        return []
    found = json.loads(VECTORS.read_text())["vectors"]
    return [pytest.param(vector, id=f"{vector['scheme']}-{vector['key']}-{vector['name']}") for vector in found]


@needs_vectors
@pytest.mark.parametrize("vector", vectors())
def test_mastodons_vectors(vector: dict[str, Any]) -> None:
    url = urlsplit(vector["url"])
    target = f"{url.path}?{url.query}" if url.query else url.path
    headers = tuple((name.lower(), value) for name, value in vector["headers"].items())
    body = None if vector["body"] is None else vector["body"].encode()
    message = SignedMessage(vector["method"], target, headers, body, f"{url.scheme}://{url.netloc}")
    key = parse_public_key(json.loads(VECTORS.read_text())["public_keys"][vector["key"]])

    def check() -> None:
        verify(read(message, now=datetime.fromisoformat(vector["now"]), hosts=frozenset({url.netloc})), key)

    optional = any(word in vector["name"] + vector["headers"].get("Signature", "") for word in OPTIONAL)
    if vector["expect"] == "accept" and not optional:
        check()
    else:
        with pytest.raises(FederationError):
            check()


def published_keys() -> dict[str, str]:
    keys = {}
    for path in (INTEROP / "live").glob("*/doc-actor-*.json"):
        entries = json.loads(path.read_text())["body"]["publicKey"]
        for entry in entries if isinstance(entries, list) else [entries]:
            keys[entry["id"]] = entry["publicKeyPem"]
    return keys


def captured(path: Path) -> Claim:
    """The claim of a recorded request, read when it was sent; bodies were indented anew, so none goes with it."""
    sent = json.loads(path.read_text())["request"]
    host = sent["headers"]["host"]
    message = SignedMessage(sent["method"], sent["path"], tuple(sent["headers"].items()), None, f"https://{host}")
    now = parse_http_date(sent["headers"]["date"]) + timedelta(seconds=2)
    return read(message, now=now, hosts=frozenset({host}))


@needs_captures
@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_captured_requests(path: Path) -> None:
    claim = captured(path)
    assert {"digest", "content-digest"} & set(claim.covered)
    pem = published_keys().get(claim.sent_key_id)
    if pem is None:
        pytest.skip(f"the actor document with {claim.key_id} was not recorded")
    verify(claim, parse_public_key(pem))
    with pytest.raises(Unverified):
        verify(replace(claim, message=replace(claim.message, target="/elsewhere")), parse_public_key(pem))


@needs_captures
def test_most_captured_requests_have_their_keys() -> None:
    keys = published_keys()
    with_key = [path.parent.name for path in CAPTURES if captured(path).sent_key_id in keys]
    assert {peer: with_key.count(peer) for peer in ("takahe", "nodebb", "piefed")} == {
        "takahe": 12,
        "nodebb": 19,
        "piefed": 10,
    }
    assert "fedify" in with_key


@needs_captures
@pytest.mark.parametrize("path", CAPTURES[:3], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_captured_requests_are_too_old_today(path: Path) -> None:
    sent = captured(path).message
    with pytest.raises(Unverified):
        read(sent, now=datetime(2027, 1, 1, tzinfo=UTC), hosts=frozenset({sent.single("host") or ""}))
