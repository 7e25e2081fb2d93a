"""Actors that come to be on this node: their names, addresses and keys."""

from dataclasses import dataclass
from typing import Any

from federation import keys
from node.database import Transaction
from node.database.tables import Actor
from node.errors import Conflict
from node.queries import actors as actor_rows
from node.services import addresses, documents


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Private keys in PEM, made before the transaction: an RSA key takes 100 ms."""

    rsa: str
    ed25519: str

    @classmethod
    def generate(cls) -> "KeyPair":
        return cls(keys.generate_rsa_key().pem(), keys.generate_ed25519_key().pem())


async def require_free(tx: Transaction, name: str) -> None:
    """Raises `Conflict` for a name that somebody here has, and for the node's own in WebFinger: acct:HOST@HOST."""
    if name.lower() == tx.settings.host.lower():
        raise Conflict(f"The name {name} is taken: under the name of its host the node itself is found.", "name")
    if await actor_rows.local(tx, name) is not None:
        raise Conflict(f"The name {name} is taken on this node, by a person or a group.", "name")


async def add_local(tx: Transaction, kind: str, username: str, pair: KeyPair, **values: Any) -> Actor:
    """A Person, Group or Application of this node, with its keys."""
    row = _defaults(tx, kind, username) | values
    actor = await actor_rows.insert_local(tx, row)
    await actor_rows.set_keys(tx, actor, documents.public_keys(actor.uri, pair.rsa, pair.ed25519))
    await actor_rows.insert_secret(tx, actor, rsa=tx.vault.seal(pair.rsa), ed25519=tx.vault.seal(pair.ed25519))
    tx.tell("actors")
    return actor


def _defaults(tx: Transaction, kind: str, name: str) -> dict[str, Any]:
    uri = {
        "Person": addresses.person(tx, name),
        "Group": addresses.group(tx, name),
        "Application": addresses.application(tx),
    }[kind]
    return {
        "id": tx.new_id(),
        "uri": uri,
        "type": kind,
        "username": name,
        "handle": f"{name}@{tx.settings.host}".lower(),
        "name": name,
        "summary": "",
        "url": addresses.page_of(tx, name) if kind != "Application" else f"{tx.settings.base_url}/",
        "inbox": f"{uri}/inbox",
        "shared_inbox": addresses.shared_inbox(tx),
        "outbox": f"{uri}/outbox",
        "followers_uri": f"{uri}/followers",
        "following_uri": f"{uri}/following",
        "featured_uri": f"{uri}/featured",
        "moderators_uri": f"{uri}/moderators" if kind == "Group" else None,
        "locked": kind == "Person",
        "discoverable": False,
        "indexable": False,
        "posting_restricted": False,
        "shows_follows": False,
        "fields": [],
        "languages": [],
        "emojis": [],
        "also_known_as": [],
        "published": tx.now,
        "created_at": tx.now,
    }
