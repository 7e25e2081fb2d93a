"""Tag with its History, FeaturedTag."""

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from node.mastodon.entities.accounts import Entity
from node.mastodon.moments import day
from node.queries.hashtags import Day


def history(days: Sequence[Day]) -> list[Entity]:
    """All in strings, the newest first: Tusky takes the last entry of it without looking."""
    return [{"day": _midnight(one), "uses": str(one.uses), "accounts": str(one.accounts)} for one in days]


def _midnight(of: Day) -> str:
    return str(int(datetime(of.day.year, of.day.month, of.day.day, tzinfo=UTC).timestamp()))


def tag(
    name: str, days: Sequence[Day], base_url: str, *, following: bool | None = None, featuring: bool | None = None
) -> Entity:
    """Its id is its name. What is nobody's own is left out where nobody is signed in, never null."""
    entity: Entity = {"id": name, "name": name, "url": tag_url(name, base_url), "history": history(days)}
    if following is not None:
        entity["following"] = following
    if featuring is not None:
        entity["featuring"] = featuring
    return entity


def tag_url(name: str, base_url: str) -> str:
    return f"{base_url}/tags/{quote(name)}"


def featured_tag(tag_id: int, name: str, display: str, used: tuple[int, datetime] | None, base_url: str) -> Entity:
    total, last = used or (0, None)
    return {
        "id": str(tag_id),
        "name": display,
        "url": tag_url(name, base_url),
        "statuses_count": str(total),
        "last_status_at": day(last),
    }
