"""Builders of signed requests, made without the code under test: each writes the signed text by the specification."""

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256

from federation.identifiers import key_id
from federation.keys import PrivateKey, generate_ed25519_key, generate_rsa_key
from federation.signatures import SignedMessage

RSA = generate_rsa_key()
ED25519 = generate_ed25519_key()
NOW = datetime(2026, 11, 22, 14, 7, 15, tzinfo=UTC)
DATE = "Sun, 22 Nov 2026 14:07:15 GMT"
ORIGIN = "https://node.test"
HOSTS = frozenset({"node.test"})
KEY_ID = key_id("https://peer.test/users/amina#main-key")
BODY = b'{"type":"Follow"}'

DRAFT_GET = ("(request-target)", "host", "date")
DRAFT_POST = (*DRAFT_GET, "digest")
RFC_GET = ("@method", "@target-uri")
RFC_POST = (*RFC_GET, "content-digest")


def request(
    headers: dict[str, str] | list[tuple[str, str]],
    *,
    method: str = "POST",
    target: str = "/inbox",
    body: bytes | None = BODY,
    origin: str = ORIGIN,
) -> SignedMessage:
    lines = headers.items() if isinstance(headers, dict) else headers
    return SignedMessage(method, target, tuple((name.lower(), value) for name, value in lines), body, origin)


def sha256_digest(body: bytes) -> str:
    return b64encode(sha256(body).digest()).decode()


def _headers(body: bytes | None, changes: dict[str, str | None]) -> dict[str, str]:
    headers: dict[str, str | None] = {"host": "node.test", "date": DATE}
    if body is not None:
        digest = sha256_digest(body)
        headers |= {"digest": f"SHA-256={digest}", "content-digest": f"sha-256=:{digest}:"}
    return {name: value for name, value in (headers | changes).items() if value is not None}


def draft(
    covered: tuple[str, ...] = DRAFT_POST,
    *,
    method: str = "POST",
    target: str = "/inbox",
    signed_target: str | None = None,
    body: bytes | None = BODY,
    key: PrivateKey = RSA,
    headers: dict[str, str | None] | None = None,
    **parameters: str | int | None,
) -> SignedMessage:
    """A draft-cavage request. `parameters` replace (None: remove) or add to those of the Signature header."""
    fields = _headers(body, headers or {})
    special = {
        "(request-target)": f"{method.lower()} {signed_target or target}",
        "(created)": str(parameters.get("created")),
        "(expires)": str(parameters.get("expires")),
    }
    text = "\n".join(f"{name}: {(special | fields).get(name, '')}" for name in covered)
    defaults = {
        "keyId": KEY_ID,
        "algorithm": "rsa-sha256",
        "headers": " ".join(covered),
        "signature": b64encode(key.sign(text.encode())).decode(),
    }
    values = defaults | parameters
    written = (
        f"{name}={value}" if isinstance(value, int) else f'{name}="{value}"'
        for name, value in values.items()
        if value is not None
    )
    return request(fields | {"signature": ",".join(written)}, method=method, target=target, body=body)


def rfc9421(
    covered: tuple[str, ...] = RFC_POST,
    *,
    method: str = "POST",
    target: str = "/inbox",
    body: bytes | None = BODY,
    key: PrivateKey = RSA,
    headers: dict[str, str | None] | None = None,
    parameters: str | None = None,
) -> SignedMessage:
    """A request signed after RFC 9421. `parameters` are all of them, as text."""
    fields = _headers(body, headers or {})
    path, _, query = target.partition("?")
    derived = {
        "@method": method,
        "@target-uri": ORIGIN + target,
        "@authority": "node.test",
        "@path": path,
        "@query": f"?{query}",
    }
    if parameters is None:
        parameters = f';created={int(NOW.timestamp())};keyid="{KEY_ID}"'
    names = " ".join(f'"{name}"' for name in covered)
    lines = [f'"{name}": {(derived | fields)[name]}' for name in covered]
    text = "\n".join([*lines, f'"@signature-params": ({names}){parameters}'])
    signature = b64encode(key.sign(text.encode())).decode()
    signed = {"signature-input": f"sig1=({names}){parameters}", "signature": f"sig1=:{signature}:"}
    return request(fields | signed, method=method, target=target, body=body)


def changed(message: SignedMessage, **headers: str | None) -> SignedMessage:
    """The same request with headers replaced, added or (None) removed; underscores stand for hyphens."""
    changes = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = dict(message.headers) | changes
    kept = [(name, value) for name, value in lines.items() if value is not None]
    return request(kept, method=message.method, target=message.target, body=message.body, origin=message.origin)
