"""What an actor of this node says: sealed with its proof, and owed to inboxes, in the caller's transaction."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final, cast

import orjson

from federation import keys, proofs
from federation.identifiers import PUBLIC_FORMS, key_id, same_origin
from federation.vocabulary import Document
from node.database import Transaction
from node.database.memory import UNKNOWN
from node.database.tables import Actor
from node.queries import actors as actor_rows, deliveries, follows as follow_rows

_STILL_SENT: Final = frozenset({"Accept", "Reject", "Delete", "Undo", "Block"})
"""What answers her, or takes back what she was sent before."""
_SIGNING_KEY: Final = "outbox.key"


async def seal(tx: Transaction, actor: Actor, activity: Document) -> Document:
    """The activity with its actor's proof (FEP-8b32): a relay can pass it on, and nobody can change it."""
    key = await _signing_key(tx, actor)
    method = key_id(f"{actor.uri}#ed25519-key")
    return proofs.add_proof(activity, key=key, verification_method=method, created=tx.now)


async def _signing_key(tx: Transaction, actor: Actor) -> keys.PrivateKey:
    """Opened once for all that an actor says in one transaction: a group answers many at once."""
    known = tx.memory.get(_SIGNING_KEY, actor.id)
    if known is UNKNOWN:
        secret = await actor_rows.secret(tx, actor.id)
        known = keys.load_private_key(tx.vault.open(secret.ed25519))
        tx.memory.put(_SIGNING_KEY, actor.id, known)
    return cast("keys.PrivateKey", known)


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


async def withdraw(tx: Transaction, sender: Actor, leaver: Actor, *, named: bool = False) -> None:
    """What `sender` still owes the inbox of somebody who left, unless other followers share it.

    What names people of her host is left, but with `named`, for a block, what names her alone goes too.
    """
    if leaver.is_local or not sender.is_local:
        return
    shared = {shared or inbox for inbox, shared in await follow_rows.remote_followers(tx, sender.id)}
    allowed = {leaver.uri} if named else set()
    gone = []
    for delivery_id, text in await deliveries.owed_to(tx, sender.id, leaver.delivery_inbox):
        document = orjson.loads(text)
        people = _people_of(document, leaver)
        for_others = leaver.delivery_inbox in shared and not people
        if people <= allowed and not for_others and _STILL_SENT.isdisjoint(_types(document)):
            gone.append(delivery_id)
    await deliveries.drop(tx, gone)


async def withdraw_all(tx: Transaction, leaver: Actor) -> None:
    """The same for what anybody of this node still owes somebody elsewhere whom the node bears no more."""
    for sender in await deliveries.owing(tx, leaver.delivery_inbox):
        await withdraw(tx, sender, leaver, named=True)


def _people_of(activity: Document, somebody: Actor) -> set[str]:
    """Whom the activity names on somebody's host."""
    named = (*activity.get("to", ()), *activity.get("cc", ()))
    return {uri for uri in named if uri not in PUBLIC_FORMS and same_origin(uri, somebody.uri)}


def _types(activity: Document) -> set[str]:
    """Of the activity and of the one that it relays."""
    inner: Any = activity.get("object")
    return {activity["type"], *([inner["type"]] if isinstance(inner, dict) and "type" in inner else [])}


def _is_public(activity: Document) -> bool:
    return not PUBLIC_FORMS.isdisjoint([*activity.get("to", ()), *activity.get("cc", ())])
