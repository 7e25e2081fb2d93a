"""The main journeys, in a browser that runs no script: she comes by a link, joins a group of another node, writes and
reads there, and leaves."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest_asyncio

from node.services import users
from tests.browser.chromium import DESKTOP, MARKS, PHONE, Tab, chromium, tab
from tests.nodes import Network, Node
from tests.one_node.browsing import PASSWORD, give_password

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserType

pytestmark = MARKS


@dataclass
class Meeting:
    """Maria of a.test, and Eleni of b.test, who has the open group `rapsimo`."""

    nodes: Network
    browser: "Browser"
    a: Node
    b: Node


@pytest_asyncio.fixture(loop_scope="session")
async def meeting(nodes: Network, kind: "BrowserType") -> AsyncIterator[Meeting]:
    a, b = await nodes.node("a"), await nodes.node("b")
    await a.person("maria")
    eleni = await b.person("eleni")
    await b.group("rapsimo", eleni, name="Ράψιμο", languages=["el"])
    await give_password(b, eleni)
    async with chromium(kind, nodes.names) as browser:
        yield Meeting(nodes, browser, a, b)


async def link_for(node: Node, name: str) -> str:
    async def work(tx: Any) -> str:
        user, _ = await users.required(tx, name)
        return await users.sign_in_link(tx, user)

    link: str = await node.do(work)
    return link


async def write(found: Tab, text: str, button: str) -> None:
    await found.page.get_by_label("Your text").fill(text)
    await found.press(button)


async def sign_in_by_link(found: Tab, node: Node, name: str) -> None:
    await found.open(await link_for(node, name))
    await found.press("Sign in on this device")
    assert found.path == "/home"


async def sign_in_with_password(found: Tab, node: Node, name: str) -> None:
    await found.open(f"{node.base}/sign-in")
    await found.page.get_by_label("Name or e-mail address").fill(name)
    await found.page.get_by_label("Password").fill(PASSWORD)
    await found.press("Sign in")
    assert found.path == "/home"


async def join(found: Tab, address: str) -> None:
    await found.page.get_by_label("Address or link of a group or a person").fill(address)
    await found.press("Follow or join")


async def test_without_scripts_she_joins_writes_reads_and_leaves(meeting: Meeting):
    no_scripts = {"java_script_enabled": False}
    async with (
        tab(meeting.browser, "a.test", **PHONE, **no_scripts) as maria,
        tab(meeting.browser, "b.test", **DESKTOP, **no_scripts) as eleni,
    ):
        await sign_in_by_link(maria, meeting.a, "maria")
        await join(maria, "@rapsimo@b.test")
        assert maria.path == "/@rapsimo@b.test"
        assert "You have asked, and wait for an answer." in await maria.words()
        await meeting.nodes.settle()
        await maria.page.reload()
        assert "You are a member." in await maria.words()
        await write(maria, "Chi porta la macchina?", "Send")
        thread = maria.path
        assert "Chi porta la macchina?" in await maria.words()
        await meeting.nodes.settle()

        await sign_in_with_password(eleni, meeting.b, "eleni")
        await eleni.press("Answer", role="link")
        await write(eleni, "Εγώ!", "Send the answer")
        assert "Εγώ!" in await eleni.words()
        await meeting.nodes.settle()

        await maria.open(meeting.a.base + thread)
        assert "Εγώ!" in await maria.words()
        await maria.press("Sign out")
        assert "Sign in" in await maria.words()
        await maria.page.go_back()
        await maria.open(f"{meeting.a.base}/home")
        assert maria.path == "/sign-in"
        assert "Εγώ!" not in await maria.words()


async def test_she_takes_back_what_she_did(meeting: Meeting):
    """Like, unlike, and delete, which asks once more."""
    post = await meeting.a.post(await meeting.a.find("maria@a.test"), "Mine")
    async with tab(meeting.browser, "a.test", **PHONE, java_script_enabled=False) as maria:
        await sign_in_by_link(maria, meeting.a, "maria")
        await maria.open(f"{meeting.a.base}/posts/{post.id}")
        await maria.press("Like")
        await maria.press("Liked, 1 in all")
        await maria.page.get_by_role("button", name="Like", exact=True).wait_for()
        sure = maria.page.get_by_role("button", name="Yes, delete it everywhere")
        assert not await sure.is_visible()
        await maria.page.get_by_text("Delete", exact=True).click()
        await maria.press("Yes, delete it everywhere")
        assert maria.path == "/home"
        assert "Mine" not in await maria.words()
