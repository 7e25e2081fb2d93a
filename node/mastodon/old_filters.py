"""Filters as Mastodon had them before 4.0: each word by itself, under its own id, over the same rows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from node.database import Transaction
from node.database.tables import Filter, FilterKeyword
from node.mastodon.calls import Call
from node.mastodon.entities.filters import old_filter
from node.mastodon.filters import READ, WRITE, values_of
from node.mastodon.routing import Routes
from node.queries import filters as filter_rows
from node.services import filters
from node.services.filters import Word

ONE: Final = "/api/v1/filters/{id:[0-9]+}"

routes = Routes()


def _values(sent: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Of the filter that the word is in. What is hidden for good was called irreversible."""
    renamed = dict(sent)
    if "phrase" in sent:
        renamed["title"] = sent["phrase"]
    if "irreversible" in sent:
        renamed["filter_action"] = "hide" if sent["irreversible"] else "warn"
    return values_of(renamed, now)


def _word(call: Call) -> Word:
    return Word(keyword=call.get("phrase"), whole_word=call.get("whole_word"))


@routes.get("/api/v1/filters", *READ, returns="[V1Filter]")
async def every(call: Call) -> Any:
    async with call.reading() as tx:
        found = await filter_rows.of(tx, call.actor.id)
        return [old_filter(keyword, view.filter) for view in found for keyword in view.keywords]


@routes.post("/api/v1/filters", *WRITE, takes="NewOldFilter", returns="V1Filter")
async def create(call: Call) -> Any:
    values, word = _values(call.parameters, call.context.now()), _word(call)
    view = await call.run(lambda tx: filters.create(tx, call.actor, values, [word]))
    return old_filter(view.keywords[0], view.filter)


@routes.get(ONE, *READ, returns="V1Filter")
async def show(call: Call) -> Any:
    async with call.reading() as tx:
        return old_filter(*await filters.keyword(tx, call.actor, call.id()))


@routes.put(ONE, *WRITE, takes="ChangedOldFilter", returns="V1Filter")
async def change(call: Call) -> Any:
    values, word = _values(call.parameters, call.context.now()), _word(call)

    async def work(tx: Transaction) -> tuple[FilterKeyword, Filter]:
        keyword, row = await filters.keyword(tx, call.actor, call.id())
        view = await filters.required(tx, call.actor, row.id)
        await filters.change_keyword(tx, call.actor, keyword, word)
        return keyword, (await filters.change(tx, call.actor, view, values, ())).filter

    return old_filter(*await call.run(work))


@routes.delete(ONE, *WRITE)
async def remove(call: Call) -> Any:
    """The filter goes with its last word."""

    async def work(tx: Transaction) -> None:
        keyword, row = await filters.keyword(tx, call.actor, call.id())
        view = await filters.required(tx, call.actor, row.id)
        await filters.remove_part(tx, call.actor, keyword)
        if len(view.keywords) == 1 and not view.statuses:
            await filters.remove(tx, call.actor, view)

    await call.run(work)
    return {}
