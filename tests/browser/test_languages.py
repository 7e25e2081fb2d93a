"""Every text stands in its own language and direction, whatever the page around it is in."""

from typing import Any

import pytest

from tests.browser.chromium import DESKTOP, MARKS, Tab, tab
from tests.browser.places import LONG_HANDLE, Places

pytestmark = MARKS
HOW = """one => ({
  language: one.closest("[lang]").lang,
  direction: getComputedStyle(one).direction,
  align: getComputedStyle(one).textAlign,
})"""
STARTS_AT = """one => {
  const text = document.createTreeWalker(one, NodeFilter.SHOW_TEXT).nextNode(), range = document.createRange();
  range.setStart(text, 0);
  range.setEnd(text, 1);
  const sign = range.getBoundingClientRect(), all = one.getBoundingClientRect();
  return Math.abs(sign.left - all.left) < 1 ? "left" : Math.abs(sign.right - all.right) < 1 ? "right" : "between";
}"""


async def how(found: Tab, text: str, selector: str = "p") -> dict[str, Any]:
    """The language and the direction of the element that holds this text."""
    shown: dict[str, Any] = await found.page.locator(selector).filter(has_text=text).first.evaluate(HOW)
    return shown


@pytest.mark.parametrize(("side", "direction"), [("ltr", "ltr"), ("rtl", "rtl")])
async def test_posts_stand_in_the_direction_of_their_script(places: Places, side: str, direction: str):
    place = places.all[side]
    texts = place.texts
    async with tab(places.browser, place.host, **DESKTOP) as found:
        await found.open(place.node.base + place.paths["thread"])
        assert await found.page.locator("html").evaluate(HOW) == {
            "language": "en", "direction": "ltr", "align": "start"
        }  # fmt: skip
        for text, selector in ((texts.title, "h1"), (texts.answers[1], ".prose"), (texts.about, "blockquote")):
            assert await how(found, text, selector) == {
                "language": texts.language, "direction": direction, "align": "start"
            }, text  # fmt: skip
        await found.open(f"{place.node.base}/@sewing")
        assert (await how(found, texts.title, "h3"))["direction"] == direction
        assert (await how(found, "Be kind.", ".prose"))["language"] == "en"
        assert (await how(found, f"@sewing@{place.host}", ".address"))["direction"] == "ltr"


async def test_names_do_not_turn_what_stands_beside_them(places: Places):
    """An Arabic name in an English line: the line keeps its order."""
    place = places.all["rtl"]
    async with tab(places.browser, place.host, secret=place.secret, **DESKTOP) as found:
        await found.open(f"{place.node.base}/requests")
        wish = found.page.locator(".note").filter(has_text="would like to join")
        line = await wish.first.evaluate(HOW)
        assert line["direction"] == "ltr"
        await found.open(place.node.base + place.paths["person"])
        name, address = found.page.locator("h1 bdi"), found.page.locator(".profile .address")
        assert await name.evaluate("one => getComputedStyle(one).unicodeBidi") == "isolate"
        assert await address.inner_text() == f"@{LONG_HANDLE}@{place.host}"


async def test_a_handle_in_an_arabic_text_begins_with_its_sign(places: Places):
    place = places.all["rtl"]
    async with tab(places.browser, place.host, **DESKTOP) as found:
        await found.open(place.node.base + place.paths["thread"])
        mention = found.page.locator(".prose a").filter(has_text=LONG_HANDLE)
        hashtag = found.page.locator(".prose a").filter(has_text=place.texts.tag)
        assert await mention.evaluate(STARTS_AT) == "left"
        assert await hashtag.evaluate(STARTS_AT) == "right"


async def test_what_she_types_takes_its_direction(places: Places):
    place = places.all["rtl"]
    async with tab(places.browser, place.host, secret=place.secret, **DESKTOP) as found:
        await found.open(f"{place.node.base}/home")
        field = found.page.get_by_label("Your text")
        for text, direction in (("مرحبًا", "rtl"), ("Ciao", "ltr")):
            await field.fill(text)
            assert (await field.evaluate(HOW))["direction"] == direction
        address = found.page.get_by_label("Address or link of a group or a person")
        assert (await address.evaluate(HOW))["direction"] == "ltr"
