"""Documents damaged in every way, for hypothesis."""

import copy
from typing import Any

from hypothesis import strategies as st

from federation.identifiers import PUBLIC

STRANGE = st.sampled_from([
    None, True, False, 0, -1, 2**63, 10**19, 1.5,
    "", [], {}, [[]], [None], [{}], {"id": None}, {"id": {}}, {"type": []},
    PUBLIC, "as:Public", "Public", "https://", "https://[", "http://c.test/%zz", "https://\u00e9.example/",
    "acct:anna@a.test", "acct:@", "tag:x", "javascript:alert(1)", "#",
    "http://a.test/users/anna", "http://a.test/groups/garden", "http://c.test/users/bob", "http://c.test/notes/1",
    "Note", "Person", "Create", "Announce", "Collection", "Tombstone", "Follow", ["Note", "Person"], ["Delete"],
    "2026-13-45T99:99:99Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59",
    "\0", "\u202e\u200d", "x" * 3_000, "<p>" * 400, "<svg onload=x>",
    {"@value": "x"}, {"@value": {}}, [1, "a", None, {}], {"en": 5}, {"en": None},
]).map(copy.deepcopy) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)  # fmt: skip
"""a.test, anna and garden, c.test and bob: the names that the tests of a running node use."""


def places_in(value: Any) -> list[tuple[Any, Any]]:
    """(holder, key) of every value, wherever it is."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in pairs for place in [(value, key), *places_in(inner)]]


@st.composite
def damaged(draw: st.DrawFn, payloads: list[dict[str, Any]]) -> dict[str, Any]:
    """A payload with up to four of its values dropped, replaced, wrapped, doubled or exchanged."""
    document = copy.deepcopy(draw(st.sampled_from(payloads)))
    for _ in range(draw(st.integers(0, 4))):
        places = places_in(document)
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        match draw(st.sampled_from(["drop", "replace", "wrap", "name", "swap"])):
            case "drop":
                del holder[key]
            case "replace":
                holder[key] = draw(STRANGE)
            case "wrap":
                holder[key] = [holder[key], copy.deepcopy(holder[key])]
            case "name":
                holder[key] = {"id": holder[key], "type": draw(STRANGE)}
            case "swap":
                other, name = draw(st.sampled_from(places))
                holder[key] = copy.deepcopy(other[name])
    return document
