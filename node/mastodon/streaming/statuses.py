"""A status as text for many readers: written once for all of whom it says the same, since most have nothing to do with
it yet."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson

from node.database import Transaction
from node.database.tables import Actor
from node.mastodon import filtering, rendering
from node.mastodon.calls import Call
from node.mastodon.entities import statuses as entities
from node.mastodon.entities.accounts import Entity
from node.mastodon.entities.links import Links
from node.mastodon.filtering import FILTERS, Compiled
from node.mastodon.streaming.connections import Message
from node.queries import personal
from node.queries.personal import Own
from node.queries.status_views import StatusView

Receivers: TypeAlias = Mapping[int, Collection[int]]
"""Post to who is told of it."""


@dataclass(frozen=True, slots=True)
class Written:
    """`hidden_in`: lists (home, public) in which this reader's filters leave it out."""

    message: Message
    hidden_in: frozenset[str] = frozenset()


async def written(
    tx: Transaction, call: Call, views: Sequence[StatusView], events: Mapping[int, str], receivers: Receivers
) -> dict[tuple[int, int], Written]:
    """(reader, post) to what she is told. `call`: of any of them; nothing of hers is taken from it."""
    viewer_ids = {viewer_id for those in receivers.values() for viewer_id in those}
    owns = await personal.of(tx, [(view.reblog or view).post for view in views], viewer_ids)
    filters = await call.request.app[FILTERS].of_many(tx, viewer_ids)
    accounts = await _accounts(tx, call, views)
    links = Links.of(tx)
    found: dict[tuple[int, int], Written] = {}
    for view in views:
        writer = _Writer(view, events[view.post.id], accounts, links)
        for viewer_id in receivers.get(view.post.id, ()):
            own = owns.get((viewer_id, writer.shown.post.id), personal.NOTHING)
            found[viewer_id, view.post.id] = writer.for_reader(viewer_id, own, filters.get(viewer_id, ()))
    return found


async def _accounts(tx: Transaction, call: Call, views: Sequence[StatusView]) -> dict[int, Entity]:
    shown = [part for view in views for part in (view, view.reblog) if part is not None]
    authors = list({part.view.author.id: part.view.author for part in shown}.values())
    rendered = await rendering.accounts(tx, call, authors)
    return {actor.id: entity for actor, entity in zip(authors, rendered, strict=True)}


class _Writer:
    """One status, in as many forms as its readers need."""

    def __init__(self, view: StatusView, event: str, accounts: Mapping[int, Entity], links: Links) -> None:
        self.shown = view.reblog or view
        self._view = view
        self._event = event
        self._accounts = accounts
        self._links = links
        self._forms: dict[tuple[Own, bytes], Written] = {}

    def for_reader(self, viewer_id: int, own: Own, filters: Sequence[Compiled]) -> Written:
        post = self.shown.post
        marks = filtering.results(filters, post) if filters and post.author_id != viewer_id else []
        form = own, orjson.dumps(marks)
        known = self._forms.get(form)
        if known is None:
            known = self._forms[form] = Written(Message(self._event, self._text(own, marks)), _hidden_in(marks))
        return known

    def _text(self, own: Own, marks: Sequence[Any]) -> str:
        view = personal.as_read_by(self._view, own)
        entity = entities.status(view, self._account, self._links, signed_in=True)
        for shown in (entity, entity["reblog"]):
            if shown is not None:
                shown["filtered"] = marks
        return orjson.dumps(entity).decode()

    def _account(self, actor: Actor) -> Entity:
        return self._accounts[actor.id]


def _hidden_in(marks: Sequence[Any]) -> frozenset[str]:
    hiding = (mark["filter"] for mark in marks if mark["filter"]["filter_action"] == "hide")
    return frozenset(context for one in hiding for context in one["context"])
