"""Whom somebody does not want to read, as parts of other statements. In those that are made once `viewer` and `now` are
parameters. Blocks are none of these: nobody sees what somebody wrote whom she blocks (`visibility`).
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, exists, or_, select
from sqlalchemy.orm import aliased

from node.database.columns import BigId, Moment
from node.database.tables import Actor, ListMember, Mute, MutedHost, PersonalList

VIEWER: Final = bindparam("viewer", type_=BigId)
NOW: Final = bindparam("now", type_=Moment)
_OF_HOST: Final = aliased(Actor)


def lasts(now: Any = NOW) -> ColumnElement[bool]:
    """Of a mute: it has not ended."""
    return or_(Mute.until.is_(None), Mute.until > now)


def muted(author_id: Any, viewer_id: Any = VIEWER, now: Any = NOW) -> ColumnElement[bool]:
    """By herself, until some time or for good."""
    return exists(_mutes(author_id, viewer_id, now))


def _mutes(author_id: Any, viewer_id: Any, now: Any) -> Select[int]:
    return select(Mute.id).where(Mute.actor_id == viewer_id, Mute.target_id == author_id, lasts(now))


def of_muted_host(author_id: Any, viewer_id: Any = VIEWER) -> ColumnElement[bool]:
    muted_hosts = select(MutedHost.id).join(_OF_HOST, _OF_HOST.host == MutedHost.host)
    return exists(muted_hosts.where(MutedHost.actor_id == viewer_id, _OF_HOST.id == author_id))


def read_apart(author_id: Any) -> ColumnElement[bool]:
    """In a list that keeps them out of home."""
    lists = select(ListMember.id).join(PersonalList, PersonalList.id == ListMember.list_id)
    exclusive = PersonalList.actor_id == VIEWER, PersonalList.exclusive.is_(True)
    return exists(lists.where(ListMember.actor_id == author_id, *exclusive))


def unread(author_id: Any, viewer_id: Any = VIEWER, now: Any = NOW) -> ColumnElement[bool]:
    """What they wrote she reads nowhere but on their own pages."""
    return or_(muted(author_id, viewer_id, now), of_muted_host(author_id, viewer_id))


def unheard(sender_id: Any, viewer_id: Any, now: Any) -> ColumnElement[bool]:
    """She is told nothing of them either."""
    told_nothing = _mutes(sender_id, viewer_id, now).where(Mute.notifications.is_(True))
    return or_(exists(told_nothing), of_muted_host(sender_id, viewer_id))
