"""The pages that everybody may read: what stands on them, and how they are kept."""

import re

import pytest

from federation.addressing import Visibility
from node.queries import actors as actor_rows, posts as post_rows
from node.services import departures, moderating, posts
from node.web.rendering import PER_PAGE
from tests.nodes import Network, Node
from tests.one_node.browsing import Browser, signed_in


async def test_the_front_page_tells_what_this_is_and_which_groups_there_are(node: Node):
    await node.group("lavoro", name="Lavoro e diritti", summary="Contratti", languages=["it", "ar"])
    async with Browser(node) as browser:
        for path in ("/", "/groups"):
            seen = await browser.get(path)
            assert seen.status == 200
            assert 'href="/@lavoro"' in seen.text
            assert "Lavoro e diritti" in seen.words
            assert "@lavoro@a.test" in seen.words
            assert "العربية" in seen.words
            assert seen.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("path", ["/groups/lavoro", "/@lavoro", "/@LAVORO"])
async def test_a_group_tells_how_to_join_it(node: Node, path: str):
    owner = await node.person("maria")
    rules = {"it": "Con rispetto.", "en": "Be kind."}
    group = await node.group("lavoro", owner, summary="<p>Contratti</p>", rules=rules, joining="approval")
    pinned = await node.post(owner, "Welcome, all of you", group="lavoro@a.test")
    await node.do(lambda tx: moderating.pin(tx, owner, group, pinned, pinned=True))
    await node.post(owner, "How do I read a pay slip?\n\nThe second line of it.", group="lavoro@a.test", language="en")
    async with Browser(node) as browser:
        seen = await browser.get(path)
    assert seen.status == 200
    assert "A moderator answers who asks to join." in seen.words
    assert "@lavoro@a.test" in seen.words
    assert '<div class="prose lines" dir="auto" lang="it">Con rispetto.</div>' in seen.text
    assert seen.words.index("Welcome, all of you") < seen.words.index("How do I read a pay slip?")
    assert seen.words.count("Welcome, all of you") == 1
    assert "The second line of it." in seen.words
    assert 'dir="auto" lang="en"' in seen.text


async def test_a_profile_shows_her_public_posts_and_is_not_indexed(node: Node):
    maria = await node.person("maria")
    await node.do(lambda tx: actor_rows.change(tx, maria, name="Maria Conte", summary="<p>Sarta</p>"))
    await node.post(maria, "Open to all")
    await node.post(maria, "By link alone", visibility=Visibility.UNLISTED)
    async with Browser(node) as browser:
        for path in ("/users/maria", "/@maria"):
            seen = await browser.get(path)
            assert "Maria Conte" in seen.words
            assert "Sarta" in seen.words
            assert "Open to all" in seen.words
            assert "By link alone" not in seen.words
            assert '<meta name="robots" content="noindex">' in seen.text


async def test_names_are_looked_for_where_they_belong(node: Node):
    await node.person("maria")
    await node.group("lavoro")
    async with Browser(node) as browser:
        for path in ("/users/lavoro", "/groups/maria", "/@nobody", "/@node", "/users/%2e%2e", "/@maria@b.test"):
            assert (await browser.get(path)).status == 404, path
        for path in ("/users/maria", "/groups/lavoro"):
            assert (await browser.get(path)).status == 200, path


async def test_a_thread_has_its_answers_below_what_they_answer(node: Node):
    maria, amal = await node.person("maria"), await node.person("amal")
    opener = await node.post(maria, "One", language="it")
    first = await node.post(amal, "Two", to=opener)
    await node.post(maria, "Four", to=opener)
    below = await node.post(maria, "Three", to=first, language="ar")
    async with Browser(node) as browser:
        for post in (opener, first, below):
            seen = await browser.get(f"/posts/{post.id}")
            assert re.findall(r">\s*<p>(\w+)</p>", seen.text) == ["One", "Two", "Three", "Four"]
            assert re.findall(r"post depth-(\d)", seen.text) == ["0", "1", "2", "1"]
            assert re.findall(r'post depth-\d current" id="post-(\d+)"', seen.text) == [str(post.id)]
            assert '<div class="prose" dir="auto" lang="ar">' in seen.text


