"""Reports: from people here and from other nodes, for moderators alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from node.database import Transaction
from node.database.tables import Actor, Post
from node.errors import Ignored, Invalid, NotFound
from node.queries import actors as actor_rows, groups as group_rows, moderation, posts as post_rows
from node.services import activities, node_actor, notifications, outbox
from node.services.markup import plain

LONGEST: Final = 5000
"""Characters kept of a report's text, as Mastodon does."""
CATEGORIES: Final = ("spam", "legal", "violation", "other")


@dataclass(frozen=True, slots=True)
class About:
    """What somebody reports it as, and the ids of the rules that it breaks."""

    category: str = "other"
    rules: Sequence[str] = ()


async def receive(tx: Transaction, sender: Actor, uris: Sequence[str], text: str, uri: str | None) -> None:
    """A Flag from elsewhere: only what concerns this node, its people, its groups or its moderators, is kept."""
    reported = list((await post_rows.by_uris(tx, uris)).values())
    accounts = await actor_rows.by_uris(tx, uris)
    target = next((a for a in accounts.values() if a.is_local), None) or await _author_here(tx, reported)
    if target is None:
        raise Ignored("flag.elsewhere")
    await _keep(tx, sender, target, reported, text, uri=uri)


async def _author_here(tx: Transaction, reported: Sequence[Post]) -> Actor | None:
    """The author of the first post that is of this node, or in a group that is, or that somebody here moderates."""
    for post in reported:
        author = await actor_rows.known(tx, post.author_id)
        group = await actor_rows.by_id(tx, post.group_id) if post.group_id else None
        if author.is_local or (group is not None and await _ours(tx, group)):
            return author
    return None


async def _ours(tx: Transaction, group: Actor) -> bool:
    return group.is_local or any(person.is_local for person in await group_rows.moderators(tx, group.id))


async def file(
    tx: Transaction,
    node: Actor,
    reporter: Actor,
    target: Actor,
    reported: Sequence[Post],
    text: str,
    *,
    forward: bool = True,
    about: About | None = None,
) -> int:
    """A report by somebody here; its id. It goes to the nodes of the account and of the groups where it posted, in this
    node's name; without `forward` nobody elsewhere is told, who could be a friend of the one reported. Words may be
    left out where `about` says what is wrong."""
    if about is None and not text.strip():
        raise Invalid("A report needs some words.", "report.empty")
    if any(post.author_id != target.id for post in reported):
        raise Invalid("A report is about one account and posts of its own.", "report.author")
    places = await actor_rows.by_ids(tx, (post.group_id for post in reported if post.group_id))
    told = {actor.delivery_inbox for actor in (target, *places.values()) if not actor.is_local} if forward else set()
    if told:
        objects = [target.uri, *(post.uri for post in reported)]
        await outbox.owe(tx, node, activities.flag(tx, node, objects, text, target), told, about=target.uri)
    return await _keep(tx, reporter, target, reported, text, about=about, forwarded=bool(told))


async def close(tx: Transaction, report_id: int) -> None:
    """It was dealt with."""
    if not await moderation.close_report(tx, report_id):
        raise NotFound("There is no open report with this number.")


async def _keep(
    tx: Transaction,
    reporter: Actor,
    target: Actor,
    reported: Sequence[Post],
    text: str,
    *,
    uri: str | None = None,
    about: About | None = None,
    forwarded: bool = False,
) -> int:
    about = about or About()
    values = {
        "uri": uri,
        "reporter_id": reporter.id,
        "target_id": target.id,
        "group_id": next((post.group_id for post in reported if post.group_id), None),
        "posts": [post.id for post in reported],
        "text": plain(text)[:LONGEST],
        "category": about.category if about.category in CATEGORIES else "other",
        "rules": list(about.rules) or None,
        "forwarded": forwarded,
    }
    report_id = await moderation.add_report(tx, values)
    await notifications.reported(tx, await _shown_as(tx, reporter), report_id)
    return report_id


async def _shown_as(tx: Transaction, reporter: Actor) -> Actor:
    """Whom moderators are told it comes from: nobody by name, so that nobody can take revenge. A server that reports
    for somebody has done the same."""
    return reporter if reporter.type == "Application" else await node_actor.required(tx)
