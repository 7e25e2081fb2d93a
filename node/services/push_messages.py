"""What a push says, and its envelope: encrypted for one app, with the word of this node that it is its own.

It shows on a locked screen, beside which anybody may stand. So words and names of others are told only of what
everybody may read; of all else, that there is something.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from federation.addressing import Visibility
from node.database import Transaction
from node.database.tables import Actor, Notification, Post, PushSubscription
from node.database.vault import Vault
from node.queries.push_subscriptions import Subscriber
from node.services import push, remote_files
from node.services.markup import plain
from node.services.remote_files import Variant
from node.settings import Settings

LASTS: Final = timedelta(days=1)
"""How long a push service keeps what it cannot deliver, and how long we try."""
VOUCHED_FOR: Final = timedelta(hours=12)
"""RFC 8292 allows a day."""
LONGEST_BODY: Final = 140
LONGEST_NAME: Final = 50
_URGENT: Final = frozenset({"mention", "follow_request", "admin.report"})
_OPEN: Final = {
    "mention": "{name} mentioned you",
    "status": "{name} wrote something",
    "reblog": "{name} boosted your post",
    "favourite": "{name} liked your post",
    "update": "{name} edited a post",
}
_CLOSED: Final = {
    "mention": "You have a new message",
    "follow": "You have a new follower",
    "follow_request": "Somebody asks you something",
    "poll": "A poll has ended",
    "admin.sign_up": "There is a new account",
    "admin.report": "There is a new report",
}
_SOMETHING: Final = "You have a new notification"
DEFAULT_ICON: Final = "/static/avatar.png"


@dataclass(frozen=True, slots=True)
class Envelope:
    body: bytes
    headers: Mapping[str, str]


def message(tx: Transaction, to: Subscriber, notice: Notification, sender: Actor, post: Post | None) -> bytes:
    """As Mastodon's apps read it."""
    title, body, icon = _words(tx, notice, sender, post)
    language = (to.user.preferences or {}).get("language")
    payload = {
        "access_token": tx.vault.open(to.subscription.sealed_token),
        "preferred_locale": str(language or "en"),
        "notification_id": notice.id,
        "notification_type": notice.type,
        "icon": icon,
        "title": title,
        "body": body,
    }
    return orjson.dumps(payload)


def _words(tx: Transaction, notice: Notification, sender: Actor, post: Post | None) -> tuple[str, str, str]:
    """Title, body and picture."""
    if post is None or post.visibility != Visibility.PUBLIC or notice.type not in _OPEN:
        return _CLOSED.get(notice.type, _SOMETHING), "", f"{tx.settings.base_url}{DEFAULT_ICON}"
    name = (sender.name or sender.username)[:LONGEST_NAME]
    text = plain(post.summary or post.content).strip()
    return _OPEN[notice.type].format(name=name), _cut(text), _icon(tx, sender)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_BODY else f"{text[: LONGEST_BODY - 1].rstrip()}…"


def _icon(tx: Transaction, sender: Actor) -> str:
    """Through this node: a phone that loaded it elsewhere would tell who is told what."""
    if not sender.icon:
        return f"{tx.settings.base_url}{DEFAULT_ICON}"
    if sender.icon.startswith(f"{tx.settings.base_url}/"):
        return sender.icon
    return f"{tx.settings.base_url}{remote_files.path(tx.vault, Variant.AVATAR, sender.icon)}"


def envelope(
    settings: Settings, vault: Vault, to: PushSubscription, payload: bytes, kind: str, now: datetime
) -> Envelope:
    """Encrypted as the app takes it. Takes a millisecond, and the first time as long as it takes to load the extra."""
    from pywebpush import WebPusher  # noqa: PLC0415  # an extra, without which nobody subscribes

    keys = {"p256dh": to.p256dh, "auth": to.auth}
    encoding = "aes128gcm" if to.standard else "aesgcm"
    sealed = WebPusher({"endpoint": to.endpoint, "keys": keys}).encode(payload, encoding)
    voucher, own_key = _voucher(settings, vault, to.endpoint, now), push.public_key(vault)
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": encoding,
        "TTL": str(int(LASTS.total_seconds())),
        "Urgency": "high" if kind in _URGENT else "normal",
    }
    if to.standard:
        headers["Authorization"] = f"vapid t={voucher}, k={own_key}"
    else:  # draft-ietf-webpush-encryption-04 and draft-ietf-webpush-vapid-01
        headers["Authorization"] = f"WebPush {voucher}"
        headers["Encryption"] = f"salt={sealed['salt'].decode()}"
        headers["Crypto-Key"] = f"dh={sealed['crypto_key'].decode()};p256ecdsa={own_key}"
    return Envelope(bytes(sealed["body"]), headers)


def _voucher(settings: Settings, vault: Vault, endpoint: str, now: datetime) -> str:
    """That it comes from this node: a JWT for this push service alone (RFC 8292, section 2)."""
    place = urlsplit(endpoint)
    claims = {
        "aud": f"{place.scheme}://{place.netloc}",
        "exp": int((now + VOUCHED_FOR).timestamp()),
        "sub": _contact(settings),
    }
    parts = [push.encoded(orjson.dumps(part)) for part in ({"typ": "JWT", "alg": "ES256"}, claims)]
    signed = ".".join(parts)
    r, s = utils.decode_dss_signature(push.key(vault).sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{push.encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _contact(settings: Settings) -> str:
    """Whom a push service writes to: an https or mailto address."""
    if settings.contact.startswith(("https://", "mailto:")):
        return settings.contact
    return f"mailto:{settings.contact}" if "@" in settings.contact else settings.base_url
