"""What rendering keeps from one page to the next: accounts until they change, and what of statuses is alike for all.

Nothing here decides who may see what: that is asked of the database on every read.
"""

from collections import OrderedDict
from collections.abc import Collection, Hashable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar

from aiohttp import web

from node.context import Context
from node.database import Transaction
from node.database.tables import Actor
from node.events import MISSED, Change
from node.mastodon.entities import accounts as account_entities, statuses as status_entities
from node.mastodon.entities.accounts import Entity
from node.mastodon.entities.links import Links
from node.queries import actors as actor_rows
from node.queries.figures import Figures
from node.queries.status_views import StatusView

MOST_ACCOUNTS: Final = 20_000
MOST_STATUSES: Final = 10_000
_MADE_OF: Final = attrgetter(
    *("url", "visibility", "group_id", "in_reply_to_id", "name", "content", "summary", "sensitive", "language"),
    *("attachments", "emojis", "event", "edited_at", "published"),
)
"""What may change of a post that its entity is made of."""
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class _Latest(Generic[Key, Value]):
    """As many as there is room for; what was not asked for longest goes first."""

    def __init__(self, most: int) -> None:
        self._found: OrderedDict[Key, Value] = OrderedDict()
        self._most = most

    def get(self, key: Key) -> Value | None:
        value = self._found.get(key)
        if value is not None:
            self._found.move_to_end(key)
        return value

    def put(self, key: Key, value: Value) -> None:
        self._found[key] = value
        if len(self._found) > self._most:
            self._found.popitem(last=False)

    def drop(self, key: Key) -> None:
        self._found.pop(key, None)

    def clear(self) -> None:
        self._found.clear()


class Kept:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._heard_at: datetime | None = None
        self._actors: _Latest[int, Actor] = _Latest(MOST_ACCOUNTS)
        self._accounts: _Latest[int, tuple[Actor, Figures, Entity]] = _Latest(MOST_ACCOUNTS)
        self._statuses: _Latest[int, tuple[Any, Entity]] = _Latest(MOST_STATUSES)
        context.bus.on_changes(self._hear)

    def _hear(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.kind == "actor":
                self._heard_at = self._context.now()
                self._actors.drop(change.id)
            elif change == MISSED:
                self._heard_at = self._context.now()
                self._actors.clear()

    async def actors(self, tx: Transaction, actor_ids: Collection[int]) -> dict[int, Actor]:
        """As they were when they last changed. What was read by a transaction that began before is not kept."""
        found = {actor_id: actor for actor_id in actor_ids if (actor := self._actors.get(actor_id)) is not None}
        missing = [actor_id for actor_id in actor_ids if actor_id not in found]
        for actor in (await actor_rows.by_ids(tx, missing)).values():
            found[actor.id] = actor
            if self._heard_at is None or tx.now > self._heard_at:
                self._actors.put(actor.id, actor)
        return found

    def account(self, actor: Actor, figures: Figures, links: Links) -> Entity:
        """Made again for another row or other figures."""
        known = self._accounts.get(actor.id)
        if known is not None and known[0] is actor and known[1] is figures:
            return known[2]
        entity = account_entities.account(actor, figures, links)
        self._accounts.put(actor.id, (actor, figures, entity))
        return entity

    def status(self, view: StatusView, links: Links) -> Entity:
        """What of a status is the same for every reader; made again where its post is another than it was."""
        made_of = (_MADE_OF(view.post), view.tags, view.parent_author_id)
        known = self._statuses.get(view.post.id)
        if known is not None and known[0] == made_of:
            return known[1]
        entity = status_entities.same_for_all(view, links)
        self._statuses.put(view.post.id, (made_of, entity))
        return entity


KEPT: Final = web.AppKey("api_kept", Kept)
