"""Chromium for tests: the one that the machine has, never a downloaded one. It reaches the nodes of a test by their
names and nothing else, and everything that it asks for and complains of is noted."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

import pytest

from tests.unit.loopback import Names

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, BrowserType, ConsoleMessage, Page, Request

EXECUTABLE: Final = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MISSING: Final = "no Chromium that tests can drive; to enable these tests: apt-get install chromium && make test"
SWITCHES: Final = (
    "--no-sandbox",  # CI is root in a container
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
MARKS: Final = pytest.mark.asyncio(loop_scope="session")
"""For each module here: one loop, so that one driver does for all tests of a worker."""
PATIENCE: Final = 15_000.0
"""Milliseconds that a busy machine is given."""
PHONE: Final[dict[str, Any]] = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
DESKTOP: Final[dict[str, Any]] = {"viewport": {"width": 1280, "height": 800}}
ANSWERED: Final = "Failed to load resource: the server responded with a status of"
WITHOUT_TLS: Final = "Not supported for insecure origins."


def available() -> bool:
    return (
        EXECUTABLE is not None
        and find_spec("playwright") is not None
        and find_spec("axe_playwright_python") is not None
    )


@asynccontextmanager
async def driver() -> AsyncIterator[BrowserType]:
    from playwright.async_api import async_playwright  # noqa: PLC0415  # where it is missing, these are skipped

    async with async_playwright() as found:
        yield found.chromium


@asynccontextmanager
async def chromium(kind: BrowserType, names: Names) -> AsyncIterator[Browser]:
    """A browser for which these names alone exist."""
    known = [f"MAP {name}:80 {host}:{port}" for name, [[(host, port)]] in names.answers.items()]
    rules = ", ".join([*known, "MAP * ~NOTFOUND"])
    browser = await kind.launch(executable_path=EXECUTABLE, args=[*SWITCHES, f"--host-resolver-rules={rules}"])
    try:
        yield browser
    finally:
        await browser.close()


@dataclass
class Tab:
    """A page, the hosts that it asked, and what the browser had to complain of: policies, scripts, loading."""

    page: Page
    context: BrowserContext
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def hosts(self) -> set[str]:
        return {urlsplit(url).netloc for url in self.asked}

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.page.url).path)

    def asks(self, request: Request) -> None:
        self.asked.append(request.url)

    def complains(self, message: ConsoleMessage) -> None:
        """An answer of 404 or 422 to the page itself is no complaint, nor what https alone has."""
        of_page = message.location["url"] == self.page.url and message.text.startswith(ANSWERED)
        if message.type in {"error", "warning"} and not of_page and not message.text.endswith(WITHOUT_TLS):
            self.complaints.append(message.text)

    async def open(self, address: str) -> None:
        await self.page.goto(address)

    async def press(self, name: str, *, role: Any = "button") -> None:
        """Presses what is called so, and waits for the page that comes of it."""
        async with self.page.expect_navigation():
            await self.page.get_by_role(role, name=name, exact=True).first.click()

    async def unfold(self) -> None:
        await self.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")

    async def words(self) -> str:
        return " ".join((await self.page.inner_text("body")).split())


@asynccontextmanager
async def tab(browser: Browser, host: str, *, secret: str = "", **options: Any) -> AsyncIterator[Tab]:
    """A fresh profile on a device; with the secret of a session, she is signed in. In the end: nobody but this host
    was asked for anything, and the browser had nothing to complain of."""
    context = await browser.new_context(**options)
    context.set_default_timeout(PATIENCE)
    if secret:
        await context.add_cookies([{"name": "session", "value": secret, "url": f"http://{host}/", "httpOnly": True}])
    found = Tab(await context.new_page(), context)
    context.on("request", found.asks)
    context.on("console", found.complains)
    try:
        yield found
    finally:
        await context.close()
    assert found.hosts <= {host}, found.hosts
    assert not found.complaints, found.complaints
