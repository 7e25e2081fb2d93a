"""To whom a post goes: its addressing, and the inboxes of other nodes that are owed it."""

from dataclasses import dataclass

from federation.addressing import Visibility, address
from node.database import Transaction
from node.database.tables import Actor, Post
from node.queries import actors as actor_rows, follows as follow_rows, posts as post_rows


@dataclass(frozen=True, slots=True)
class Audience:
    to: tuple[str, ...]
    cc: tuple[str, ...]
    audience: str | None
    """The group's id (FEP-1b12)."""
    inboxes: frozenset[str]
    """Of other nodes, collapsed to shared inboxes."""


async def of(tx: Transaction, post: Post) -> Audience:
    """A group post goes to the group and those it mentions, not to its author's followers."""
    author = await actor_rows.known(tx, post.author_id)
    group = await actor_rows.by_id(tx, post.group_id) if post.group_id else None
    mentioned = await post_rows.mentioned(tx, post.id)
    addressed = address(
        Visibility(post.visibility),
        author_followers=author.followers_uri,
        mentions=[actor.uri for actor in mentioned],
        group=group.uri if group else None,
        group_followers=group.followers_uri if group else None,
    )
    inboxes = {actor.delivery_inbox for actor in mentioned if not actor.is_local and actor.suspended_at is None}
    if group is not None and not group.is_local:
        inboxes.add(group.delivery_inbox)
    if group is None and post.visibility != Visibility.DIRECT:
        inboxes |= await followers_inboxes(tx, author)
    return Audience(addressed.to, addressed.cc, next(iter(addressed.audience), None), frozenset(inboxes))


async def followers_inboxes(tx: Transaction, actor: Actor) -> set[str]:
    """The shared inboxes, or own ones where a host has none, of an actor's followers elsewhere."""
    return {shared or inbox for inbox, shared in await follow_rows.remote_followers(tx, actor.id)}
