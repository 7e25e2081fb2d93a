"""Web Push: where notices of an app go, and the keys by which push services know this node (RFC 8030, 8291, 8292).

Encrypting is what the extra `push` brings. Without it nobody can subscribe, and no key is published.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from node.database import Transaction
from node.database.tables import PushSubscription, User
from node.database.vault import Vault
from node.errors import Invalid, NotFound
from node.queries import push_subscriptions as rows

ALERTS: Final = (
    *("mention", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update", "quote"),
    *("quoted_update", "admin.sign_up", "admin.report"),
)
LONGEST_ENDPOINT: Final = 2000
JOB: Final = "push"
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the group of P-256 (SEC 2, section 2.4.2)."""
_POINT_LENGTH: Final = 65
_SECRET_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """As an app got it from its push service. `standard`: it takes RFC 8291, not the draft before it."""

    endpoint: str
    p256dh: str
    auth: str
    standard: bool = False
    alerts: Mapping[str, bool] = field(default_factory=dict)
    policy: str = "all"

    def check(self) -> None:
        """Raises `Invalid`."""
        plain = self.endpoint.isascii() and self.endpoint.isprintable() and " " not in self.endpoint
        if not plain or len(self.endpoint) > LONGEST_ENDPOINT:
            raise Invalid("Validation failed: Endpoint is not an address of a push service", "push.endpoint")
        try:
            point = decoded(self.p256dh)
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        except ValueError as error:
            raise Invalid("Validation failed: P256dh is not a key of P-256", "push.p256dh") from error
        if len(point) != _POINT_LENGTH or len(_secret(self.auth)) != _SECRET_LENGTH:
            raise Invalid("Validation failed: Auth is not a secret of 16 bytes", "push.auth")


def _secret(text: str) -> bytes:
    try:
        return decoded(text)
    except ValueError:
        return b""


def decoded(text: str) -> bytes:
    """Base64 in either alphabet, with its padding or without. Raises ValueError."""
    plain = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    return urlsafe_b64decode(plain + "=" * (-len(plain) % 4))


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def available() -> bool:
    """Whether the extra is installed."""
    return find_spec("pywebpush") is not None


@lru_cache(maxsize=8)
def key(vault: Vault) -> ec.EllipticCurvePrivateKey:
    """The node's own (VAPID), one for good: made of the node's secret, so that it stands in no table, and is the same
    in every process and after every restore. By FIPS 186-5, A.2.1: of 64 bits more than needed, so that no value is
    likelier."""
    digits = vault.mac("vapid", "1") + vault.mac("vapid", "2")
    return ec.derive_private_key(int(digits, 16) % (_ORDER - 1) + 1, ec.SECP256R1())


def public_key(vault: Vault) -> str | None:
    """As apps give it to their push service; None where nothing can be sent."""
    if not available():
        return None
    return encoded(key(vault).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


async def subscribe(tx: Transaction, user: User, token_id: int, token: str, new: NewSubscription) -> PushSubscription:
    """In place of what this token had. The token is kept with it, encrypted: Mastodon's app for iOS knows by it whose
    notice it got."""
    if not available():
        raise Invalid("This server sends no push notifications: its operator has not set them up.", "push.unavailable")
    new.check()
    values = {
        "token_id": token_id,
        "user_id": user.id,
        "sealed_token": tx.vault.seal(token),
        "endpoint": new.endpoint,
        "p256dh": new.p256dh,
        "auth": new.auth,
        "standard": new.standard,
        "alerts": whole(new.alerts),
        "policy": new.policy,
    }
    return await rows.put(tx, values)


def whole(alerts: Mapping[str, Any]) -> dict[str, bool]:
    """What is not named is not wanted."""
    return {name: bool(alerts.get(name, False)) for name in ALERTS}


async def of_token(tx: Transaction, token_id: int) -> PushSubscription:
    found = await rows.of_token(tx, token_id)
    if found is None:
        raise NotFound("This app gets no push notifications.")
    return found


async def change(
    tx: Transaction, token_id: int, *, alerts: Mapping[str, bool] | None, policy: str | None
) -> PushSubscription:
    """What is None stays."""
    found = await of_token(tx, token_id)
    wanted = {"alerts": whole(alerts) if alerts is not None else None, "policy": policy}
    changes = {name: value for name, value in wanted.items() if value is not None}
    if changes:
        await rows.change(tx, found, **changes)
    return found
