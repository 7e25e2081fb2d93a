"""Filter, its keywords and statuses, FilterResult, and the filters of Mastodon before 4.0."""

from collections.abc import Sequence

from node.database.tables import Filter, FilterKeyword, FilterStatus
from node.mastodon.entities.accounts import Entity
from node.mastodon.moments import moment_or_none
from node.queries.filters import FilterView


def filter_of(row: Filter) -> Entity:
    """Without what belongs to it, as it stands in a FilterResult."""
    return {
        "id": str(row.id),
        "title": row.title,
        "context": list(row.contexts),
        "expires_at": moment_or_none(row.expires_at),
        "filter_action": row.action,
    }


def whole_filter(view: FilterView) -> Entity:
    return filter_of(view.filter) | {
        "keywords": [keyword(one) for one in view.keywords],
        "statuses": [status(one) for one in view.statuses],
    }


def keyword(row: FilterKeyword) -> Entity:
    return {"id": str(row.id), "keyword": row.keyword, "whole_word": row.whole_word}


def status(row: FilterStatus) -> Entity:
    return {"id": str(row.id), "status_id": str(row.post_id)}


def result(row: Filter, keywords: Sequence[str], statuses: Sequence[int]) -> Entity:
    return {
        "filter": filter_of(row),
        "keyword_matches": list(keywords) or None,
        "status_matches": [str(post_id) for post_id in statuses] or None,
    }


def old_filter(row: FilterKeyword, of: Filter) -> Entity:
    """One word, under its own id."""
    return {
        "id": str(row.id),
        "phrase": row.keyword,
        "context": list(of.contexts),
        "whole_word": row.whole_word,
        "expires_at": moment_or_none(of.expires_at),
        "irreversible": of.action == "hide",
    }