async def test_a_long_thread_comes_in_parts(node: Node, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("node.web.threads.MOST", 3)
    maria = await node.person("maria")
    opener = await node.post(maria, "p0")
    answers = [await node.post(maria, f"p{number}", to=opener) for number in range(1, 6)]
    async with Browser(node) as browser:
        seen = await browser.get(f"/posts/{opener.id}")
        assert re.findall(r"<p>(p\d)</p>", seen.text) == ["p0", "p1", "p2"]
        assert f'rel="next" href="/posts/{answers[2].id}"' in seen.text
        seen = await browser.get(f"/posts/{answers[2].id}")
        assert re.findall(r"<p>(p\d)</p>", seen.text) == ["p0", "p3", "p4"]
        assert f'href="/posts/{opener.id}">From the beginning' in seen.text
        assert f'rel="next" href="/posts/{answers[4].id}"' in seen.text
        seen = await browser.get(f"/posts/{answers[4].id}")
        assert re.findall(r"<p>(p\d)</p>", seen.text) == ["p0", "p5"]
        assert 'rel="next"' not in seen.text


async def test_a_hashtag_lists_public_posts(node: Node):
    maria = await node.person("maria")
    await node.post(maria, "Read this #BustaPaga")
    await node.post(maria, "Not this #bustapaga", visibility=Visibility.UNLISTED)
    async with Browser(node) as browser:
        seen = await browser.get("/tags/bustapaga")
        assert "Read this" in seen.words
        assert "Not this" not in seen.words
        assert (await browser.get("/tags/" + "x" * 201)).status == 404


async def test_lists_are_paged_by_what_was_last(node: Node):
    maria = await node.person("maria")
    for number in range(PER_PAGE + 3):
        await node.post(maria, f"number {number}.")
    async with Browser(node) as browser:
        newest = await browser.get("/@maria")
        older = re.search(r'rel="next" href="(\?before=\d+)"', newest.text)
        assert older is not None
        oldest = await browser.get(f"/@maria{older[1]}")
        numbers = [int(n) for seen in (newest, oldest) for n in re.findall(r"number (\d+)\.", seen.words)]
        assert numbers == list(range(PER_PAGE + 2, -1, -1))
        assert 'rel="next"' not in oldest.text
        for wrong in ("x", "-1", "9" * 19, "9" * 30, "%D9%A1"):
            assert (await browser.get(f"/@maria?before={wrong}")).status == 404, wrong


async def test_about_says_who_can_see_what_and_whom_to_ask(sqlite_nodes: Network):
    node = await sqlite_nodes.node("a", ORDITO_CONTACT="ask@a.test", ORDITO_NODE_NAME="Casa & Tessile")
    async with Browser(node) as browser:
        seen = await browser.get("/about")
    assert "What the people who run this place can see" in seen.words
    assert 'href="mailto:ask@a.test"' in seen.text
    assert "About Casa &amp; Tessile" in seen.text


async def test_what_was_deleted_is_gone_and_the_rest_unknown(node: Node):
    maria = await node.person("maria")
    post = await node.post(maria, "For a while")
    async with Browser(node) as browser:
        assert (await browser.get(f"/posts/{post.id}")).status == 200
        await node.do(lambda tx: posts.delete(tx, maria, post))
        seen = await browser.get(f"/posts/{post.id}")
        assert seen.status == 410
        assert "This post was deleted." in seen.words
        assert "For a while" not in seen.text
        for path in ("/posts/1", "/posts/abc", "/posts/99999999999999999999", "/nothing"):
            seen = await browser.get(path)
            assert (seen.status, seen.headers["Content-Type"]) == (404, "text/html; charset=utf-8"), path
            assert '<link rel="stylesheet" href="/static/ordito.css">' in seen.text


async def test_a_deleted_account_is_gone(node: Node):
    maria = await node.person("maria")
    await node.do(lambda tx: departures.empty(tx, maria))
    async with Browser(node) as browser:
        assert (await browser.get("/@maria")).status == 410


async def test_pages_for_visitors_are_kept_until_something_changes(node: Node):
    maria = await node.person("maria")
    await node.post(maria, "First")
    async with Browser(node) as browser:
        seen = await browser.get("/@maria")
        tag = seen.headers["ETag"]
        assert seen.headers["Cache-Control"] == "public, no-cache"
        again = await browser.get("/@maria", **{"If-None-Match": tag})
        assert (again.status, again.text) == (304, "")
        await node.post(maria, "Second")
        changed = await browser.get("/@maria", **{"If-None-Match": tag})
        assert changed.status == 200
        assert "Second" in changed.words


async def test_an_address_that_is_an_id_too_varies_by_what_is_asked_for(node: Node):
    await node.person("maria")
    status, headers, document = await node.get("/users/maria")
    assert (status, document["preferredUsername"]) == (200, "maria")
    async with Browser(node) as browser:
        seen = await browser.get("/users/maria")
    assert seen.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Accept" in seen.headers["Vary"]
    assert "Accept" in headers["Vary"]


async def test_files_are_kept_for_good_under_the_name_that_changes_with_them(node: Node):
    async with Browser(node) as browser:
        front = await browser.get("/")
        hashed = re.search(r'href="(/static/ordito\.[0-9a-f]{16}\.css)"', front.text)
        assert hashed is not None
        seen = await browser.get(hashed[1])
        assert (seen.status, seen.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
        assert "immutable" in seen.headers["Cache-Control"]
        plain = await browser.get("/static/ordito.css")
        assert plain.text == seen.text
        assert plain.headers["Cache-Control"] == "public, no-cache"
        assert (await browser.get("/static/ordito.css", **{"If-None-Match": plain.headers["ETag"]})).status == 304
        for wrong in ("ordito.0000000000000000.css", "nothing.css", "..%2f__init__.py", "%2e%2e%2fstatic.py"):
            assert (await browser.get(f"/static/{wrong}")).status == 404, wrong


async def test_pages_load_nothing_from_elsewhere_and_need_no_script(node: Node):
    maria = await node.person("maria")
    await node.group("lavoro", maria)
    post = await node.post(maria, "See https://elsewhere.example/page", group="lavoro@a.test")
    async with Browser(node) as browser:
        for path in ("/", "/groups", "/@lavoro", "/@maria", f"/posts/{post.id}", "/about", "/sign-in", "/nothing"):
            text = (await browser.get(path)).text
            loaded = re.findall(r'<(?:link|img|script|iframe)\b[^>]*(?:href|src)="([^"]*)"', text)
            assert loaded
            assert all(address.startswith("/static/") for address in loaded), path
            assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", text), path


async def test_a_removed_post_leaves_the_pages(node: Node):
    maria, amal = await node.person("maria"), await node.person("amal")
    group = await node.group("lavoro", maria)
    post = await node.post(amal, "Buy my things", group="lavoro@a.test")
    async with Browser(node) as browser:
        assert "Buy my things" in (await browser.get("/@lavoro")).words
        await node.do(lambda tx: moderating.remove_post(tx, maria, group, post, "advert"))
        assert "Buy my things" not in (await browser.get("/@lavoro")).words
        assert (await browser.get(f"/posts/{post.id}")).status == 404
    stored = await node.read(lambda tx: post_rows.by_id(tx, post.id))
    assert stored.removed_at is not None


async def test_a_group_shows_topics_and_what_groups_elsewhere_say_of_their_rules(nodes: Network):
    node, elsewhere = await nodes.node("a"), await nodes.node("b")
    maria = await elsewhere.person("maria")
    await elsewhere.group("cucito", maria, rules={"it": "Con <rispetto>."}, topics=["ago"])
    anna = await node.person("anna")
    await node.follow(anna, "cucito@b.test")
    await nodes.settle()
    async with Browser(elsewhere) as browser, await signed_in(node, anna) as reader:
        page = await browser.get("/@cucito")
        assert '<a class="tag" href="/tags/ago" rel="tag">#<bdi>ago</bdi></a>' in page.text
        assert "Con &lt;rispetto&gt;." in page.text
        page = await reader.get("/@cucito@b.test")
        assert "<dt><bdi>Rules (Italiano)</bdi></dt>" in page.text
        assert "Con &lt;rispetto&gt;." in page.text
