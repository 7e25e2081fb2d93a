"""Who may see a post: one clause, for members, visitors and signed peers alike, used by every reader.

| viewer              | public, unlisted | followers | members          | direct |
|---------------------|------------------|-----------|------------------|--------|
| author              | yes              | yes       | yes              | yes    |
| mentioned           | yes              | yes       | only as member   | yes    |
| accepted follower   | yes              | yes       | only as member   | no     |
| member of its group | yes              | as others | yes              | no     |
| anybody else        | yes              | no        | no               | no     |
| blocked by author   | no               | no        | no               | no     |
| blocks the author   | no               | no        | no               | no     |

Deleted posts, and posts of authors who are suspended or deleted or whose server this node has blocked, are seen by
nobody; the answers to them stay. What a moderator removed from its group is seen by its author alone; what the group
elsewhere that it was written to did not take, by her and whom it mentions. A reblog shows no more than its original.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import aliased

from federation.addressing import Visibility
from node.database.tables import Actor, Block, Follow, Mention, Post

OPEN = (Visibility.PUBLIC, Visibility.UNLISTED)
_ORIGINAL: Final = aliased(Post)
_AUTHOR: Final = aliased(Actor)
"""Made once: an alias costs SQLAlchemy as much as the rest of the clause. Each stands in a subquery of its own."""


def visible_to(viewer: Actor | None, post: Any = Post) -> ColumnElement[bool]:
    """The clause over `post` (the table or an alias of it)."""
    return visible_to_one(None if viewer is None else viewer.id, post)


def visible_to_one(viewer_id: Any, post: Any = Post) -> ColumnElement[bool]:
    """The same by the viewer's id; by a parameter that stands for it, in a statement that is made once; or by a column,
    for many viewers at once."""
    original = select(_ORIGINAL.id).where(_ORIGINAL.id == post.reblog_of_id, _open_to(viewer_id, _ORIGINAL))
    reblogged = exists(original.correlate_except(_ORIGINAL))
    return _open_to(viewer_id, post) & or_(post.reblog_of_id.is_(None), reblogged)


def visible_with(viewer_id: Any, post: Any, original: Any) -> ColumnElement[bool]:
    """The same where what a reblog shows is joined to it (outer) as `original`."""
    return _open_to(viewer_id, post) & or_(post.reblog_of_id.is_(None), _open_to(viewer_id, original))


def listed(post: Any = Post) -> ColumnElement[bool]:
    """What may stand in a list that its author did not address: public posts."""
    clause: ColumnElement[bool] = post.visibility == Visibility.PUBLIC
    return clause


def _open_to(viewer_id: Any, post: Any) -> ColumnElement[bool]:
    author_stands = exists(
        select(_AUTHOR.id)
        .where(_AUTHOR.id == post.author_id, _AUTHOR.suspended_at.is_(None), _AUTHOR.deleted_at.is_(None))
        .where(_AUTHOR.host_blocked_at.is_(None))
        .correlate_except(_AUTHOR)
    )
    stands: ColumnElement[bool] = post.deleted_at.is_(None) & author_stands
    if viewer_id is None:
        standing = stands & post.removed_at.is_(None) & post.refused_at.is_(None)
        anybody: ColumnElement[bool] = standing & post.visibility.in_(OPEN)
        return anybody
    own = post.author_id == viewer_id
    by_visibility = or_(
        post.visibility.in_(OPEN),
        post.visibility.in_((Visibility.FOLLOWERS, Visibility.DIRECT)) & _mentioned(viewer_id, post),
        (post.visibility == Visibility.FOLLOWERS) & _accepted(viewer_id, post.author_id),
        (post.visibility == Visibility.MEMBERS) & _accepted(viewer_id, post.group_id),
    )
    taken = post.refused_at.is_(None) | _mentioned(viewer_id, post)
    apart = _blocks(post.author_id, viewer_id) | _blocks(viewer_id, post.author_id)
    others = post.removed_at.is_(None) & taken & ~apart & by_visibility
    clause: ColumnElement[bool] = stands & or_(own, others)
    return clause


def _mentioned(viewer_id: Any, post: Any) -> ColumnElement[bool]:
    mention = select(Mention.id).where(Mention.post_id == post.id, Mention.actor_id == viewer_id)
    return exists(mention.correlate_except(Mention))


def _accepted(viewer_id: Any, target: Any) -> ColumnElement[bool]:
    return exists(
        select(Follow.id)
        .where(Follow.follower_id == viewer_id, Follow.target_id == target, Follow.accepted_at.is_not(None))
        .correlate_except(Follow)
    )


def _blocks(one: Any, other: Any) -> ColumnElement[bool]:
    return exists(select(Block.id).where(Block.actor_id == one, Block.target_id == other).correlate_except(Block))
