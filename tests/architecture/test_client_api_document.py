"""docs/client-api.md names every route of the client API as it is, with a test that there is."""

import re
from pathlib import Path

from node import mastodon

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"\| ([A-Z]+) `(/[^`]*)` \| (.*?) \| (?:`([^`]*)`)? ?\| `([^`]*)` \|")
MATCHED = re.compile(r"\{(\w+):[^/]*\}")


def rows() -> list[tuple[str, ...]]:
    text = (ROOT / "docs" / "client-api.md").read_text()
    return [match.groups(default="") for match in map(ROW.match, text.splitlines()) if match]


def test_every_route_has_its_row_and_no_other():
    described = {
        (method, path): (set(re.findall(r"`([^`]*)`", scopes)), given) for method, path, scopes, given, _ in rows()
    }
    built = {(r.method, MATCHED.sub(r"{\1}", r.path)): (set(r.scopes), r.returns or "") for r in mastodon.table()}
    assert described == built
    assert len(described) == len(rows()) > 200


def test_every_row_names_a_test_that_there_is():
    named = {test for *_, test in rows()}
    assert [test for test in sorted(named) if not (ROOT / "tests" / f"{test}.py").exists()] == []
