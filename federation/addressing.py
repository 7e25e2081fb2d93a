"""Who a post is for: read from its `to`, `cc` and `audience`, and written into them.

Reading follows what is deployed: Public in `to` is public, in `cc` unlisted; the author's followers collection anywhere
is followers only; what names neither is direct, wherever the names stand (Takahe's direct messages have only `cc`).
Writing into a group follows FEP-1b12: the group in `to` and in `audience`, and not the author's followers.
"""

from collections.abc import Sequence, Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from federation.identifiers import PUBLIC


class Visibility(StrEnum):
    PUBLIC = "public"
    UNLISTED = "unlisted"
    """Readable by everybody, listed nowhere."""
    FOLLOWERS = "followers"
    MEMBERS = "members"
    """The members of the group that it is posted in, and nobody else."""
    DIRECT = "direct"


_WIDTH: Final = (Visibility.DIRECT, Visibility.MEMBERS, Visibility.FOLLOWERS, Visibility.UNLISTED, Visibility.PUBLIC)


@dataclass(frozen=True, slots=True)
class Addressed:
    to: tuple[str, ...]
    cc: tuple[str, ...]
    audience: tuple[str, ...]


def visibility(
    to: Sequence[str], cc: Sequence[str], followers_uri: str | None, group_followers: AbstractSet[str] = frozenset()
) -> Visibility:
    """`followers_uri` is the author's; `group_followers` are the collections of members of the groups addressed.

    Members come before followers: a group's rule on who may read binds more closely than its author's habit.
    """
    if PUBLIC in to:
        return Visibility.PUBLIC
    if PUBLIC in cc:
        return Visibility.UNLISTED
    named = {*to, *cc}
    if named & group_followers:
        return Visibility.MEMBERS
    return Visibility.FOLLOWERS if followers_uri in named else Visibility.DIRECT


def narrower(one: Visibility, other: Visibility) -> Visibility:
    """The one that fewer may read."""
    return min(one, other, key=_WIDTH.index)


def is_public(to: Sequence[str], cc: Sequence[str]) -> bool:
    """Whether everybody may read it, listed or not."""
    return PUBLIC in to or PUBLIC in cc


def recipients(to: Sequence[str], cc: Sequence[str], audience: Sequence[str] = ()) -> tuple[str, ...]:
    """Everybody named, each once, without the Public collection: actors, and collections of them."""
    return tuple(name for name in dict.fromkeys((*to, *cc, *audience)) if name != PUBLIC)


def group_candidates(to: Sequence[str], cc: Sequence[str], audience: Sequence[str]) -> tuple[str, ...]:
    """Who may be the group of a post, most likely first: `audience` names it, Mastodon has it in `to` or `cc`."""
    return recipients(audience, to, cc)


def address(
    visibility: Visibility,
    author_followers: str | None,
    mentions: Sequence[str] = (),
    group: str | None = None,
    group_followers: str | None = None,
) -> Addressed:
    """The recipients of a new post. A direct one to a group is a message to its moderators, so it has no `audience`.

    Raises `ValueError` for what would reach somebody else: followers only into a group, members without one.
    """
    people = tuple(dict.fromkeys(name for name in mentions if name != group))
    if group is not None:
        return _into_group(visibility, group, group_followers, people)
    followers = () if author_followers is None else (author_followers,)
    match visibility:
        case Visibility.PUBLIC:
            return Addressed((PUBLIC,), (*followers, *people), ())
        case Visibility.UNLISTED:
            return Addressed(followers, (PUBLIC, *people), ())
        case Visibility.FOLLOWERS:
            return Addressed(followers, people, ())
        case Visibility.DIRECT:
            return Addressed(people, (), ())
        case Visibility.MEMBERS:
            raise ValueError("a post for members needs a group")


def _into_group(visibility: Visibility, group: str, members: str | None, people: tuple[str, ...]) -> Addressed:
    match visibility:
        case Visibility.PUBLIC:
            return Addressed((group, PUBLIC), people, (group,))
        case Visibility.UNLISTED:
            return Addressed((group,), (PUBLIC, *people), (group,))
        case Visibility.MEMBERS if members is not None:
            return Addressed((group, members), people, (group,))
        case Visibility.DIRECT:
            return Addressed((group, *people), (), ())
        case _:
            raise ValueError(f"a post for {visibility} cannot go into this group")
