"""Filters applied: what of a status somebody has wished not to read. Kept until she changes them.

They are matched against the text that a reader sees, not its HTML, letter case aside. Words are literals, so that no
filter can cost more than its length.
"""

import re
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from aiohttp import web

from node.context import Context
from node.database import Transaction
from node.database.tables import Filter, Post
from node.events import MISSED, Change
from node.mastodon.entities.accounts import Entity
from node.mastodon.entities.filters import result
from node.queries import filters as filter_rows
from node.queries.filters import FilterView
from node.services.markup import plain

KEPT: Final = 10_000
_WORD: Final = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Compiled:
    """A filter as it is matched: no pattern where it has no words."""

    filter: Filter
    pattern: re.Pattern[str] | None
    post_ids: frozenset[int]

    @classmethod
    def of(cls, view: FilterView) -> "Compiled":
        words = [_literal(keyword.keyword, whole=keyword.whole_word) for keyword in view.keywords]
        pattern = re.compile("|".join(words), re.IGNORECASE) if words else None
        return cls(view.filter, pattern, frozenset(status.post_id for status in view.statuses))

    def lasts(self, now: datetime) -> bool:
        return self.filter.expires_at is None or self.filter.expires_at > now

    def match(self, post: Post, text: str) -> Entity | None:
        """FilterResult, or None."""
        words = list(dict.fromkeys(found[0] for found in self.pattern.finditer(text))) if self.pattern else []
        named = [post.id] if post.id in self.post_ids else []
        return result(self.filter, words, named) if words or named else None


def _literal(word: str, *, whole: bool) -> str:
    """As Mastodon has it: a border only beside letters and digits, since `#tag` begins with none."""
    before = r"\b" if whole and _WORD.match(word[:1]) else ""
    after = r"\b" if whole and _WORD.match(word[-1:]) else ""
    return f"{before}{re.escape(word)}{after}"


def seen_text(post: Post) -> str:
    """All of a post that a reader may see."""
    poll: Mapping[str, Any] = post.poll or {}
    options = [str(option.get("name", "")) for option in poll.get("options", ())]
    described = [str(item.get("alt") or "") for item in post.attachments]
    return "\n".join((post.name, post.summary, plain(post.content), *options, *described))


class KnownFilters:
    """Of everybody who has read lately; none is kept across a change of hers."""

    def __init__(self, context: Context) -> None:
        self._known: OrderedDict[int, tuple[Compiled, ...]] = OrderedDict()
        self._changes = 0
        context.bus.on_changes(self._hear)

    def _hear(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.kind == "filters":
                self._changes += 1
                for actor_id in change.people:
                    self._known.pop(actor_id, None)
            elif change == MISSED:
                self._changes += 1
                self._known.clear()

    async def of(self, tx: Transaction, actor_id: int) -> Sequence[Compiled]:
        """Those that have not ended."""
        return (await self.of_many(tx, [actor_id]))[actor_id]

    async def of_many(self, tx: Transaction, actor_ids: Collection[int]) -> dict[int, Sequence[Compiled]]:
        """For each of them."""
        known = {actor_id: self._known[actor_id] for actor_id in actor_ids if actor_id in self._known}
        missing = [actor_id for actor_id in actor_ids if actor_id not in known]
        if missing:
            known |= await self._stored(tx, missing)
        return {actor_id: [one for one in found if one.lasts(tx.now)] for actor_id, found in known.items()}

    async def _stored(self, tx: Transaction, actor_ids: Collection[int]) -> dict[int, tuple[Compiled, ...]]:
        changes = self._changes
        views = await filter_rows.of_many(tx, actor_ids)
        found = {actor_id: tuple(Compiled.of(view) for view in views.get(actor_id, ())) for actor_id in actor_ids}
        if changes == self._changes:  # what was read before a change is not kept after it
            self._known.update(found)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return found


FILTERS: Final = web.AppKey("api_filters", KnownFilters)


def results(filters: Sequence[Compiled], post: Post) -> list[Entity]:
    """FilterResults of a post, which is no reblog."""
    if not filters:
        return []
    text = seen_text(post)
    return [found for one in filters if (found := one.match(post, text)) is not None]


def left_out(entity: Entity, context: str) -> bool:
    """Whether a rendered status is hidden in such a list: home, notifications, public, thread or account."""
    found = (entry["filter"] for entry in entity.get("filtered", ()))
    return any(one["filter_action"] == "hide" and context in one["context"] for one in found)
