"""What pages must not do: run what somebody wrote, show what is not for the reader, take forms from elsewhere."""

import aiohttp
import pytest

from federation.addressing import Visibility
from node.queries import actors as actor_rows, follows as follow_rows, posts as post_rows
from node.web.addresses import local_path
from tests.nodes import Network, Node
from tests.one_node.browsing import HTML, Browser, signed_in


@pytest.fixture
async def node(sqlite_nodes: Network) -> Node:
    return await sqlite_nodes.node("a")


EVIL = '"><img src=x onerror=alert(1)><script>alert(2)</script>{{ 7*7 }}'


async def test_what_people_write_stays_text(node: Node):
    maria = await node.person("maria")
    fields = [{"name": EVIL, "value": EVIL}]
    await node.do(lambda tx: actor_rows.change(tx, maria, name=EVIL, summary=EVIL, fields=fields, languages=["en"]))
    group = await node.group("lavoro", maria, summary=EVIL, rules={"en": EVIL}, languages=[EVIL])
    await node.do(lambda tx: actor_rows.change(tx, group, name=EVIL))  # as none of ours is called, and others may be
    post = await node.post(maria, EVIL, group="lavoro@a.test", title=EVIL, warning=EVIL, language="en")
    evil_file = {"type": "image", "url": "https://b.test/x.png", "alt": EVIL}
    bad_link = {"type": "image", "url": "javascript:alert(1)", "alt": "bad link"}
    poll = {"options": [{"name": EVIL, "votes": 1}]}
    changed = {"attachments": [evil_file, bad_link], "poll": poll, "event": None}
    await node.do(lambda tx: post_rows.change(tx, post, **changed))
    browser = await signed_in(node, maria)
    async with browser, Browser(node) as visitor:
        for path in ("/", "/groups", "/@lavoro", "/@maria", f"/posts/{post.id}"):
            for reader in (browser, visitor):
                text = (await reader.get(path)).text
                assert "alert(" in text, path
                assert "<img src=x" not in text, path
                assert "<script" not in text, path
                assert 'onerror="' not in text, path
                assert "javascript:" not in text, path
                assert ">49<" not in text, path
        assert "<img" not in (await browser.get("/home")).text.split("<main")[1]
    assert group.name == EVIL


@pytest.mark.parametrize("visibility", [Visibility.FOLLOWERS, Visibility.DIRECT])
async def test_what_is_not_for_visitors_is_on_no_page_of_theirs(node: Node, visibility: Visibility):
    maria, amal = await node.person("maria"), await node.person("amal")
    await node.follow(amal, "maria@a.test")
    opener = await node.post(maria, "Open to all #secret")
    hidden = await node.post(maria, "Meet me at noon @amal #secret", to=opener, visibility=visibility)
    paths = ("/", "/groups", "/@maria", "/@amal", "/tags/secret", f"/posts/{opener.id}")
    async with Browser(node) as visitor, await signed_in(node, amal) as friend:
        assert "Meet me at noon" in (await friend.get(f"/posts/{hidden.id}")).words
        assert "Meet me at noon" in (await friend.get(f"/posts/{opener.id}")).words
        assert "Meet me at noon" in (await friend.get("/@maria")).words
        for path in paths:
            seen = await visitor.get(path)
            assert (seen.status, "noon" in seen.text, str(hidden.id) in seen.text) == (200, False, False), path
        unknown = await visitor.get("/posts/1")
        seen = await visitor.get(f"/posts/{hidden.id}")
        assert (seen.status, seen.text) == (404, unknown.text)


async def test_a_stranger_who_is_signed_in_sees_no_more_than_a_visitor(node: Node):
    maria, other = await node.person("maria"), await node.person("other")
    hidden = await node.post(maria, "For my followers", visibility=Visibility.FOLLOWERS)
    async with await signed_in(node, other) as stranger, await signed_in(node, maria) as author:
        for path in ("/home", "/@maria"):
            assert "For my followers" not in (await stranger.get(path)).text
        assert (await stranger.get(f"/posts/{hidden.id}")).status == 404
        assert (await author.get(f"/posts/{hidden.id}")).status == 200


async def test_who_is_blocked_finds_nobody(node: Node):
    maria, other = await node.person("maria"), await node.person("other")
    async with await signed_in(node, other) as blocked:
        assert (await blocked.get("/@maria")).status == 200
        await node.do(lambda tx: actor_rows.block(tx, maria, other, "http://a.test/activities/1"))
        assert (await blocked.get("/@maria")).status == 404


async def test_pages_of_those_who_are_signed_in_are_kept_nowhere(node: Node):
    maria = await node.person("maria")
    async with await signed_in(node, maria) as browser:
        for path in ("/", "/home", "/@maria", "/groups", "/requests", "/follow"):
            seen = await browser.get(path)
            assert (seen.status, seen.headers["Cache-Control"]) == (200, "private, no-store"), path
            assert "ETag" not in seen.headers
    async with Browser(node) as visitor:
        assert "Sign out" not in (await visitor.get("/")).words


