"""The table of handlers: one function for each pair."""

from collections.abc import Callable

import pytest

from federation.dispatch import Table

Handler = Callable[[], str]


@pytest.fixture
def table() -> Table[Handler]:
    table: Table[Handler] = Table()

    @table.on("Create", "Note", "Page")
    def create() -> str:
        return "create"

    @table.on("Delete")
    def delete() -> str:
        return "delete"

    @table.on("Delete", "Person")
    def leave() -> str:
        return "leave"

    return table


@pytest.mark.parametrize(
    ("activity", "kind", "expected"),
    [
        ("Create", "Note", "create"),
        ("Create", "Page", "create"),
        ("Delete", "Person", "leave"),
        ("Delete", "Note", "delete"),
        ("Delete", None, "delete"),
    ],
)
def test_the_exact_pair_comes_before_any(table, activity, kind, expected):
    handler = table.find(activity, kind)
    assert handler is not None
    assert handler() == expected


@pytest.mark.parametrize(("activity", "kind"), [("Create", "Video"), ("Create", None), ("Arrive", "Place"), ("*", "*")])
def test_an_unknown_pair_is_none(table, activity, kind):
    assert table.find(activity, kind) is None


@pytest.mark.parametrize(("activity", "kinds"), [("Create", ("Note",)), ("Delete", ()), ("Update", ("Note", "Note"))])
def test_a_second_handler_is_refused(table, activity, kinds):
    with pytest.raises(ValueError, match="has a handler already"):
        table.on(activity, *kinds)(lambda: "second")


def test_the_decorated_function_stays_itself(table):
    def follow() -> str:
        return "follow"

    assert table.on("Follow", "Group")(follow) is follow


def test_pairs_are_listed_for_the_documents(table):
    assert list(table.pairs()) == [("Create", "Note"), ("Create", "Page"), ("Delete", "*"), ("Delete", "Person")]
