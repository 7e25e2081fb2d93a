"""Fixtures of the browser: one driver for a run; a place full of content for all that only reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from aiohttp import web

from node.web import rendering
from tests.browser import chromium
from tests.browser.places import Places, places_of
from tests.nodes import Network, network

if TYPE_CHECKING:
    from playwright.async_api import BrowserType


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kind() -> AsyncIterator[BrowserType]:
    if not chromium.available():
        pytest.skip(chromium.MISSING)
    async with chromium.driver() as found:
        yield found


def noting(templates: dict[str, str]) -> Callable[[web.Request, rendering.Page], str]:
    original = rendering.html_of

    def html_of(request: web.Request, page: rendering.Page) -> str:
        templates[request.path] = page.template
        return original(request, page)

    return html_of


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def places(kind: BrowserType, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Places]:
    """Read by many tests, changed by none."""
    async with network(tmp_path_factory.mktemp("places"), None) as nodes:
        found, templates = await places_of(nodes), {}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rendering, "html_of", noting(templates))
            async with chromium.chromium(kind, nodes.names) as browser:
                yield Places(found, browser, templates)


@pytest_asyncio.fixture(loop_scope="session")
async def nodes(kind: BrowserType, tmp_path: Path) -> AsyncIterator[Network]:
    """An empty network in the loop of the driver."""
    async with network(tmp_path, None) as found:
        yield found
