"""Addresses that peers read have something for people too: the page that shows the same, at a browser's asking."""

import pytest
from aiohttp import web
from sqlalchemy import select

from federation.addressing import Visibility
from node import activitypub, web as pages
from node.database.tables import OwnActivity
from node.services import posts, reactions
from tests.nodes import AP, Network, Node
from tests.one_node.browsing import HTML, Browser, signed_in

CHROMIUM = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.fixture
async def node(sqlite_nodes: Network) -> Node:
    return await sqlite_nodes.node("a")


async def addresses(node: Node) -> dict[str, str]:
    """By address, where a browser is sent."""
    anna = await node.person("anna")
    await node.group("garden", anna)
    post = await node.post(anna, "Hello")
    found = {"/actor/outbox": "/actor"}
    for collection in ("outbox", "followers", "following", "featured"):
        found |= {f"/users/anna/{collection}": "/users/anna", f"/groups/garden/{collection}": "/groups/garden"}
    found["/groups/garden/moderators"] = "/groups/garden"
    found |= {f"/posts/{post.id}/replies": f"/posts/{post.id}", f"/contexts/{post.id}": f"/posts/{post.id}"}
    return found


async def test_collections_lead_browsers_to_the_page_of_what_they_belong_to(node: Node) -> None:
    found = await addresses(node)
    assert len(found) == len(pages.INSTEAD) - 2, "each but the node's account, and activities"
    for path, page in found.items():
        for accept in (AP, "*/*", "application/json", f"{AP}, text/html;q=0.5", ""):
            status, headers, body = await node.get(path, accept=accept)
            assert (status, body["type"], headers["Vary"]) == (200, "OrderedCollection", "Accept"), (path, accept)
        for accept in (HTML, CHROMIUM):
            for asked in (path, f"{path}?page=true"):
                status, headers, _ = await node.get(asked, accept=accept)
                assert (status, headers["Location"], headers["Vary"]) == (303, page, "Accept"), asked
        status, headers, _ = await node.get(page, accept=HTML)
        assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8"), page


async def test_the_account_of_the_node_is_explained(node: Node) -> None:
    anna = await node.person("anna")
    status, headers, body = await node.get("/actor", accept=CHROMIUM)
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert headers["Vary"].split(", ")[0] == "Accept"
    for link in ('href="/"', 'href="/about"'):
        assert link in body
    async with await signed_in(node, anna) as browser, Browser(node) as visitor:
        for reader in (browser, visitor):
            assert "not for a person" in (await reader.get("/actor")).words
    for accept in (AP, "*/*", "application/json"):
        status, headers, body = await node.get("/actor", accept=accept)
        assert (status, body["type"], headers["Vary"]) == (200, "Application", "Accept")


async def test_an_activity_leads_to_what_it_is_about(node: Node) -> None:
    anna, lea = await node.person("anna"), await node.person("lea")
    await node.group("garden", anna)
    post = await node.post(lea, "Hello", group="garden@a.test")
    await node.do(lambda tx: reactions.favourite(tx, lea, post))
    hidden = await node.post(lea, "Hello @anna", visibility=Visibility.DIRECT)
    await node.do(lambda tx: reactions.favourite(tx, anna, hidden))
    said = await node.read(lambda tx: tx.all(select(OwnActivity)))
    pages_of = {"Announce": f"/posts/{post.id}", "Like": f"/posts/{post.id}"}
    seen = set()
    for activity in said:
        path = activity.uri.removeprefix(node.base)
        if not path.startswith("/activities/"):
            continue
        status, headers, _ = await node.get(path, accept=CHROMIUM)
        if (await node.get(path))[0] == 200:
            assert (status, headers["Location"], headers["Vary"]) == (303, pages_of[activity.type], "Accept")
        else:
            assert status == 404
        seen.add((activity.type, status))
    assert ("Announce", 303) in seen
    assert {status for _, status in seen} == {303, 404}


async def test_where_a_browser_is_sent_tells_nothing_of_what_is_there(node: Node) -> None:
    anna = await node.person("anna")
    gone = await node.post(anna, "Hello")
    await node.do(lambda tx: posts.delete(tx, anna, gone))
    for path, page, end in (
        ("/users/nobody/outbox", "/users/nobody", 404),
        ("/users/%2F%2Fevil.example/outbox", "/users/%2F%2Fevil.example", 404),
        (f"/contexts/{gone.id}", f"/posts/{gone.id}", 410),
        ("/contexts/1", "/posts/1", 404),
    ):
        async with Browser(node) as browser:
            seen = await browser.get(path)
            assert (seen.status, seen.headers["Location"]) == (303, page)
            assert (await browser.get(page)).status == end


def test_pages_stand_in_for_addresses_that_there_are() -> None:
    paths = {route.path for table in activitypub.ROUTES for route in table if isinstance(route, web.RouteDef)}
    assert set(pages.INSTEAD) <= paths
