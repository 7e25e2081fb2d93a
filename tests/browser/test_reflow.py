"""Nothing has to be moved sideways to be read: on the narrowest telephone, at 200 per cent, and with letters twice as
large; whatever long words, handles and addresses people write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.chromium import DESKTOP, MARKS, PHONE, Tab, tab
from tests.browser.places import Places
from tests.browser.visits import READER, VISITS, Visit
from tests.conftest import LONG

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = MARKS
NARROWEST = 320
"""CSS pixels: a desk of 1280 at 400 per cent (WCAG 1.4.10)."""
SIDES = [
    (visit, side)
    for number, visit in enumerate(VISITS)
    for side in (("ltr", "rtl") if LONG else (("ltr", "rtl")[number % 2],))
]
"""Each page in both places, or by default in one of them in turn."""
OUTSIDE = """() => {
  const width = document.documentElement.clientWidth;
  const sideways = document.documentElement.scrollWidth > width ? [`the page is wider than ${width}`] : [];
  const shown = [...document.body.querySelectorAll("*:not(.hidden, .skip)")];
  const beyond = shown.filter(one => {
    const box = one.getBoundingClientRect();
    return box.width > 0 && (box.right > width + 1 || box.left < -1);
  });
  const cut = shown.filter(one => one.localName !== "input" &&
    one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0 && getComputedStyle(one).overflowX !== "visible");
  return [...sideways, ...[...beyond, ...cut].map(one => one.outerHTML.slice(0, 160))];
}"""


async def outside(page: Page) -> list[str]:
    """What stands beyond an edge of the page, or is cut off by its box."""
    found: list[str] = await page.evaluate(OUTSIDE)
    return found


async def larger_letters(found: Tab) -> None:
    """As somebody sets them in her browser: 32 px where others have 16."""
    await found.page.evaluate("document.documentElement.style.fontSize = '200%'")


@pytest.mark.parametrize(("visit", "side"), SIDES, ids=lambda value: getattr(value, "name", value))
async def test_a_page_fits(places: Places, visit: Visit, side: str):
    place = places.all[side]
    secret = place.secret if READER in visit.readers else ""
    async with tab(places.browser, place.host, secret=secret, **PHONE) as found:
        await visit.come(found, place)
        await found.unfold()
        for width in (PHONE["viewport"]["width"], NARROWEST, DESKTOP["viewport"]["width"] // 2):
            await found.page.set_viewport_size({"width": width, "height": 740})
            assert await outside(found.page) == [], width
        await larger_letters(found)
        await found.page.set_viewport_size(PHONE["viewport"])
        assert await outside(found.page) == []


async def test_a_page_that_does_not_fit_is_noticed(places: Places):
    place = places.all["ltr"]
    async with tab(places.browser, place.host, **PHONE) as found:
        await found.open(f"{place.node.base}/about")
        assert await outside(found.page) == []
        await found.page.evaluate("document.querySelector('h1').style.whiteSpace = 'nowrap'")
        await larger_letters(found)
        assert "the page is wider than 360" in await outside(found.page)
