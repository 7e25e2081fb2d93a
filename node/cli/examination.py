"""The checks of `ordito doctor`, one function each."""

import asyncio
import ctypes
import os
import shutil
import socket
import stat
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from node.context import Context
    from node.settings import Settings

GIGABYTE: Final = 1_000_000_000
LITTLE: Final = 2 * GIGABYTE
TOO_LITTLE: Final = GIGABYTE // 5
SKEW: Final = 300
"""Seconds. Peers refuse signatures whose time is further off than some minutes to an hour."""
UNSYNCHRONISED: Final = 5
"""TIME_ERROR of adjtimex(2)."""


@dataclass(frozen=True, slots=True)
class Check:
    """`note`: to be known, and no failure."""

    name: str
    state: Literal["ok", "note", "wrong"]
    found: str
    remedy: str = ""


def settings(settings: "Settings") -> Check:
    found = f"{settings.base_url}, {settings.env}, listening on {settings.listen}"
    if settings.development:
        return Check("settings", "note", found, "This is for trying it out; leave ORDITO_ENV unset on a server.")
    if urlsplit(settings.base_url).port not in {None, 443}:
        return Check(
            "settings", "wrong", found, "Other servers connect to port 443 alone: use an address without port."
        )
    if not settings.contact:
        return Check(
            "settings", "note", found, "Set ORDITO_CONTACT to an e-mail address: people write there about abuse."
        )
    return Check("settings", "ok", found)


def storage(settings: "Settings") -> Check:
    """The data directory: there, ours alone, with room."""
    path = settings.data_dir.resolve()
    if not path.is_dir():
        return Check("storage", "wrong", f"{path} is not there", "Run `ordito init`, or set ORDITO_DATA_DIR.")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        remedy = f"Run as the user it belongs to, or give it to this one: chown -R {_user()} {path}"
        return Check("storage", "wrong", f"{path} cannot be written to", remedy)
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Check("storage", "wrong", f"{path} is open to other users of this machine", f"chmod 700 {path}")
    free = shutil.disk_usage(path).free
    found = f"{path}, {free / GIGABYTE:.1f} GB free"
    if free < LITTLE:
        return Check(
            "storage", "wrong" if free < TOO_LITTLE else "note", found, "Make room: a full disk stops the node."
        )
    return Check("storage", "ok", found)


def _user() -> str:
    import getpass

    return getpass.getuser()


def clock(settings: "Settings") -> Check:
    """Whether the system keeps its clock right, and whether it runs behind files that are written already."""
    remedy = "Let the system set its clock: timedatectl set-ntp true"
    written = [path.stat().st_mtime for path in settings.data_dir.glob("*") if path.is_file()]
    behind = max(written, default=0.0) - time.time()
    if behind > SKEW:
        return Check("clock", "wrong", f"the clock is {behind / 60:.0f} minutes behind the node's own files", remedy)
    if _unsynchronised():
        return Check("clock", "note", "the system does not say that its clock is set by the network", remedy)
    return Check("clock", "ok", "set by the network")


def _unsynchronised() -> bool:
    try:
        answer: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))
    except (OSError, AttributeError):
        return True
    return answer < 0 or answer == UNSYNCHRONISED


async def dns(settings: "Settings") -> Check:
    """Whether the name leads to addresses that others can reach."""
    from federation.client.policy import is_public, parse_address

    host = urlsplit(settings.base_url).hostname or ""
    try:
        answers = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return Check("dns", "wrong", f"{host} has no address", f"Make an A or AAAA record for {host}.")
    addresses = sorted({str(answer[4][0]) for answer in answers})
    found = f"{host} is {', '.join(addresses)}"
    if all(is_public(parse_address(address)) for address in addresses):
        return Check("dns", "ok", found)
    if settings.development or settings.allow_hosts:
        return Check("dns", "note", found, "Only servers on this network reach it.")
    return Check("dns", "wrong", found, "Servers elsewhere cannot reach a private address: publish the public one.")


async def database(context: "Context") -> Check:
    from node.database import version

    kind = "SQLite" if context.settings.sqlite else "PostgreSQL"
    revision = await version(context.settings)
    async with context.database.transaction(context.now()):
        return Check("database", "ok", f"{kind}, schema {revision}, takes writes")


