"""Whether an activity bears the proof of its actor (FEP-8b32): what a proof says of whoever handed it on."""

from datetime import timedelta

from federation import keys, proofs
from federation.errors import Unverified
from federation.identifiers import KeyId
from federation.vocabulary import Activity
from node.database import Transaction
from node.errors import Missing, Refused
from node.queries import actors as actor_rows


async def check(tx: Transaction, activity: Activity) -> None:
    """Of what its actor has delivered herself: the proof in it, if there is one, is hers and of this document.

    Raises `Refused` for a wrong one, and `Missing` where her keys have to be read anew before that can be said.
    """
    method = proofs.verification_method_of(activity.document)
    if method is None or await _made(tx, activity, method, within=None):
        return
    if activity.actor not in tx.tried:
        raise Missing(activity.actor, "actor")
    raise Refused("proof.wrong")


async def proved(tx: Transaction, activity: Activity, within: timedelta) -> bool:
    """Whether what somebody else handed on bears a proof of its actor, made no longer ago than `within`.

    A bad one counts as none: relays re-serialise (NodeBB). Raises `Missing` for an actor whose keys are not here.
    """
    method = proofs.verification_method_of(activity.document)
    if method is None:
        return False
    if await actor_rows.key(tx, method) is None and activity.actor not in tx.tried:
        raise Missing(activity.actor, "actor")
    return await _made(tx, activity, method, within=within)


async def _made(tx: Transaction, activity: Activity, method: KeyId, *, within: timedelta | None) -> bool:
    """Whether the proof was made with this key, and the activity's actor, exactly she, lists it to prove with."""
    found = await actor_rows.key(tx, method)
    if found is None or found[1].uri != activity.actor or not found[0].assertion:
        return False
    try:
        key = keys.parse_public_key(found[0].material)
        proofs.verify_proof(activity.document, key, now=tx.now, within=within)
    except Unverified:
        return False
    return True
