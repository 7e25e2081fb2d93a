"""Lists of posts for apps beside home: public, hashtags, one account, accounts read apart, direct, by their ids.

Each statement is made once for what is asked of it, with parameters for who reads and which part.
"""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, and_, bindparam, func, or_, select, type_coerce
from sqlalchemy.orm import aliased

from federation.addressing import Visibility
from node.database import Transaction
from node.database.columns import BigId
from node.database.tables import Actor, Follow, ListMember, Mention, Pin, Post, PostTag
from node.queries.unwanted import VIEWER, unread
from node.queries.visibility import listed, visible_to_one, visible_with
from node.queries.windows import Page, posts, posts_of_many, windowed

_ORIGINAL: Final = aliased(Post)
_PARENT: Final = aliased(Post)
_KINDS: Final = ("image", "gifv", "video", "audio")
REPLIES: Final = ("followed", "list", "none")
"""What a list says of answers."""


def _columns() -> Select[Any]:
    return select(*Post.__table__.columns)


def _bound(tx: Transaction, viewer: Actor | None, **more: Any) -> dict[str, Any]:
    return more if viewer is None else {"viewer": viewer.id, "now": tx.now, **more}


def _seen(*, signed_in: bool) -> ColumnElement[bool]:
    return visible_to_one(VIEWER if signed_in else None)


def has_media(post: Any = Post) -> ColumnElement[bool]:
    """Files, not links alone; they are kept as JSON."""
    return or_(*(type_coerce(post.attachments, Text).like(f'%"type":"{kind}"%') for kind in _KINDS))


def shows_media(post: Post) -> bool:
    """The same of one at hand."""
    return any(item.get("type") in _KINDS for item in post.attachments)


@cache
def _public(*, signed_in: bool, upwards: bool, local: bool, remote: bool, only_media: bool) -> Any:
    people = select(Actor.id).where(Actor.host.is_(None))
    statement = _columns().where(Post.reblog_of_id.is_(None), Post.in_reply_to_uri.is_(None), listed())
    statement = statement.where(_seen(signed_in=signed_in))
    if local:
        statement = statement.where(Post.author_id.in_(people))
    if remote:
        statement = statement.where(Post.author_id.not_in(people))
    if only_media:
        statement = statement.where(has_media())
    if signed_in:
        statement = statement.where(~unread(Post.author_id))
    return windowed(statement, upwards=upwards)


async def public(
    tx: Transaction,
    viewer: Actor | None,
    page: Page,
    *,
    local: bool = False,
    remote: bool = False,
    only_media: bool = False,
) -> Sequence[Post]:
    """What opens a thread and is for everybody."""
    statement = _public(
        signed_in=viewer is not None, upwards=page.upwards, local=local, remote=remote, only_media=only_media
    )
    return await posts_of_many(tx, statement, page, **_bound(tx, viewer))


@cache
def _tagged(*, signed_in: bool, upwards: bool, every: int, none: bool, local: bool, only_media: bool) -> Any:
    """With one of `names` and each of `every` more."""
    among: Any = bindparam("names", expanding=True)
    statement = _columns().where(Post.id.in_(_with(PostTag.name.in_(among))), Post.reblog_of_id.is_(None), listed())
    for place in range(every):
        statement = statement.where(Post.id.in_(_with(PostTag.name == bindparam(f"also{place}", type_=Text))))
    if none:
        statement = statement.where(Post.id.not_in(_with(PostTag.name.in_(bindparam("none", expanding=True)))))
    if local:
        statement = statement.where(Post.author_id.in_(select(Actor.id).where(Actor.host.is_(None))))
    if only_media:
        statement = statement.where(has_media())
    if signed_in:
        statement = statement.where(~unread(Post.author_id))
    return windowed(statement.where(_seen(signed_in=signed_in)), upwards=upwards)


def _with(named: ColumnElement[bool]) -> Select[Any]:
    return select(PostTag.post_id).where(named)


async def tagged(
    tx: Transaction,
    viewer: Actor | None,
    page: Page,
    names: Collection[str],
    *,
    every: Sequence[str] = (),
    none: Collection[str] = (),
    local: bool = False,
    only_media: bool = False,
) -> Sequence[Post]:
    """Public posts with one of these hashtags, casefolded and without their sign, with all of `every`, without any of
    `none`."""
    flags = {"none": bool(none), "local": local, "only_media": only_media}
    statement = _tagged(signed_in=viewer is not None, upwards=page.upwards, every=len(every), **flags)
    bound = _bound(tx, viewer, names=list(names), **{f"also{place}": name for place, name in enumerate(every)})
    return await posts_of_many(tx, statement, page, **bound, **({"none": list(none)} if none else {}))


