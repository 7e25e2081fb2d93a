"""With the keyboard alone: everything that can be pressed is reached, in the order in which it is read, and it is seen
where one is."""

from typing import Any

import pytest

from tests.browser.chromium import DESKTOP, MARKS, PHONE, Tab, tab
from tests.browser.places import Places
from tests.browser.visits import READER, VISITS, Visit

pytestmark = MARKS
NUMBERED = """() => {
  const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
    .filter(one => one.checkVisibility({ visibilityProperty: true }));
  all.forEach((one, number) => { one.dataset.number = number });
  return all.length;
}"""
FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {
    number: Number(one.dataset.number ?? -1),
    outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    seen: box.width > 1 && box.height > 1 && box.top >= -1 && box.bottom <= innerHeight + 1,
    html: one.outerHTML.slice(0, 120),
  };
}"""


async def stops(found: Tab) -> list[dict[str, Any]]:
    """Where Tab leads, up to the end of the page."""
    count: int = await found.page.evaluate(NUMBERED)
    reached = []
    for _ in range(count):
        await found.page.keyboard.press("Tab")
        reached.append(await found.page.evaluate(FOCUSED))
    return reached


PAGES = [visit for visit in VISITS if visit.name in {"sign-in", "group", "thread", "home", "requests"}]


@pytest.mark.parametrize("visit", PAGES, ids=lambda visit: visit.name)
async def test_tab_leads_through_everything_in_order(places: Places, visit: Visit):
    place = places.all["rtl"]
    secret = place.secret if READER in visit.readers else ""
    async with tab(places.browser, place.host, secret=secret, **DESKTOP) as found:
        await visit.come(found, place)
        reached = await stops(found)
        assert [stop["number"] for stop in reached] == list(range(len(reached)))
        assert [stop["html"] for stop in reached if stop["outline"] < 2 or not stop["seen"]] == []


async def test_the_first_stop_leads_past_the_navigation(places: Places):
    place = places.all["ltr"]
    async with tab(places.browser, place.host, secret=place.secret, **PHONE) as found:
        await found.open(f"{place.node.base}/home")
        await found.page.keyboard.press("Tab")
        first = found.page.get_by_role("link", name="Skip to the content")
        box = await first.bounding_box()
        assert box is not None
        assert (box["width"] > 80, box["x"] >= 0, box["y"] >= 0) == (True, True, True)
        await found.page.keyboard.press("Enter")
        await found.page.keyboard.press("Tab")
        assert await found.page.evaluate("document.activeElement.closest('main') !== null")


async def test_she_writes_with_the_keyboard_alone(places: Places):
    """What is refused is read out, with the text kept: nothing in these places changes."""
    place = places.all["ltr"]
    async with tab(places.browser, place.host, secret=place.secret, **DESKTOP) as found:
        await found.open(f"{place.node.base}/@sewing")
        await found.page.get_by_label("Your text").focus()
        for keys in ("Ciao", "Tab", "Tab", "ArrowDown", "ArrowDown", "Tab", "Tab", "Enter"):
            await (found.page.keyboard.type if keys == "Ciao" else found.page.keyboard.press)(keys)
        await found.page.wait_for_url("**/posts")
        field = found.page.get_by_label("Your text")
        assert await field.input_value() == "Ciao"
        assert await field.evaluate("one => one === document.activeElement")
        described = await field.get_attribute("aria-describedby")
        assert "public group" in await found.page.locator(f"#{described}").inner_text()
