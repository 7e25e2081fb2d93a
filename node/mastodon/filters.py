"""Filters: what somebody does not want to read, or only after a warning."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from node.database import Transaction
from node.database.tables import FilterKeyword, FilterStatus
from node.mastodon.calls import Call, id_of
from node.mastodon.entities import filters as entities
from node.mastodon.routing import Routes
from node.queries import filters as filter_rows, posts as post_rows
from node.queries.filters import FilterView
from node.services import filters
from node.services.filters import Word

READ: Final = ("read", "read:filters")
WRITE: Final = ("write", "write:filters")
ONE: Final = "/api/v2/filters/{id:[0-9]+}"
KEYWORD: Final = "/api/v2/filters/keywords/{id:[0-9]+}"
STATUS: Final = "/api/v2/filters/statuses/{id:[0-9]+}"

routes = Routes()


def values_of(parameters: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Columns of what was sent. Of `blur` (Mastodon 4.4) a warning is made: Ice Cubes knows no other word."""
    values: dict[str, Any] = {}
    if "title" in parameters:
        values["title"] = parameters["title"].strip()
    if "context" in parameters:
        values["contexts"] = list(dict.fromkeys(parameters["context"]))
    if "filter_action" in parameters:
        values["action"] = "hide" if parameters["filter_action"] == "hide" else "warn"
    return values | _ending(parameters, now)


def _ending(parameters: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Of `expires_in` in seconds; none, where it is sent empty."""
    seconds = parameters.get("expires_in")
    return {} if seconds is None else {"expires_at": now + timedelta(seconds=min(seconds, 10**9)) if seconds else None}


def _words(parameters: Mapping[str, Any]) -> list[Word]:
    found = []
    for sent in parameters.get("keywords_attributes", ()):
        word_id, gone = id_of(sent.get("id")), sent.get("_destroy", False)
        found.append(Word(word_id, sent.get("keyword"), sent.get("whole_word"), gone=gone))
    return found


@routes.get("/api/v2/filters", *READ, returns="[Filter]")
async def every(call: Call) -> Any:
    async with call.reading() as tx:
        return [entities.whole_filter(view) for view in await filter_rows.of(tx, call.actor.id)]


@routes.post("/api/v2/filters", *WRITE, takes="NewFilter", returns="Filter")
async def create(call: Call) -> Any:
    values, words = values_of(call.parameters, call.context.now()), _words(call.parameters)
    return entities.whole_filter(await call.run(lambda tx: filters.create(tx, call.actor, values, words)))


@routes.get(ONE, *READ, returns="Filter")
async def show(call: Call) -> Any:
    async with call.reading() as tx:
        return entities.whole_filter(await filters.required(tx, call.actor, call.id()))


@routes.put(ONE, *WRITE, takes="ChangedFilter", returns="Filter")
async def change(call: Call) -> Any:
    values, words = values_of(call.parameters, call.context.now()), _words(call.parameters)

    async def work(tx: Transaction) -> FilterView:
        return await filters.change(tx, call.actor, await filters.required(tx, call.actor, call.id()), values, words)

    return entities.whole_filter(await call.run(work))


@routes.delete(ONE, *WRITE)
async def remove(call: Call) -> Any:
    async def work(tx: Transaction) -> None:
        await filters.remove(tx, call.actor, await filters.required(tx, call.actor, call.id()))

    await call.run(work)
    return {}


@routes.get(f"{ONE}/keywords", *READ, returns="[FilterKeyword]")
async def keywords(call: Call) -> Any:
    async with call.reading() as tx:
        return [entities.keyword(one) for one in (await filters.required(tx, call.actor, call.id())).keywords]


@routes.post(f"{ONE}/keywords", *WRITE, takes="Word", returns="FilterKeyword")
async def add_keyword(call: Call) -> Any:
    word = Word(keyword=call.get("keyword"), whole_word=call.get("whole_word"))

    async def work(tx: Transaction) -> FilterKeyword:
        found = await filters.required(tx, call.actor, call.id())
        return await filters.add_keyword(tx, call.actor, found.filter, word)

    return entities.keyword(await call.run(work))


@routes.get(KEYWORD, *READ, returns="FilterKeyword")
async def keyword(call: Call) -> Any:
    async with call.reading() as tx:
        return entities.keyword((await filters.keyword(tx, call.actor, call.id()))[0])


@routes.put(KEYWORD, *WRITE, takes="ChangedWord", returns="FilterKeyword")
async def change_keyword(call: Call) -> Any:
    word = Word(keyword=call.get("keyword"), whole_word=call.get("whole_word"))

    async def work(tx: Transaction) -> FilterKeyword:
        found, _ = await filters.keyword(tx, call.actor, call.id())
        await filters.change_keyword(tx, call.actor, found, word)
        return found

    return entities.keyword(await call.run(work))


@routes.delete(KEYWORD, *WRITE)
async def remove_keyword(call: Call) -> Any:
    async def work(tx: Transaction) -> None:
        await filters.remove_part(tx, call.actor, (await filters.keyword(tx, call.actor, call.id()))[0])

    await call.run(work)
    return {}


@routes.get(f"{ONE}/statuses", *READ, returns="[FilterStatus]")
async def statuses(call: Call) -> Any:
    async with call.reading() as tx:
        return [entities.status(one) for one in (await filters.required(tx, call.actor, call.id())).statuses]


@routes.post(f"{ONE}/statuses", *WRITE, takes="FilteredStatus", returns="FilterStatus")
async def add_status(call: Call) -> Any:
    async def work(tx: Transaction) -> FilterStatus:
        found = await filters.required(tx, call.actor, call.id())
        post = await post_rows.shown(tx, id_of(call.get("status_id")) or 0, call.actor)
        return await filters.add_status(tx, call.actor, found.filter, post.id)

    return entities.status(await call.run(work))


@routes.get(STATUS, *READ, returns="FilterStatus")
async def status(call: Call) -> Any:
    async with call.reading() as tx:
        return entities.status((await filters.status(tx, call.actor, call.id()))[0])


@routes.delete(STATUS, *WRITE, returns="FilterStatus")
async def remove_status(call: Call) -> Any:
    async def work(tx: Transaction) -> FilterStatus:
        found, _ = await filters.status(tx, call.actor, call.id())
        await filters.remove_part(tx, call.actor, found)
        return found

    return entities.status(await call.run(work))
