"""Accept: who gets the document and who the page."""

import pytest
from hypothesis import given, strategies

from node.middleware.negotiation import prefers_activity, prefers_page

PROFILED = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'


@pytest.mark.parametrize(
    "accept",
    [
        "application/activity+json",
        "Application/Activity+JSON",
        PROFILED,
        f"{PROFILED}, text/html;q=0.1",
        "text/html;q=0.5, application/activity+json",
        "text/html; q=0, application/ld+json; q=0.1",
        "application/activity+json, text/html",
        "application/ld+json;q=0, application/activity+json;q=0.2",
    ],
)
def test_who_prefers_the_document_gets_it(accept: str) -> None:
    assert prefers_activity(accept)


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "text/html",
        "text/html, application/activity+json",
        "application/activity+json;q=0",
        "application/activity+json; Q=0.000, */*",
        "application/activity+json;q=0.5, text/html",
        "application/json",
        "application/activity+json-seq",
        'text/plain; note="application/activity+json"',
    ],
)
def test_who_does_not_gets_the_page(accept: str) -> None:
    assert not prefers_activity(accept)


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        ("text/html", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("text/html, application/activity+json", True),
        ("application/activity+json;q=0.5, Text/HTML;q=0.6", True),
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("text/html;q=0", False),
        ("text/html;q=0, */*", False),
        ("application/activity+json, text/html", False),
        (f"{PROFILED}, text/html;q=0.9", False),
    ],
)
def test_a_page_is_asked_for_by_name(accept: str, page: bool) -> None:
    assert prefers_page(accept) is page


@given(strategies.text() | strategies.text(alphabet="aq=;,./*01+\" \t'"))
def test_no_header_is_too_odd(accept: str) -> None:
    assert not (prefers_activity(accept) and prefers_page(accept))
