"""Whether an activity that a group passes on is genuine: the one rule for relays (FEP-1b12, FEP-fe34).

The announcing signer is a group, and the inner activity names it. An inner Create or Update is taken because author,
object and group share an origin, or on a valid proof of its author (FEP-8b32) that was made lately, else its object is
fetched from the author's node: a proof tells what she said, not that she has not edited or deleted it since. For the
other kinds the group's word is enough, so they reach no further than it does: to posts that we hold as its own, to its
own collections, and to who may write in it. Nobody of this node is ever spoken for.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from federation.identifiers import same_origin
from federation.vocabulary import Activity, PostDocument, Reference
from node.database import Transaction
from node.database.tables import Actor, Post
from node.errors import Ignored, Missing, Refused
from node.handlers.integrity import proved
from node.queries import actors as actor_rows, posts as post_rows
from node.queries.visibility import OPEN
from node.services import groups

RELAYED: Final = (
    *("Create", "Update", "Delete", "Like", "Dislike", "EmojiReact", "Undo"),
    *("Add", "Remove", "Lock", "Block", "Flag"),
)
PROVED_FOR: Final = timedelta(days=1)
"""How old a proof may be that makes a fetch needless. Whoever kept a post that was deleted keeps its proof as well."""


async def confirm(tx: Transaction, inner: Activity, group: Actor) -> bool:
    """Whether the embedded document itself may be taken; False: only what was fetched from its origin.

    Raises `Refused` for what this group may not pass on, `Missing` for what has to be fetched first.
    """
    if inner.type not in RELAYED:
        raise Refused("group.kind")
    if inner.type not in {"Create", "Update"}:
        await _check_its_own(tx, inner, group)
        return True
    if not groups.names(group, inner.document) and not await holds(tx, inner, group):
        raise Refused("group.not_addressed")
    target = inner.object
    if not isinstance(target, PostDocument | Reference):
        return same_origin(inner.actor, group.uri)
    if isinstance(target, PostDocument):
        if target.author != inner.actor:
            raise Refused("origin.author")
        if same_origin(target.author, target.id, group.uri) or await proved(tx, inner, PROVED_FOR):
            return True
    await _fetched(tx, inner, target.id, group)
    return False


def acted(inner: Activity) -> Activity:
    """What is done: of an Undo, what it takes back. Raises `Refused` for an activity about any other activity, which
    two readers would read in two ways."""
    done = inner.object if inner.type == "Undo" and isinstance(inner.object, Activity) else inner
    if isinstance(done.object, Activity):
        raise Refused("group.object")
    return done


async def holds(tx: Transaction, inner: Activity, group: Actor) -> bool:
    """Whether it is about, or answers, a post that we hold as the group's (Mastodon's answers name only people)."""
    done = acted(inner)
    target = done.object
    about = {done.object_id, target.in_reply_to if isinstance(target, PostDocument) else None}
    known = await post_rows.by_uris(tx, (uri for uri in about if uri is not None))
    return any(post.group_id == group.id for post in known.values())


def in_its_own_house(inner: Activity, group: Actor) -> bool:
    """Whether it changes a collection of the group, or who may write in it."""
    own = {group.uri, group.moderators_uri, group.featured_uri} - {None}
    done = acted(inner)
    return done.type in {"Add", "Remove", "Block"} and done.target in own


async def _check_its_own(tx: Transaction, inner: Activity, group: Actor) -> None:
    """A group's word counts for what is its own alone, whatever the activity says that it is addressed to."""
    done = acted(inner)
    if done.type not in RELAYED:
        raise Refused("group.kind")
    if in_its_own_house(inner, group) and done.target != group.featured_uri:
        return
    named = {*done.objects, done.object_id, inner.object_id} - {None}  # of an Undo: what it takes back, by its id too
    about = [await _post_about(tx, str(uri)) for uri in named]
    known = [post for post in about if post is not None]
    if not known:
        raise Ignored("object.unknown")
    if any(post.group_id != group.id for post in known) or not await _by_their_authors(tx, named, known):
        raise Refused("group.not_its_post")


async def _by_their_authors(tx: Transaction, named: Iterable[str | None], known: Iterable[Post]) -> bool:
    """Whether whatever accounts are named wrote these posts: a Flag lists both."""
    accounts = await actor_rows.by_uris(tx, (uri for uri in named if uri is not None))
    return {account.id for account in accounts.values()} <= {post.author_id for post in known}


async def _post_about(tx: Transaction, uri: str) -> Post | None:
    """The post at this id, or the one that the reaction with this id is to: an Undo may name no more."""
    post = await post_rows.by_uri(tx, uri)
    reaction = await post_rows.reaction_by_uri(tx, uri) if post is None else None
    return await post_rows.by_id(tx, reaction.post_id) if reaction is not None else post


async def _fetched(tx: Transaction, inner: Activity, uri: str, group: Actor) -> None:
    """A known post stands for its Create; an Update is read anew from its origin, if it is one of the group's: nobody
    else can make us ask for what we hold."""
    known = await post_rows.by_uri(tx, uri)
    if known is not None and (known.visibility not in OPEN or known.group_id not in {None, group.id}):
        raise Refused("group.not_its_post")
    if uri not in tx.tried and (inner.type == "Update" or known is None):
        raise Missing(uri)
