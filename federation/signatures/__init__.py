"""HTTP signatures: who sent a request, proved by key, in the two schemes of the Fediverse.

`read` parses the headers once and applies every rule that needs no key; `verify` needs the key and nothing else. In
between the caller blocks hosts, and finds the key of `claim.key_id`, which is also what the sender is judged by.
"""

from datetime import datetime, timedelta

from federation.errors import Malformed, Unverified
from federation.identifiers import KeyId, parse_url
from federation.keys import PrivateKey, PublicKeyMaterial
from federation.signatures import cavage, rfc9421
from federation.signatures.digests import check_digest, content_digest_header, digest_header
from federation.signatures.freshness import WINDOW
from federation.signatures.message import BODILESS, Claim, Scheme, SignedMessage
from federation.signatures.senders import check_host

__all__ = [
    "Claim",
    "Scheme",
    "SignedMessage",
    "check_digest",
    "content_digest_header",
    "digest_header",
    "read",
    "sign",
    "verify",
]

_READERS = {Scheme.CAVAGE: cavage.read, Scheme.RFC9421: rfc9421.read}
_VERIFIERS = {Scheme.CAVAGE: cavage.verify, Scheme.RFC9421: rfc9421.verify}


def read(message: SignedMessage, *, now: datetime, hosts: frozenset[str], window: timedelta = WINDOW) -> Claim:
    """What the request says of its signature, checked for everything but the key.

    That is: Host is one of `hosts`; the digests are those of the body; one signature, well-formed; it covers method,
    target, host, time and digest; it was made within `window` of `now` (12 hours at most), and has not expired.
    Raises `Malformed` for what cannot be read one way only, else `Unverified`.
    """
    scheme = _scheme_of(message)
    if not message.target.startswith("/"):
        raise Malformed("sig.target", "the request's target is no path")
    check_host(message, hosts)
    check_digest(message)
    return _READERS[scheme](message, now=now, window=window)


def verify(claim: Claim, key: PublicKeyMaterial) -> None:
    """Raises `Unverified` unless `key`, which must be that of `claim.key_id`, made the signature."""
    _VERIFIERS[claim.scheme](claim, key)


def sign(
    scheme: Scheme,
    *,
    method: str,
    url: str,
    body: bytes | None,
    key: PrivateKey,
    key_id: KeyId,
    now: datetime,
    accept: str | None = None,
) -> dict[str, str]:
    """The headers to send with the request, which must go to `url` as it stands here, letter by letter.

    `method` is in upper case; an empty body of a GET is none. `accept` is the `Accept-Signature` of an answer 401,
    heeded as far as we can (RFC 9421 only). Host, Date and Content-Type are among the headers, since they are signed.
    """
    canonical = parse_url(url)
    body = None if not body and method in BODILESS else body
    if scheme is Scheme.CAVAGE:
        return cavage.sign(method=method, url=canonical, body=body, key=key, key_id=key_id, now=now)
    return rfc9421.sign(method=method, url=canonical, body=body, key=key, key_id=key_id, now=now, accept=accept)


def _scheme_of(message: SignedMessage) -> Scheme:
    """A request with `Signature-Input` is RFC 9421, any other a draft; never two, not in `Authorization` either.

    Two signatures mean two readers who may trust different ones (CVE-2026-28432 in Misskey).
    """
    signed = message.single("signature") is not None
    labelled = message.single("signature-input") is not None
    if any(value.lower().startswith("signature") for value in message.values("authorization")):
        if signed or labelled:
            raise Malformed("sig.two", "there is a second signature in Authorization")
        raise Unverified("sig.absent", "a signature belongs in the header Signature")
    if labelled:
        return Scheme.RFC9421
    if signed:
        return Scheme.CAVAGE
    raise Unverified("sig.absent", "the request is not signed")
