"""Every page meets axe, which knows the rules of WCAG 2.2: on a phone and on a desk, light and dark, from left to right
and from right to left, signed in or not. One view of each by default, all of them with ORDITO_TEST_LONG=1."""

from typing import Any

import pytest

from tests.browser.chromium import MARKS, Tab, tab
from tests.browser.places import Places
from tests.browser.visits import View, Visit, cases
from tests.conftest import LONG

pytestmark = MARKS
RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}


async def violations(found: Tab) -> list[str]:
    """The rule, where it is broken, and what to do; also in what is folded up."""
    from axe_playwright_python.async_playwright import Axe  # noqa: PLC0415  # where it is missing, these are skipped

    await found.unfold()
    results: dict[str, Any] = (await Axe().run(found.page, options=RULES)).response
    return [
        f"{rule['id']}: {node['target']} {node['html'][:200]}: {node['failureSummary']}"
        for rule in results["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize(("visit", "view"), cases(all_views=LONG))
async def test_a_page_meets_axe(places: Places, visit: Visit, view: View):
    place = places.all[view.side]
    secret = place.secret if view.signed_in else ""
    async with tab(places.browser, place.host, secret=secret, **view.options) as found:
        await visit.come(found, place)
        assert places.templates.get(found.path, "") == visit.template
        assert ("Sign out" in await found.words()) == (view.signed_in and visit.template != "")
        assert await violations(found) == []


async def test_axe_finds_what_is_wrong(places: Places):
    place = places.all["ltr"]
    async with tab(places.browser, place.host) as found:
        await found.open(f"{place.node.base}/about")
        assert await violations(found) == []
        await found.page.evaluate("document.querySelector('main').innerHTML = '<img src=/static/icon.svg><input>'")
        await found.page.evaluate("document.documentElement.removeAttribute('lang')")
        broken = {found.partition(":")[0] for found in await violations(found)}
    assert {"image-alt", "html-has-lang", "label"} <= broken