@cache
def _of_one(*, signed_in: bool, upwards: bool, replies: bool, reblogs: bool, only_media: bool, tagged: bool) -> Any:
    """Without her answers to others, as Mastodon has it: those to herself go on with what she wrote."""
    statement = _columns().where(Post.author_id == bindparam("author", type_=BigId), _seen(signed_in=signed_in))
    if not replies:
        own = select(_PARENT.id).where(_PARENT.id == Post.in_reply_to_id, _PARENT.author_id == Post.author_id)
        statement = statement.where(or_(Post.in_reply_to_uri.is_(None), own.exists()))
    if not reblogs:
        statement = statement.where(Post.reblog_of_id.is_(None))
    if only_media:
        statement = statement.where(has_media())
    if tagged:
        shown = func.coalesce(Post.reblog_of_id, Post.id)
        statement = statement.where(shown.in_(_with(PostTag.name == bindparam("tag", type_=Text))))
    if not signed_in:
        statement = statement.where(Post.visibility != Visibility.DIRECT)
    return windowed(statement, upwards=upwards)


async def of_account(
    tx: Transaction,
    author: Actor,
    viewer: Actor | None,
    page: Page,
    *,
    replies: bool = True,
    reblogs: bool = True,
    only_media: bool = False,
    tag: str | None = None,
) -> Sequence[Post]:
    """What one account wrote and passed on; of a group what it passed on."""
    flags = {"replies": replies, "reblogs": reblogs, "only_media": only_media, "tagged": tag is not None}
    statement = _of_one(signed_in=viewer is not None, upwards=page.upwards, **flags)
    return await posts(tx, statement, page, **_bound(tx, viewer, author=author.id, **({"tag": tag} if tag else {})))


async def pinned(tx: Transaction, author: Actor, viewer: Actor | None) -> Sequence[Post]:
    """What it shows first; of a group what its moderators have put there, answers too."""
    statement = select(Post).join(Pin, Pin.post_id == Post.id).where(Pin.actor_id == author.id)
    seen = visible_to_one(None if viewer is None else viewer.id)
    return await tx.all(statement.where(seen).order_by(Pin.id.desc()))


@cache
def _of_list(*, upwards: bool, replies: str) -> Any:
    return windowed(in_list(_columns(), replies), upwards=upwards)


def in_list(posts: Any, replies: str) -> Any:
    """Of posts those that stand in a list. `replies`, as it says: whose answers stand in it beside those to oneself. To
    anybody whom she follows, to those in the list, or none."""
    member = select(ListMember.actor_id).where(ListMember.list_id == bindparam("list", type_=BigId))
    followed = select(Follow.target_id).where(Follow.follower_id == VIEWER, Follow.accepted_at.is_not(None))
    answered = [_PARENT.author_id == Post.author_id]
    if replies == "list":
        answered += [_PARENT.author_id.in_(member), _PARENT.author_id == VIEWER]
    if replies == "followed":
        answered += [_PARENT.author_id.in_(followed), _PARENT.author_id == VIEWER]
    return (
        posts.outerjoin(_ORIGINAL, _ORIGINAL.id == Post.reblog_of_id)
        .outerjoin(_PARENT, _PARENT.id == Post.in_reply_to_id)
        .where(Post.author_id.in_(member), visible_with(VIEWER, Post, _ORIGINAL))
        .where(or_(Post.in_reply_to_uri.is_(None), and_(Post.group_id.is_(None), or_(*answered))))
        .where(~unread(Post.author_id), or_(Post.reblog_of_id.is_(None), ~unread(_ORIGINAL.author_id)))
    )


async def of_list(tx: Transaction, viewer: Actor, list_id: int, replies: str, page: Page) -> Sequence[Post]:
    """What those in a list of hers wrote and passed on."""
    statement = _of_list(upwards=page.upwards, replies=replies)
    return await posts_of_many(tx, statement, page, **_bound(tx, viewer, list=list_id))


@cache
def _direct(*, upwards: bool) -> Any:
    named = select(Mention.post_id).where(Mention.actor_id == VIEWER)
    hers = or_(Post.author_id == VIEWER, Post.id.in_(named))
    statement = _columns().where(Post.visibility == Visibility.DIRECT, hers, visible_to_one(VIEWER))
    return windowed(statement, upwards=upwards)


async def direct(tx: Transaction, viewer: Actor, page: Page) -> Sequence[Post]:
    """Direct posts that she wrote or got."""
    return await posts_of_many(tx, _direct(upwards=page.upwards), page, **_bound(tx, viewer))


@cache
def _these(*, signed_in: bool, upwards: bool) -> Any:
    statement = _columns().where(Post.id.in_(bindparam("ids", expanding=True)), listed(), _seen(signed_in=signed_in))
    return windowed(statement.where(~unread(Post.author_id)) if signed_in else statement, upwards=upwards)


async def these(tx: Transaction, viewer: Actor | None, page: Page, ids: Collection[int]) -> Sequence[Post]:
    """Those of these posts that are public."""
    statement = _these(signed_in=viewer is not None, upwards=page.upwards)
    return await posts(tx, statement, page, **_bound(tx, viewer, ids=list(ids)))


async def ranked(tx: Transaction, viewer: Actor | None, ids: Sequence[int]) -> list[Post]:
    """The same in the order of the ids."""
    found = {post.id: post for post in await these(tx, viewer, Page(len(ids)), ids)} if ids else {}
    return [found[post_id] for post_id in ids if post_id in found]
