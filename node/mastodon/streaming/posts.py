"""Tells of posts that are new or were edited: to whom each is for, in the words of each reader."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final, TypeAlias

from federation.addressing import Visibility
from node.database import Transaction, ids
from node.database.tables import Post
from node.events import Change
from node.mastodon.streaming import statuses
from node.mastodon.streaming.audience import Audience, Ear
from node.mastodon.streaming.subscriptions import folded
from node.queries import feeds, home as home_rows, posts as post_rows, status_views, streams as stream_rows
from node.queries.status_views import StatusView

REALTIME: Final = timedelta(minutes=15)
"""What is fetched of older times, above an answer for instance, stands in timelines where it belongs, and is no news.
Longer than ids go back of what was delivered (`ids.BACKDATE_LIMIT`)."""
STATUSES: Final = ("read", "read:statuses")
CONTEXTS: Final = {"user": "home", "list": "home", "public": "public", "hashtag": "public"}
"""Where a filter that hides takes effect, by family of streams."""
Told: TypeAlias = dict[int, dict[int, list[Ear]]]
"""Post to reader to her subscriptions."""


async def tell(tx: Transaction, audience: Audience, changes: Sequence[Change]) -> None:
    if not any(audience.of(*CONTEXTS)):
        return
    events = await _events(tx, changes)
    rows = list((await post_rows.by_ids(tx, events)).values())
    rows = [row for row in rows if events[row.id] == "status.update" or _is_news(tx, row)]
    if not rows:
        return
    views = await status_views.of(tx, rows, None)
    told: Told = defaultdict(lambda: defaultdict(list))
    await _add_homes(tx, audience, rows, told)
    await _add_lists(tx, audience, rows, told)
    await _add_public(tx, audience, views, told)
    if told:
        await _send(tx, audience, views, events, told)


async def _events(tx: Transaction, changes: Iterable[Change]) -> dict[int, str]:
    """Post to event. A post of a group that is edited stands in homes as the group's boost, whose id apps know."""
    fresh = {change.id for change in changes if change.kind == "post"}
    edited = {change.id for change in changes if change.kind == "edit"} - fresh
    boosts = await stream_rows.boosts_by_groups(tx, edited) if edited else {}
    again = edited.union(boosts.values()) - fresh
    return dict.fromkeys(fresh, "update") | dict.fromkeys(again, "status.update")


def _is_news(tx: Transaction, row: Post) -> bool:
    return ids.time_of(row.id) >= ids.time_of(ids.first_of(tx.now - REALTIME))


async def _add_homes(tx: Transaction, audience: Audience, rows: Sequence[Post], told: Told) -> None:
    ears = audience.by_viewer("user", wants=lambda ear: ear[0].covers(*STATUSES))
    for viewer_id, post_id in await home_rows.who_have(tx, [row.id for row in rows], ears):
        told[post_id][viewer_id] += ears[viewer_id]


async def _add_lists(tx: Transaction, audience: Audience, rows: Sequence[Post], told: Told) -> None:
    ears = list(audience.of("list"))
    listed = await stream_rows.in_lists(tx, audience.list_ids, [row.id for row in rows])
    for connection, stream in ears:
        for post_id in listed.get((connection.viewer_id, stream.list_id or 0), ()):
            told[post_id][connection.viewer_id].append((connection, stream))


async def _add_public(tx: Transaction, audience: Audience, views: Sequence[StatusView], told: Told) -> None:
    """Streams of everybody's posts: each reader gets of these what she may see and wants to."""
    found = [(view.post.id, ear) for view in views if _is_public(view.post) for ear in _listening(audience, view)]
    readers = {connection.viewer_id for _, (connection, _) in found}
    read = await stream_rows.who_read(tx, {post_id for post_id, _ in found}, readers)
    for post_id, ear in found:
        if (ear[0].viewer_id, post_id) in read:
            told[post_id][ear[0].viewer_id].append(ear)


def _is_public(post: Post) -> bool:
    return post.visibility == Visibility.PUBLIC and post.reblog_of_id is None


def _listening(audience: Audience, view: StatusView) -> Iterable[Ear]:
    """What opens a thread goes to the public streams, all that has a hashtag to that of the hashtag."""
    local, media = view.view.author.is_local, feeds.shows_media(view.post)
    tags = {name.casefold() for name in view.tags}
    opens = view.post.in_reply_to_uri is None
    for ear in audience.of("public", "hashtag"):
        stream = ear[1]
        about = folded(stream.tag) in tags if stream.tag is not None else opens
        if about and stream.is_about(local=local, media=media):
            yield ear


async def _send(
    tx: Transaction, audience: Audience, views: Sequence[StatusView], events: Mapping[int, str], told: Told
) -> None:
    wanted = [view for view in views if view.post.id in told]
    written = await statuses.written(tx, audience.some_call, wanted, events, told)
    for view in sorted(wanted, key=lambda view: view.post.id):
        for viewer_id, ears in told[view.post.id].items():
            form = written[viewer_id, view.post.id]
            for connection, stream in ears:
                if CONTEXTS[stream.family] not in form.hidden_in:
                    connection.tell(form.message, stream)
