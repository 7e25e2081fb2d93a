"""What many look at lately, as far as this node sees it: posts that people liked and passed on, and links in posts.

Only what its author wants to be found by strangers counts, and what stands in a group that wants that; nobody makes a
trend alone.
"""

import html
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_, select, union_all
from sqlalchemy.orm import aliased

from node.database import Transaction, ids
from node.database.tables import Actor, Post, Reaction
from node.queries import hashtags
from node.queries.hashtags import Day, days
from node.queries.visibility import listed, visible_to

LASTS: Final = timedelta(days=7)
MOST: Final = 100
"""Of each kind."""
MOST_READ: Final = 5000
"""Posts whose links are read, the newest."""
LEAST_PEOPLE: Final = 2
_AUTHOR: Final = aliased(Actor)
_GROUP: Final = aliased(Actor)
_ANCHOR: Final = re.compile(r'<a\s[^>]*?href="(https?://[^"]+)"[^>]*>')
_OF_A_NAME: Final = re.compile(r'class="[^"]*\b(?:mention|hashtag)\b')


@dataclass(frozen=True, slots=True)
class TrendingTag:
    name: str
    days: Sequence[Day]


@dataclass(frozen=True, slots=True)
class TrendingLink:
    """`title`: what a post that is this link says it is, or nothing."""

    url: str
    title: str
    days: Sequence[Day]
    post_ids: tuple[int, ...]


def _findable(post: Any) -> ColumnElement[bool]:
    """Posts of accounts and in groups that strangers may find."""
    authors = select(_AUTHOR.id).where(_AUTHOR.discoverable.is_(True))
    in_groups = select(_GROUP.id).where(_GROUP.discoverable.is_(True), _GROUP.type == "Group")
    return or_(post.author_id.in_(authors), post.group_id.in_(in_groups))


def _since(now: datetime) -> int:
    return ids.first_of(now - LASTS)


async def tags(tx: Transaction) -> list[TrendingTag]:
    """Those that most people use."""
    uses = await hashtags.uses(tx)
    people = {name: len({author_id for _, author_id in posts}) for name, posts in uses.items()}
    names = sorted((name for name in uses if people[name] >= LEAST_PEOPLE), key=lambda name: (-people[name], name))
    return [TrendingTag(name, days(tx.now, uses[name])) for name in names[:MOST]]


async def posts(tx: Transaction) -> list[int]:
    """Ids of those that most people liked or passed on, most first."""
    since = _since(tx.now)
    liked = select(Reaction.post_id.label("post_id"), Reaction.actor_id.label("actor_id"))
    boosted = select(Post.reblog_of_id, Post.author_id).where(Post.reblog_of_id >= since)
    acts = union_all(liked.where(Reaction.post_id >= since), boosted).subquery("acts")
    people = func.count(acts.c.actor_id.distinct())
    statement = (
        select(Post.id)
        .join(acts, acts.c.post_id == Post.id)
        .where(listed(), visible_to(None), _findable(Post), acts.c.actor_id != Post.author_id)
        .group_by(Post.id)
        .having(people >= LEAST_PEOPLE)
        .order_by(people.desc(), Post.id.desc())
        .limit(MOST)
    )
    return list(await tx.all(statement))


async def links(tx: Transaction) -> list[TrendingLink]:
    """Those that most people wrote down."""
    statement = (
        select(Post.id, Post.author_id, Post.name, Post.content, Post.attachments)
        .where(Post.id >= _since(tx.now), Post.reblog_of_id.is_(None), listed(), visible_to(None), _findable(Post))
        .order_by(Post.id.desc())
        .limit(MOST_READ)
    )
    uses: dict[str, list[tuple[int, int]]] = defaultdict(list)
    titles: dict[str, str] = {}
    for post_id, author_id, name, content, attachments in await tx.rows(statement):
        for url, title in dict(links_in(name, content, attachments)).items():
            uses[url].append((post_id, author_id))
            titles[url] = titles.get(url) or title
    people = {url: len({author_id for _, author_id in found}) for url, found in uses.items()}
    urls = sorted((url for url in uses if people[url] >= LEAST_PEOPLE), key=lambda url: (-people[url], url))
    return [
        TrendingLink(url, titles[url], days(tx.now, uses[url]), tuple(post_id for post_id, _ in uses[url]))
        for url in urls[:MOST]
    ]


def links_in(name: str, content: str, attachments: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """(address, title) of what a post points to, names and hashtags aside; the title where the post is that link."""
    for anchor in _ANCHOR.finditer(content):
        if not _OF_A_NAME.search(anchor[0]):
            yield html.unescape(anchor[1]).partition("#")[0], ""
    for item in attachments:
        if item.get("type") == "link" and str(item.get("url", "")).startswith(("https://", "http://")):
            yield str(item["url"]).partition("#")[0], name
