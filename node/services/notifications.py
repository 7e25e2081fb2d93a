"""Notices for people of this node: each is written in the transaction of what it tells of.

Who is concerned is looked up once for all of them; what touches nobody here asks the database nothing. What a notice
tells of may be hidden or taken back later: what is undone takes its notice along, and who may see what is asked when
notices are read (`queries.notifications`).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from federation.addressing import Visibility
from node.database import Transaction
from node.database.tables import Actor, Post
from node.queries import (
    follows as follow_rows,
    jobs,
    notifications as notice_rows,
    notified,
    posts as post_rows,
)
from node.queries.notified import Between, Reader
from node.services import addresses, notification_policies, push
from node.services.permissions import ROLES

NEWS_FOR: Final = timedelta(days=7)
"""How long a server may have been down whose posts are news still; what was published before is past."""
TOGETHER: Final = timedelta(hours=12)
"""Likes and boosts of one post within it are one group of notices."""
GROUPED: Final = frozenset({"favourite", "reblog", "follow", "admin.sign_up"})
_MODERATING: Final = ROLES[ROLES.index("moderator") :]


@dataclass(frozen=True, slots=True)
class _News:
    """Something that somebody did."""

    kind: str
    sender: Actor
    post: Post | None = None
    report_id: int | None = None


async def tell(
    tx: Transaction,
    kind: str,
    sender: Actor,
    actor_ids: Collection[int],
    *,
    post: Post | None = None,
    report_id: int | None = None,
) -> None:
    """Those of them who are people of this node, want to hear of it, and have not heard of it yet."""
    news = _News(kind, sender, post, report_id)
    readers = await notified.readers(tx, [one for one in actor_ids if one != sender.id or kind == "poll"])
    if not readers:
        return
    unwilling = await _unwilling(tx, news, readers)
    willing = [reader for actor_id, reader in readers.items() if actor_id not in unwilling]
    kept_apart = await _kept_apart(tx, news, willing)
    for reader in willing:
        if reader.actor_id in kept_apart:
            await _write(tx, news, reader, filtered=kept_apart[reader.actor_id])


async def _unwilling(tx: Transaction, news: _News, readers: Collection[int]) -> set[int]:
    """What moderators have to know they are told of anybody."""
    if news.kind in notice_rows.FOR_MODERATORS:
        return set()
    return await notified.unwilling(tx, readers, news.kind, news.sender, news.post)


async def _kept_apart(tx: Transaction, news: _News, readers: Sequence[Reader]) -> dict[int, bool]:
    """Of those who are told, whether the notice is kept apart; whose policy drops it is left out."""
    judging = [r.actor_id for r in readers if notification_policies.is_judged(news.kind, r.rules)]
    if not judging:
        return {reader.actor_id: False for reader in readers}
    between = await notified.between(tx, judging, news.sender)
    answered = await _answered(tx, news.post)
    found = {}
    for reader in readers:
        known = between.get(reader.actor_id, Between(let_through=True))
        answers_her = answered == reader.actor_id
        verdict = notification_policies.verdict(
            tx, reader.rules, news.sender, known, news.post, answers_her=answers_her
        )
        if verdict != "drop":
            found[reader.actor_id] = verdict == "filter"
    return found


async def _answered(tx: Transaction, post: Post | None) -> int | None:
    """Whose post it answers."""
    parent = await post_rows.by_id(tx, post.in_reply_to_id) if post is not None and post.in_reply_to_id else None
    return parent.author_id if parent is not None else None


async def _write(tx: Transaction, news: _News, reader: Reader, *, filtered: bool) -> None:
    values: dict[str, Any] = {
        "actor_id": reader.actor_id,
        "type": news.kind,
        "from_id": news.sender.id,
        "post_id": news.post.id if news.post else None,
        "report_id": news.report_id,
        "filtered": filtered,
    }
    if news.kind in GROUPED:
        values["group_key"] = _group_key(tx, news.kind, news.post)
    notice_id = notice_rows.add(tx, values)
    if filtered:
        return
    for subscription in reader.push:
        if subscription.alerts.get(news.kind) and subscription.policy != "none":
            wanted = {"subscription": subscription.id, "notification": notice_id}
            await jobs.add(tx, push.JOB, f"{subscription.id}-{notice_id}", wanted)


def _group_key(tx: Transaction, kind: str, post: Post | None) -> str:
    """One for all of a kind about a post within half a day."""
    number = int(tx.now.timestamp() // TOGETHER.total_seconds())
    return "-".join((kind, *([str(post.id)] if post is not None else []), str(number)))


async def posted(tx: Transaction, author: Actor, post: Post, named: Iterable[int]) -> None:
    """A new post: those it names, then those who watch its author. What is not new to the world is no news."""
    if post.published < tx.now - NEWS_FOR:
        return
    mentioned = set(named)
    if mentioned:
        await tell(tx, "mention", author, mentioned, post=post)
    if post.visibility in {Visibility.DIRECT, Visibility.MEMBERS}:
        return
    watching = set(await follow_rows.watchers(tx, author.id)) - mentioned
    if watching and (post.in_reply_to_uri is None or await _answered(tx, post) == author.id):
        await tell(tx, "status", author, watching, post=post)


async def passed_on(tx: Transaction, actor: Actor, post: Post, row: Post) -> None:
    """Somebody has boosted a post, or a group has passed it on, in `row`: its author hears of the one, those who watch
    the group of the other, unless they know of the post already."""
    if not actor.is_group:
        await about_own(tx, "reblog", actor, post)
        return
    watching = set(await follow_rows.watchers(tx, actor.id)) - {post.author_id}
    if watching and post.published >= tx.now - NEWS_FOR:
        await tell(tx, "status", actor, watching - await notified.who_have_it(tx, post, watching), post=row)


async def about_own(tx: Transaction, kind: str, sender: Actor, post: Post) -> None:
    """Something was done to a post: its author is told, if it was written here."""
    if addresses.is_ours(tx, post.uri):
        await tell(tx, kind, sender, [post.author_id], post=post)


async def taken_back(tx: Transaction, kind: str, sender_id: int, post: Post) -> None:
    """The same was undone."""
    if addresses.is_ours(tx, post.uri):
        await notice_rows.withdraw(tx, [kind], sender_id, post_id=post.id)


async def edited(tx: Transaction, author: Actor, post: Post, named: Iterable[int]) -> None:
    """Before the mentions of an edit are added: those whom it names newly, and those who boosted or answered the post,
    who are told of each edit anew."""
    people = set(named)
    if people:
        people -= set(await notified.named_in(tx, post))
        await tell(tx, "mention", author, people, post=post)
    concerned = await notified.who_took_part(tx, post) - people
    if concerned:
        await notice_rows.withdraw(tx, ["update"], author.id, post_id=post.id)
        await tell(tx, "update", author, concerned, post=post)


async def poll_ended(tx: Transaction, author: Actor, post: Post) -> None:
    """Its author, and those of this node who voted."""
    await tell(tx, "poll", author, await notified.who_voted(tx, post) | {author.id}, post=post)


async def followed(tx: Transaction, follower: Actor, target: Actor) -> None:
    if target.is_local and not target.is_group:
        await tell(tx, "follow", follower, [target.id])


async def asked(tx: Transaction, follower: Actor, target: Actor) -> None:
    """To follow her, or to join a group of this node: that is for its moderators."""
    if target.is_local:
        await tell(tx, "follow_request", follower, await _deciding(tx, target))


async def granted(tx: Transaction, follower: Actor, target: Actor) -> None:
    """What she was asked is now that she is followed; of a group nobody has to answer any more."""
    if target.is_group:
        await ended(tx, follower, target)
    elif target.is_local:
        key = _group_key(tx, "follow", None)
        notified.forget_followers(tx)
        await notice_rows.turn(tx, target.id, follower.id, "follow_request", "follow", key)


async def ended(tx: Transaction, follower: Actor, target: Actor) -> None:
    """He follows no more, or has been refused: as if he had never begun."""
    if target.is_local:
        kinds = ["follow_request"] if target.is_group else list(notified.ABOUT_FOLLOWS)
        notified.forget_followers(tx)
        await notice_rows.withdraw(tx, kinds, follower.id, actor_ids=await _deciding(tx, target))


async def _deciding(tx: Transaction, target: Actor) -> Sequence[int]:
    return await notified.who_moderate_group(tx, target.id) if target.is_group else [target.id]


async def signed_up(tx: Transaction, newcomer: Actor) -> None:
    await tell(tx, "admin.sign_up", newcomer, await notified.who_moderate(tx, _MODERATING))


async def reported(tx: Transaction, reporter: Actor, report_id: int) -> None:
    await tell(tx, "admin.report", reporter, await notified.who_moderate(tx, _MODERATING), report_id=report_id)