async def test_forms_are_taken_from_our_pages_alone(node: Node):
    maria = await node.person("maria")
    async with await signed_in(node, maria) as browser:
        ours = {"Origin": node.base}
        for headers in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "cross-site", **ours},
            {"Origin": "http://evil.test"},
            {"Origin": "null"},
            {},
        ):
            seen = await browser.post("/posts", text="forged", headers=headers)
            assert seen.status == 403, headers
        for token in ("", "0" * 64, "ü" * 64):
            seen = await browser.post("/posts", text="forged", csrf=token)
            assert seen.status == 403, token
        assert "forged" not in (await browser.get("/home")).text
        for headers in (ours, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
            assert (await browser.post("/posts", text="mine", headers=headers)).status == 303, headers


async def test_a_token_is_good_for_its_own_session_alone(node: Node):
    maria, amal = await node.person("maria"), await node.person("amal")
    async with await signed_in(node, maria) as hers, await signed_in(node, amal) as other:
        assert (await hers.post("/posts", text="x", csrf=other.token)).status == 403
        assert (await hers.post("/posts", text="x")).status == 303


async def test_every_form_needs_a_token_and_reading_changes_nothing(node: Node):
    maria = await node.person("maria")
    post = await node.post(maria, "Mine")
    changing = [
        "/posts", "/follow", "/unfollow", "/requests", "/sign-out", "/block", "/unblock",
        *(f"/posts/{post.id}/{form}" for form in ("edit", "report", "moderate")),
        *(f"/posts/{post.id}/{action}" for action in ("favourite", "unfavourite", "boost", "unboost", "delete")),
    ]  # fmt: skip
    async with await signed_in(node, maria) as browser:
        for path in changing:
            assert (await browser.post(path, csrf="")).status == 403, path
            if path not in {"/follow", "/requests"} and not path.endswith(("/edit", "/report")):
                assert (await browser.get(path)).status in {404, 405}, path
        assert (await browser.get("/home")).status == 200
    async with Browser(node) as visitor:
        for path in ("/sign-in", "/sign-in/abc"):
            await visitor.get(path)
            assert (await visitor.post(path, csrf="")).status == 403, path
        for path in changing:
            seen = await visitor.post(path)
            assert (seen.status, seen.headers["Location"][:8]) == (303, "/sign-in"), path
    assert await node.known(post.uri) is not None


async def test_forms_have_a_size_and_a_kind(node: Node):
    maria = await node.person("maria")
    async with await signed_in(node, maria) as browser:
        assert (await browser.post("/posts", text="x" * 200_000)).status == 413
        many = {f"field{number}": "x" for number in range(60)}
        assert (await browser.post("/posts", text="x", **many)).status == 400
        url, headers = f"{node.base}/posts", {"Sec-Fetch-Site": "same-origin", "Accept": HTML}
        parts = aiohttp.FormData({"csrf": browser.token, "text": "x"}, default_to_multipart=True)
        for data, extra in ((parts, {}), (b"{}", {"Content-Type": "application/json"})):
            async with node.http.post(url, data=data, headers=headers | extra) as response:
                assert response.status == 415
        assert (await browser.post("/posts", text="x")).status == 303


@pytest.mark.parametrize(
    "path",
    ["//evil.test", "/\\evil.test", "https://evil.test", "evil.test", "/\t/evil.test", "/a\r\nb", "javascript:1", ""],
)
def test_nobody_is_sent_elsewhere(path: str):
    assert local_path(path, "/home") == "/home"


@pytest.mark.parametrize("path", ["/", "/home", "/posts/1#post-2", "/@maria@b.test?before=3"])
def test_and_back_to_where_she_was(path: str):
    assert local_path(path, "/other") == path


async def test_forms_come_back_to_this_site(node: Node):
    maria = await node.person("maria")
    post = await node.post(maria, "Mine")
    async with await signed_in(node, maria) as browser:
        for back, leads_to in (
            ("/@maria#post-1", "/@maria#post-1"),
            ("//evil.test", "/home"),
            ("http://e.test", "/home"),
        ):
            seen = await browser.post(f"/posts/{post.id}/favourite", next=back)
            assert (seen.status, seen.headers["Location"]) == (303, leads_to)
    async with Browser(node) as visitor:
        page = await visitor.get("/sign-in?next=//evil.test/x")
        assert "evil" not in page.text
        seen = await visitor.get("/requests?x=1")
        assert seen.headers["Location"] == "/sign-in?next=/requests?x%3D1"


async def test_groups_of_elsewhere_are_chosen_from_her_own_alone(nodes: Network):
    a, b = await nodes.node("a"), await nodes.node("b")
    maria = await a.person("maria")
    await b.group("cucina", await b.person("bea"))
    group = await a.find("cucina@b.test")
    async with await signed_in(a, maria) as browser:
        seen = await browser.post("/posts", text="Buon appetito", group=str(group.id))
        assert seen.status == 422
        assert "You are not a member of this group." in seen.words
        await a.follow(maria, "cucina@b.test")
        await nodes.settle()
        assert await a.read(lambda tx: follow_rows.accepted(tx, maria.id, group.id))
        assert (await browser.post("/posts", text="Buon appetito", group=str(group.id))).status == 303
