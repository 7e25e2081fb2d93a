"""Filters of what somebody reads: making and changing them. Apps that stream, and caches, are told of each change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from node.database import Transaction
from node.database.tables import Actor, Filter, FilterKeyword, FilterStatus
from node.errors import Invalid, NotFound
from node.queries import filters as filter_rows
from node.queries.filters import FilterView

LONGEST: Final = 200
"""Characters of a title, or of a word."""
MOST: Final = 100
"""Filters of one person."""
MOST_PARTS: Final = 1000
"""Words and posts in all of them."""


@dataclass(frozen=True, slots=True)
class Word:
    """One to add, change or take away (`gone`); with an id it is there already. What is None stays."""

    id: int | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    gone: bool = False


async def required(tx: Transaction, actor: Actor, filter_id: int) -> FilterView:
    found = await filter_rows.one(tx, actor.id, filter_id)
    if found is None:
        raise NotFound("There is no such filter.")
    return found


async def create(tx: Transaction, actor: Actor, values: Mapping[str, Any], words: Sequence[Word]) -> FilterView:
    """`values`: title, contexts, action, expires_at."""
    _check(values, whole=True)
    if len(await filter_rows.of(tx, actor.id)) >= MOST:
        raise Invalid(f"Validation failed: there are {MOST} filters already", "filter.many")
    row = await filter_rows.add(tx, actor.id, {"action": "warn", "expires_at": None, **values})
    await _set_words(tx, actor, FilterView(row, (), ()), words)
    return await _changed(tx, actor, row)


async def change(
    tx: Transaction, actor: Actor, found: FilterView, values: Mapping[str, Any], words: Sequence[Word]
) -> FilterView:
    _check(values, whole=False)
    if values:
        await filter_rows.change(tx, found.filter, dict(values))
    await _set_words(tx, actor, found, words)
    return await _changed(tx, actor, found.filter)


async def remove(tx: Transaction, actor: Actor, found: FilterView) -> None:
    await filter_rows.remove(tx, found.filter)
    tx.tell_of("filters", found.filter.id, actor.id)


def _check(values: Mapping[str, Any], *, whole: bool) -> None:
    title = values.get("title", None if whole else " ")
    if not title or len(title) > LONGEST:
        raise Invalid("Validation failed: Title can't be blank, nor longer than 200 characters", "filter.title")
    if not values.get("contexts", None if whole else ["home"]):
        raise Invalid("Validation failed: Context None or invalid context supplied", "filter.context")


async def _set_words(tx: Transaction, actor: Actor, found: FilterView, words: Sequence[Word]) -> None:
    known = {keyword.id: keyword for keyword in found.keywords}
    for word in words:
        row = known.get(word.id) if word.id is not None else None
        if row is not None and word.gone:
            await filter_rows.remove_part(tx, row)
        elif row is not None:
            await filter_rows.change_keyword(tx, row, _keyword_values(word))
        elif word.id is None and not word.gone:
            await add_keyword(tx, actor, found.filter, word)


def _keyword_values(word: Word) -> dict[str, Any]:
    values = {"keyword": word.keyword, "whole_word": word.whole_word}
    if word.keyword is not None:
        _check_keyword(word.keyword)
    return {name: value for name, value in values.items() if value is not None}


def _check_keyword(text: str) -> None:
    if not text.strip() or len(text) > LONGEST:
        raise Invalid("Validation failed: Keyword can't be blank, nor longer than 200 characters", "filter.keyword")


async def add_keyword(tx: Transaction, actor: Actor, row: Filter, word: Word) -> FilterKeyword:
    keyword = (word.keyword or "").strip()
    _check_keyword(keyword)
    await _may_add(tx, actor)
    whole_word = True if word.whole_word is None else word.whole_word
    added = await filter_rows.add_keyword(tx, row, keyword, whole_word=whole_word)
    tx.tell_of("filters", row.id, actor.id)
    return added


async def change_keyword(tx: Transaction, actor: Actor, keyword: FilterKeyword, word: Word) -> None:
    await filter_rows.change_keyword(tx, keyword, _keyword_values(word))
    tx.tell_of("filters", keyword.filter_id, actor.id)


async def add_status(tx: Transaction, actor: Actor, row: Filter, post_id: int) -> FilterStatus:
    await _may_add(tx, actor)
    tx.tell_of("filters", row.id, actor.id)
    return await filter_rows.add_status(tx, row, post_id)


async def remove_part(tx: Transaction, actor: Actor, part: FilterKeyword | FilterStatus) -> None:
    await filter_rows.remove_part(tx, part)
    tx.tell_of("filters", part.filter_id, actor.id)


async def _may_add(tx: Transaction, actor: Actor) -> None:
    if await filter_rows.count(tx, actor.id) >= MOST_PARTS:
        raise Invalid(f"Validation failed: there are {MOST_PARTS} words already", "filter.many")


async def _changed(tx: Transaction, actor: Actor, row: Filter) -> FilterView:
    tx.tell_of("filters", row.id, actor.id)
    return await required(tx, actor, row.id)


async def keyword(tx: Transaction, actor: Actor, part_id: int) -> tuple[FilterKeyword, Filter]:
    found = await filter_rows.part(tx, actor.id, FilterKeyword, part_id)
    if found is None:
        raise NotFound("There is no such word.")
    return found


async def status(tx: Transaction, actor: Actor, part_id: int) -> tuple[FilterStatus, Filter]:
    found = await filter_rows.part(tx, actor.id, FilterStatus, part_id)
    if found is None:
        raise NotFound("There is no such post in a filter.")
    return found
