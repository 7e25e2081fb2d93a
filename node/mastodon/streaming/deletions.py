"""Tells of posts that are gone: to those who may have been shown them, by the bare id."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from federation.addressing import Visibility
from node.database import Transaction
from node.database.tables import Post
from node.events import Change
from node.mastodon.streaming.audience import Audience
from node.mastodon.streaming.connections import Message
from node.queries import posts as post_rows, streams as stream_rows


@dataclass(frozen=True, slots=True)
class _Gone:
    """`row`: what is left of it, nothing of a boost that was taken back."""

    id: int
    author_id: int
    named: frozenset[int]
    row: Post | None

    @property
    def was_public(self) -> bool:
        return self.row is not None and self.row.visibility == Visibility.PUBLIC and self.row.reblog_of_id is None

    @property
    def was_direct(self) -> bool:
        return self.row is not None and self.row.visibility == Visibility.DIRECT


async def tell(tx: Transaction, audience: Audience, changes: Iterable[Change]) -> None:
    """Whoever sees it still, as its author does what a moderator took out of a group, is told nothing."""
    named = {change.id: change for change in changes if change.kind == "deletion" and change.people}
    if not named:
        return
    gone = await _gone(tx, list(named.values()))
    ids, authors = {one.id for one in gone}, {one.author_id for one in gone}
    readers = audience.viewers("user", "list", "public", "hashtag")
    follows = await stream_rows.who_follow(tx, authors, readers)
    listed = await stream_rows.lists_with(tx, audience.list_ids, authors)
    seen = await stream_rows.who_see(tx, ids, readers)
    for one in gone:
        message = Message("delete", str(one.id))
        for connection, stream in audience.of("user", "list", "public", "hashtag"):
            viewer_id = connection.viewer_id
            if stream.family == "user":
                concerned = viewer_id in one.named or ((viewer_id, one.author_id) in follows and not one.was_direct)
            elif stream.family == "list":
                concerned = (stream.list_id, one.author_id) in listed and not one.was_direct
            else:
                concerned = one.was_public
            if concerned and (viewer_id, one.id) not in seen:
                connection.tell(message, stream)


async def _gone(tx: Transaction, changes: Sequence[Change]) -> list[_Gone]:
    """Those named; and what a moderator took out of a group is gone from homes under the id of the group's boost."""
    rows = await post_rows.by_ids(tx, [change.id for change in changes])
    found = [_Gone(change.id, change.people[0], frozenset(change.people), rows.get(change.id)) for change in changes]
    for post_id, boost_id in (await stream_rows.boosts_by_groups(tx, rows)).items():
        group_id = rows[post_id].group_id
        if group_id is not None and boost_id not in rows:
            found.append(_Gone(boost_id, group_id, frozenset(), None))
    return found
