"""What this node's actors have said, as it was sent: activities by address, and those that outboxes list."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from node.database import Transaction, ids
from node.database.tables import Actor, OwnActivity, Post
from node.queries.visibility import listed, visible_to


async def public(tx: Transaction, uri: str) -> OwnActivity | None:
    """An activity that was addressed to everybody."""
    found: OwnActivity | None = await tx.one(
        select(OwnActivity).where(OwnActivity.uri == uri, OwnActivity.public.is_(True)).order_by(OwnActivity.id)
    )
    return found


async def said_about(tx: Transaction, kind: str, about: str, since: datetime, most: int) -> int:
    """How many activities of this type anybody of this node has made about this since then, `most` at most."""
    said = select(OwnActivity.id).where(
        OwnActivity.object_uri == about,
        OwnActivity.type == kind,
        OwnActivity.id > ids.before(tx.new_id(), tx.now - since),
    )
    return len(await tx.all(said.limit(most)))


async def total(tx: Transaction, author: Actor) -> int:
    """How many posts and boosts everybody may see in a list."""
    statement = select(func.count()).select_from(Post).where(Post.author_id == author.id, listed(), visible_to(None))
    return int(await tx.one(statement))


async def creates(tx: Transaction, author: Actor, posts: Sequence[Post]) -> dict[str, str]:
    """The Create of each of an author's posts, by the post's address."""
    uris = {f"{post.uri}#create": post.uri for post in posts}
    if not uris:
        return {}
    statement = select(OwnActivity.uri, OwnActivity.document).where(
        OwnActivity.uri.in_(uris), OwnActivity.actor_id == author.id, OwnActivity.public.is_(True)
    )
    return {uris[uri]: document for uri, document in await tx.rows(statement)}


async def first_relays(tx: Transaction, group: Actor, boosts: Sequence[Post], posts: Sequence[Post]) -> dict[str, str]:
    """What the group passed on first about each post, by the post's address: the Create, where it came to the group
    as an activity. The bare Announces, which are `boosts`, are left out."""
    uris = {post.uri for post in posts}
    if not uris:
        return {}
    first = (
        select(func.min(OwnActivity.id))
        .where(
            OwnActivity.object_uri.in_(uris),
            OwnActivity.uri.not_in([boost.uri for boost in boosts]),
            OwnActivity.actor_id == group.id,
            OwnActivity.type == "Announce",
            OwnActivity.public.is_(True),
        )
        .group_by(OwnActivity.object_uri)
    )
    statement = select(OwnActivity.object_uri, OwnActivity.document).where(OwnActivity.id.in_(first))
    return dict(await tx.rows(statement))
