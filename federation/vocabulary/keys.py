"""The public keys in an actor's document that are the actor's own: for HTTP signatures, and for proofs (FEP-521a)."""

from collections.abc import Iterator
from typing import Any

from federation.identifiers import ActorId, key_id, same_origin
from federation.vocabulary import limits
from federation.vocabulary.properties import id_of, items, prop, uri
from federation.vocabulary.values import Document, PublicKey


def keys(document: Document, actor: ActorId) -> tuple[PublicKey, ...]:
    """A key given by id alone, one of another owner, one that lives on another host, and whatever else has the id of an
    earlier one are left out."""
    signing = _keys(document.get("publicKey"), actor, assertion=False)
    asserting = _keys(prop(document, "assertionMethod"), actor, assertion=True)
    listed: dict[str, PublicKey] = {}
    for key in (*signing, *asserting):
        listed.setdefault(key.id, key)
    return tuple(listed.values())


def _keys(value: Any, actor: ActorId, *, assertion: bool) -> Iterator[PublicKey]:
    for entry in items(value)[: limits.KEYS]:
        if not isinstance(entry, dict):
            continue
        identity = uri(id_of(entry), fragment=True)
        owner = uri(id_of(prop(entry, "owner")) or id_of(prop(entry, "controller")))
        material = prop(entry, "publicKeyPem") or prop(entry, "publicKeyMultibase")
        if identity is None or owner != actor or not same_origin(identity, actor):
            continue
        if isinstance(material, str) and len(material) <= limits.KEY_CHARACTERS:
            yield PublicKey(key_id(identity), actor, material, assertion)
