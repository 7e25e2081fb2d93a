"""What an actor of this node says: sealed with its proof, and owed to inboxes, in the caller's transaction."""

from collections.abc import Iterable
from datetime import timedelta

import orjson

from federation import keys, proofs
from federation.identifiers import PUBLIC_FORMS, key_id
from federation.vocabulary import Document
from node.database import Transaction
from node.database.tables import Actor
from node.queries import actors, deliveries


async def seal(tx: Transaction, actor: Actor, activity: Document) -> Document:
    """The activity with its actor's proof (FEP-8b32): a relay can pass it on, and nobody can change it."""
    secret = await actors.secret(tx, actor.id)
    key = keys.load_private_key(tx.vault.open(secret.ed25519))
    method = key_id(f"{actor.uri}#ed25519-key")
    return proofs.add_proof(activity, key=key, verification_method=method, created=tx.now)


async def owe(
    tx: Transaction,
    actor: Actor,
    activity: Document,
    inboxes: Iterable[str],
    *,
    about: str,
    after: timedelta = timedelta(),
    ready: bool = False,
) -> Document:
    """Seals the activity, keeps it and owes it to the inboxes; what was sealed already (`ready`) is taken as it is.

    `about` is the id of what it speaks of: a Delete finds by it where to go.
    """
    sealed = activity if ready else await seal(tx, actor, activity)
    values = {
        "uri": sealed["id"],
        "actor_id": actor.id,
        "type": sealed["type"],
        "object_uri": about,
        "public": _is_public(sealed),
        "document": orjson.dumps(sealed).decode(),
    }
    activity_id = await deliveries.add_activity(tx, values)
    await deliveries.owe(tx, activity_id, actor.id, inboxes, tx.now + after)
    return sealed


def _is_public(activity: Document) -> bool:
    return not PUBLIC_FORMS.isdisjoint([*activity.get("to", ()), *activity.get("cc", ())])
