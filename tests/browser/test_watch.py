"""What all the other tests here rely on: a browser that reaches nothing but its nodes, and says what was wrong."""

from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from tests.browser.chromium import MARKS, chromium, tab
from tests.nodes import Network

if TYPE_CHECKING:
    from playwright.async_api import BrowserType

pytestmark = MARKS
PAGE = "<!doctype html><title>Page</title><p>Here</p>"


async def serve(nodes: Network, body: str) -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        policy = {"Content-Security-Policy": "default-src 'none'; img-src *"}
        return web.Response(text=body, content_type="text/html", headers=policy)

    await nodes.serve_host("a.test", answer)


async def look(nodes: Network, kind: "BrowserType", body: str) -> None:
    await serve(nodes, body)
    async with chromium(kind, nodes.names) as browser, tab(browser, "a.test") as found:
        await found.open("http://a.test/")
        assert await found.words() == "Here"


async def test_a_page_that_is_as_it_should_be_passes(nodes: Network, kind: "BrowserType"):
    await look(nodes, kind, PAGE)


async def test_a_request_to_a_third_host_fails_and_reaches_nobody(nodes: Network, kind: "BrowserType"):
    with pytest.raises(AssertionError, match=r"elsewhere\.example"):
        await look(nodes, kind, PAGE + '<img src="http://elsewhere.example/1.png">')


async def test_a_breach_of_the_policy_fails(nodes: Network, kind: "BrowserType"):
    with pytest.raises(AssertionError, match="Content Security Policy"):
        await look(nodes, kind, PAGE + '<p style="color: red"></p>')