async def keys(context: "Context") -> Check:
    """The secret opens the node's key, and the key is the one that others are told."""
    from node.queries import actors as actor_rows
    from node.services import node_actor

    signer = await context.node_signer()
    async with context.database.reading(context.now()) as tx:
        listed = await actor_rows.keys_of(tx, await node_actor.required(tx))
    if signer.key.public.pem() not in {key.material for key in listed}:
        remedy = "Restore database and secret from the same back-up."
        return Check("keys", "wrong", "the node's public key is not that of its private one", remedy)
    return Check("keys", "ok", "the secret fits the database, and the node's keys belong together")


async def media(context: "Context") -> Check:
    """Whether uploads can be kept, and which can be decoded."""
    from node.storage import kinds
    from node.storage.storage import new_key

    settings = context.settings
    place = f"the bucket {settings.s3_bucket}" if settings.s3_bucket else "the data directory"
    try:
        await context.media.storage.size(f"{new_key()}/doctor")
    except Exception as error:  # noqa: BLE001  # whatever the storage's library raises
        remedy = "See that the settings ORDITO_S3_… are right, and that the key may read, write, list and delete."
        return Check("media", "wrong", f"{place} does not answer: {type(error).__name__}", remedy)
    if not kinds.plays():
        remedy = "Install the extra media (pip install 'ordito[media]') for sounds and films."
        return Check("media", "note", f"{place}; pictures alone are taken, sounds and films are refused", remedy)
    if not kinds.reads_heic():
        return Check("media", "note", f"{place}; HEIC pictures are refused", "Install pillow-heif.")
    return Check("media", "ok", f"{place}; pictures, sounds and films are taken")


async def reached(context: "Context") -> Check:
    """Through the public address, by name and TLS, as others come."""
    from federation.discovery import nodeinfo
    from federation.errors import FederationError

    base, listen = context.settings.base_url, context.settings.listen
    try:
        await nodeinfo(context.client, context.settings.host)
    except FederationError as error:
        remedies = {
            "fetch.connect": f"Start `ordito serve`, and let the proxy pass on to {listen}.",
            "fetch.tls": "Get a certificate for this name (Caddy does by itself), and serve its whole chain.",
            "fetch.timeout": "Open ports 80 and 443 in the firewall, also at the provider.",
        }
        remedy = remedies.get(error.reason, f"See that the proxy passes everything on to {listen}, and the log.")
        if "421" in str(error):
            remedy = "The proxy must pass on the header Host as it came (nginx: proxy_set_header Host $host;)."
        return Check("tls", "wrong", f"{base} does not answer rightly: {error}", remedy)
    if base.startswith("http://"):
        return Check("tls", "note", f"{base} answers, without TLS", "Only for trying it out on this machine.")
    return Check("tls", "ok", f"{base} answers, and its certificate is good")


async def proxy(context: "Context") -> Check:
    """The headers that ActivityPub lives on get through: Accept in, Content-Type out, the path unchanged."""
    from federation.errors import FederationError

    actor = f"{context.settings.base_url}/actor"
    try:
        fetched = await context.client.fetch_object(actor)
    except FederationError as error:
        remedy = "The proxy must pass on the path and the headers Host, Accept, Signature and Digest as they came."
        return Check("proxy", "wrong", f"{actor} is not served rightly: {error}", remedy)
    return Check("proxy", "ok", f"documents come as {fetched.content_type}")


async def webfinger(context: "Context") -> Check:
    from federation import discovery
    from federation.errors import FederationError
    from federation.identifiers import Handle
    from node.services.node_actor import USERNAME

    handle = Handle(USERNAME, context.settings.host)
    remedy = "The proxy must pass on /.well-known/ to Ordito, not answer it by itself."
    try:
        actor = await discovery.resolve(context.client, handle)
    except FederationError as error:
        return Check("webfinger", "wrong", f"{handle} is not found: {error}", remedy)
    if actor != f"{context.settings.base_url}/actor":
        return Check("webfinger", "wrong", f"{handle} leads to {actor}", remedy)
    return Check("webfinger", "ok", f"{handle} is found")
