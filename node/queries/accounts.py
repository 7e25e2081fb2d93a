"""Which accounts somebody may know of, and which she finds by a part of their name.

Whoever has the address of an account finds it, unless that is a hidden group that she is not in. By a part of the name
are found those who want that, public groups, and whom she has to do with: whom she follows, who follows her, who writes
in her groups. The node's own account is nobody.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, case, exists, false, func, or_, select

from node.database import Transaction
from node.database.tables import Actor, Follow, Group, Post
from node.errors import NotFound
from node.queries import actors as actor_rows, groups as group_rows
from node.queries.account_lists import not_apart, standing


async def known_to(tx: Transaction, viewer: Actor | None, actor_id: int) -> Actor:
    """Raises `NotFound`."""
    actor = await actor_rows.by_id(tx, actor_id)
    if actor is None or actor.type == "Application":
        raise NotFound("That account is not there.")
    if actor.is_group and actor.is_local:
        await group_rows.visible(tx, actor, viewer)
    return actor


async def whose_follows_may_be_read(tx: Transaction, viewer: Actor | None, actor_id: int) -> Actor | None:
    """The account, if whom it follows and who follows it is hers to know: everybody's own is, others' where they show
    it. Who is in a group is told to nobody here. Raises `NotFound`."""
    actor = await known_to(tx, viewer, actor_id)
    own = viewer is not None and viewer.id == actor.id
    shown = actor.shows_follows and not actor.is_group and actor.deleted_at is None and actor.suspended_at is None
    return actor if own or shown else None


async def all_known_to(tx: Transaction, viewer: Actor | None, actor_ids: Iterable[int]) -> list[Actor]:
    """In the order of the ids; the others are left out."""
    wanted = list(actor_ids)
    named = select(Actor).where(Actor.id.in_(wanted), Actor.type != "Application", ~_closed_to(viewer, "hidden"))
    found = {actor.id: actor for actor in await tx.all(named)}
    return [found[actor_id] for actor_id in wanted if actor_id in found]


def may_be_shown_to(viewer: Actor | None) -> ColumnElement[bool]:
    """What may stand in a list that she did not name herself: no group that is not for everybody, nobody between whom
    and her is a block."""
    closed = _closed_to(viewer, "hidden", "members")
    return standing() & not_apart(viewer) & (Actor.type != "Application") & ~closed


def _closed_to(viewer: Actor | None, *visibilities: str) -> ColumnElement[bool]:
    """A group of such a kind that she is not in."""
    kind = exists(select(Group.id).where(Group.id == Actor.id, Group.visibility.in_(visibilities)).correlate(Actor))
    return kind & ~_followed_by(viewer)


def _followed_by(viewer: Actor | None) -> ColumnElement[bool]:
    if viewer is None:
        return false()
    mine = Follow.follower_id == viewer.id, Follow.target_id == Actor.id, Follow.accepted_at.is_not(None)
    return exists(select(Follow.id).where(*mine).correlate(Actor))


async def search(
    tx: Transaction, viewer: Actor | None, text: str, *, limit: int, offset: int = 0, following: bool = False
) -> Sequence[Actor]:
    """By the beginning of the address or a part of the name: first who has just this name, then whom she follows."""
    wanted = text.strip().lstrip("@!").lower()
    if not wanted:
        return []
    exact = or_(Actor.handle == wanted, Actor.handle == f"{wanted}@{tx.settings.host.lower()}")
    begins = Actor.handle.startswith(wanted, autoescape=True)
    named = or_(begins, *(Actor.name.contains(form, autoescape=True) for form in _forms(text.strip())))
    statement = select(Actor).where(may_be_shown_to(viewer), or_(exact, named & _easily_found_by(viewer)))
    if following:
        statement = statement.where(_followed_by(viewer))
    rank = case((exact, 0), (_followed_by(viewer), 1), (begins, 2), else_=3)
    return await tx.all(statement.order_by(rank, Actor.id).limit(limit).offset(offset))


def _forms(text: str) -> set[str]:
    """How a name may be written: SQLite knows the case of ASCII letters alone."""
    return {text, text.lower(), text.upper(), text.title(), text.capitalize()}


def _easily_found_by(viewer: Actor | None) -> ColumnElement[bool]:
    wants: ColumnElement[bool] = or_(Actor.discoverable.is_(True), Actor.type == "Group")
    if viewer is None:
        return wants
    following_her = Follow.target_id == viewer.id, Follow.follower_id == Actor.id
    follows_her = exists(select(Follow.id).where(*following_her).correlate(Actor))
    groups = select(Follow.target_id).where(Follow.follower_id == viewer.id, Follow.accepted_at.is_not(None))
    written = exists(select(Post.id).where(Post.author_id == Actor.id, Post.group_id.in_(groups)).correlate(Actor))
    return or_(wants, Actor.id == viewer.id, _followed_by(viewer), follows_her, written)


async def suggested(tx: Transaction, viewer: Actor, excluded: ColumnElement[bool], *, limit: int) -> Sequence[Actor]:
    """Public groups, and people who want to be found, whom nothing ties to her yet; `excluded`: who is not to be
    among them. The most followed first; which of them have her languages is for the caller to say."""
    tied = select(Follow.target_id).where(Follow.follower_id == viewer.id)
    wants = or_(Actor.type == "Group", (Actor.type == "Person") & Actor.discoverable.is_(True))
    followers = (
        select(func.count()).where(Follow.target_id == Actor.id, Follow.accepted_at.is_not(None)).correlate(Actor)
    )
    statement = select(Actor).where(may_be_shown_to(viewer), wants, Actor.id != viewer.id, Actor.id.not_in(tied))
    found = statement.where(~excluded, Actor.moved_to.is_(None))
    return await tx.all(found.order_by(followers.scalar_subquery().desc(), Actor.id.desc()).limit(limit))
