"""Whether an activity that a group passes on is genuine: the one rule for relays (FEP-1b12, FEP-fe34).

The announcing signer is a group, and the inner activity names it. An inner Create or Update is taken because author,
object and group share an origin, or on a valid proof of its author (FEP-8b32), else its object is fetched from the
author's node. The other kinds change little and only what we hold of that group: for them the group's word is enough.
"""

from typing import Final

from federation import keys, proofs
from federation.errors import Unverified
from federation.identifiers import same_origin
from federation.vocabulary import Activity, PostDocument, Reference
from node.database import Transaction
from node.database.tables import Actor
from node.errors import Missing, Refused
from node.queries import actors, posts
from node.services import groups

RELAYED: Final = (
    *("Create", "Update", "Delete", "Like", "Dislike", "EmojiReact", "Undo"),
    *("Add", "Remove", "Lock", "Block", "Flag"),
)


async def confirm(tx: Transaction, inner: Activity, group: Actor) -> bool:
    """Whether the embedded document itself may be taken; False: only what was fetched from its origin.

    Raises `Refused` for what this group may not pass on, `Missing` for what has to be fetched first.
    """
    if inner.type not in RELAYED:
        raise Refused("group.kind")
    if not await _belongs(tx, inner, group):
        raise Refused("group.not_addressed")
    if inner.type not in {"Create", "Update"}:
        await _about_its_own(tx, inner, group)
        return True
    target = inner.object
    if not isinstance(target, PostDocument | Reference):
        return same_origin(inner.actor, group.uri)
    if isinstance(target, PostDocument):
        if target.author != inner.actor:
            raise Refused("origin.author")
        if same_origin(target.author, target.id, group.uri) or await _proved(tx, inner):
            return True
    await _fetched(tx, inner, target.id)
    return False


async def _belongs(tx: Transaction, inner: Activity, group: Actor) -> bool:
    """It names the group, or is about a post that we hold as the group's (Mastodon's answers name only people)."""
    if groups.names(group, inner.document) or inner.target in {group.uri, group.moderators_uri, group.featured_uri}:
        return True
    innermost = inner.object if isinstance(inner.object, Activity) else inner
    if innermost is not inner and groups.names(group, innermost.document):
        return True
    return await holds(tx, inner, group)


async def holds(tx: Transaction, inner: Activity, group: Actor) -> bool:
    """Whether it is about, or answers, a post that we hold as the group's."""
    innermost = inner.object if isinstance(inner.object, Activity) else inner
    target = innermost.object
    about = {innermost.object_id, target.in_reply_to if isinstance(target, PostDocument) else None}
    known = await posts.by_uris(tx, (uri for uri in about if uri is not None))
    return any(post.group_id == group.id for post in known.values())


async def _about_its_own(tx: Transaction, inner: Activity, group: Actor) -> None:
    """A group's word counts for its own posts alone, whatever the activity says that it is addressed to."""
    innermost = inner.object if isinstance(inner.object, Activity) else inner
    post = await posts.by_uri(tx, innermost.object_id) if innermost.object_id else None
    if post is not None and post.group_id != group.id:
        raise Refused("group.not_its_post")


async def _proved(tx: Transaction, inner: Activity) -> bool:
    """Whether the inner activity bears a proof of its actor. A bad one counts as none: relays re-serialise (NodeBB)."""
    method = proofs.verification_method_of(inner.document)
    if method is None:
        return False
    found = await actors.key(tx, method)
    if found is None and inner.actor not in tx.tried:
        raise Missing(inner.actor, "actor")
    if found is None or found[1].uri != inner.actor or not found[0].assertion:
        return False
    try:
        proofs.verify_proof(inner.document, keys.parse_public_key(found[0].material), now=tx.now)
    except Unverified:
        return False
    return True


async def _fetched(tx: Transaction, inner: Activity, uri: str) -> None:
    """A known post stands for its Create; an Update is read anew from its origin."""
    if uri in tx.tried:
        return
    if inner.type == "Update" or await posts.by_uri(tx, uri) is None:
        raise Missing(uri)
