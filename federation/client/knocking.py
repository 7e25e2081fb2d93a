"""Double knocking: two signature schemes are in use, and a peer's answer tells which one it takes.

The older one goes first: a peer that knows only that one may lose a request signed the newer way without a word
(PieFed 1.6 answers 200), while every peer that wants the newer one refuses the older one with 400, 401 or 403.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from federation.client.session import Answer
from federation.client.signing import Signer
from federation.signatures import Scheme

REFUSED: Final = frozenset({400, 401, 403})


class Deliverer(Protocol):
    """The part of `Client` that knocking uses."""

    async def deliver(
        self,
        inbox: str,
        body: bytes,
        *,
        signer: Signer,
        scheme: Scheme,
        now: datetime,
        accept_signature: str | None = None,
    ) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Knock:
    """The last answer, and the scheme to remember for this host: None when neither was taken."""

    answer: Answer
    scheme: Scheme | None


async def knock(
    client: Deliverer, inbox: str, body: bytes, *, signer: Signer, known: Scheme | None, now: datetime
) -> Knock:
    """Delivers by the scheme `known` for the host, else draft-cavage and, refused, once more by RFC 9421.

    A host that names what it wants signed (Accept-Signature) is given it, whatever was known. Answers that say
    nothing about signatures leave `known` as it is. Raises what `Client.deliver` does.
    """
    scheme = known or Scheme.CAVAGE
    answer = await client.deliver(inbox, body, signer=signer, scheme=scheme, now=now)
    if answer.status in REFUSED and (known is None or answer.accept_signature):
        scheme = Scheme.RFC9421
        answer = await client.deliver(
            inbox, body, signer=signer, scheme=scheme, now=now, accept_signature=answer.accept_signature
        )
    if answer.delivered:
        return Knock(answer, scheme)
    return Knock(answer, None if answer.status in REFUSED else known)
