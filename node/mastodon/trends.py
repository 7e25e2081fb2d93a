"""Trends: hashtags, statuses and links that many look at lately."""

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from node.mastodon import rendering
from node.mastodon.answers import OffsetPage
from node.mastodon.calls import Call
from node.mastodon.entities.statuses import link_card
from node.mastodon.entities.tags import history, tag
from node.mastodon.errors import Absent
from node.mastodon.filtering import left_out
from node.mastodon.paging import size
from node.mastodon.routing import Access, Routes
from node.mastodon.timelines import page_of
from node.mastodon.trending import TRENDS, Trends
from node.queries import feeds, hashtags as hashtag_rows

T = TypeVar("T")
OPEN: Final[dict[str, Any]] = {"access": Access.ANYBODY, "takes": "Trending", "pages": True}

routes = Routes()


async def _known(call: Call) -> Trends:
    return await call.request.app[TRENDS].now()


def _part(call: Call, ranked: Sequence[T], *, default: int, most: int) -> tuple[Sequence[T], int | None]:
    """What is asked for of a ranked list, and where it goes on."""
    start = int(call.get("offset", 0))
    end = start + size(call, default=default, most=most)
    return ranked[start:end], end if end < len(ranked) else None


@routes.get("/api/v1/trends/tags", "read", returns="[Tag]", **OPEN)
@routes.get("/api/v1/trends", "read", returns="[Tag]", **OPEN)
async def tags(call: Call) -> Any:
    found, next_offset = _part(call, (await _known(call)).tags, default=10, most=20)
    base_url, viewer = call.context.settings.base_url, call.viewer.actor
    if viewer is None:
        return OffsetPage([tag(one.name, one.days, base_url) for one in found], next_offset)
    async with call.reading() as tx:
        followed = await hashtag_rows.followed_among(tx, viewer.id, [one.name for one in found])
    items = [tag(one.name, one.days, base_url, following=one.name in followed) for one in found]
    return OffsetPage(items, next_offset)


@routes.get("/api/v1/trends/statuses", "read", "read:statuses", returns="[Status]", **OPEN)
async def statuses(call: Call) -> Any:
    found, next_offset = _part(call, (await _known(call)).posts, default=20, most=40)
    async with call.reading() as tx:
        rows = await feeds.ranked(tx, call.viewer.actor, found)
        items = await rendering.statuses(tx, call, rows)
        return OffsetPage([entity for entity in items if not left_out(entity, "public")], next_offset)


@routes.get("/api/v1/trends/links", "read", returns="[TrendingLink]", **OPEN)
async def links(call: Call) -> Any:
    found, next_offset = _part(call, (await _known(call)).links, default=10, most=20)
    cards = [link_card(one.url, one.title) | {"history": history(one.days)} for one in found]
    return OffsetPage(cards, next_offset)


@routes.get(
    "/api/v1/timelines/link",
    "read",
    "read:statuses",
    access=Access.ANYBODY,
    takes="LinkFeed",
    returns="[Status]",
    pages=True,
)
async def with_link(call: Call) -> Any:
    """Of a trending link alone, as in Mastodon: of no other is known who wrote it down."""
    wanted = str(call.get("url")).partition("#")[0]
    named = [link.post_ids for link in (await _known(call)).links if link.url == wanted]
    if not named:
        raise Absent
    async with call.reading() as tx:
        return await page_of(
            tx, call, lambda asked: feeds.these(tx, call.viewer.actor, asked, named[0]), context="public"
        )
