"""What pages offer for changing one's posts, for moderating a group, and for one's safety."""

import pytest

from federation.addressing import Visibility
from node.queries import actors as actor_rows, moderation, posts as post_rows
from node.services import blocks, moderating, posts
from tests.nodes import Network, Node
from tests.one_node.browsing import Browser, signed_in


@pytest.mark.both_databases
async def test_an_author_edits_her_post_and_nobody_else_does(node: Node):
    maria, amal = await node.person("maria"), await node.person("amal")
    post = await node.post(maria, "Ciao <tutte>", language="it", title="Saluti")
    path = f"/posts/{post.id}/edit"
    async with await signed_in(node, maria) as browser, await signed_in(node, amal) as other:
        assert f'href="{path}"' in (await browser.get(f"/posts/{post.id}")).text
        assert f'href="{path}"' not in (await other.get(f"/posts/{post.id}")).text
        page = await browser.get(path)
        assert ">Ciao &lt;tutte&gt;</textarea>" in page.text
        assert '<option value="it" lang="it" selected>' in page.text
        assert (await other.get(path)).status == 404
        assert (await other.post(path, text="Mine")).status == 404
        for text, complaint in ((" ", "needs some text"), ("x" * 20_001, "at most 20000")):
            seen = await browser.post(path, text=text, language="it")
            assert (seen.status, complaint in seen.words) == (422, True)
        seen = await browser.post(path, text="Buonasera @amal", language="")
        assert seen.headers["Location"] == f"/posts/{post.id}#post-{post.id}"
        page = await other.get(f"/posts/{post.id}")
        assert "Buonasera" in page.words
        assert f'href="{node.base}/@amal"' in page.text
        assert "edited" in page.words
    changed = await node.required(post.uri)
    assert (changed.language, changed.name) == (None, "Saluti")


async def test_a_moderator_removes_restores_locks_and_pins(node: Node):
    maria, amal = await node.person("maria"), await node.person("amal")
    await node.group("lavoro", maria)
    post = await node.post(amal, "Buy my pans", group="lavoro@a.test")
    path = f"/posts/{post.id}/moderate"
    async with await signed_in(node, maria) as owner, await signed_in(node, amal) as author:
        assert f'href="{path}"' in (await owner.get(f"/posts/{post.id}")).text
        assert f'href="{path}"' not in (await author.get(f"/posts/{post.id}")).text
        for act in ("remove", "lock", "pin"):
            assert (await author.post(path, act=act)).status == 404, "she moderates nothing"
        assert (await author.get(path)).status == 404
        assert (await owner.post(path, act="expel")).status == 404
        for act, word in (("lock", "unlock"), ("unlock", "lock"), ("pin", "unpin"), ("unpin", "pin")):
            seen = await owner.post(path, act=act)
            assert (seen.status, seen.headers["Location"]) == (303, path)
            assert f'name="act" value="{word}"' in (await owner.get(path)).text
        await owner.post(path, act="remove", reason="Advertising")
        assert "removed from the group" in (await author.get(f"/posts/{post.id}")).words
        assert (await owner.get(f"/posts/{post.id}")).status == 404
        page = await owner.get(path)
        assert "Its author alone still sees it, and why it was removed." in page.words
        await owner.post(path, act="restore")
        assert (await owner.get(f"/posts/{post.id}")).status == 200


@pytest.mark.both_databases
async def test_why_a_post_was_removed_is_read_by_its_author_and_moderators_alone(node: Node):
    maria, amal, bea = [await node.person(name) for name in ("maria", "amal", "bea")]
    group = await node.group("lavoro", maria, name="Lavoro & casa")
    post = await node.post(amal, "Buy my pans", group="lavoro@a.test")
    said = "A moderator of Lavoro & casa removed this: No <adverts>"
    page, moderating_page = f"/posts/{post.id}", f"/posts/{post.id}/moderate"
    async with (
        await signed_in(node, maria) as moderator,
        await signed_in(node, amal) as author,
        await signed_in(node, bea) as member,
    ):
        await moderator.get(moderating_page)
        await moderator.post(moderating_page, act="remove", reason="No <adverts>")
        for browser, path in ((author, page), (author, "/@amal"), (author, "/home"), (moderator, moderating_page)):
            assert said in (await browser.get(path)).words, path
        for browser in (moderator, member, Browser(node)):
            async with browser:
                for path in (page, "/@amal", "/@lavoro", "/home"):
                    assert "adverts" not in (await browser.get(path)).text, path
    await node.do(lambda tx: moderating.restore_post(tx, maria, group, post))
    assert await _removal(node, post.uri) == (False, None)
    await node.do(lambda tx: moderating.remove_post(tx, maria, group, post, "Twice"))
    await node.do(lambda tx: moderating.remove_post(tx, maria, group, post, " "))
    assert await _removal(node, post.uri) == (True, "Twice")
    await node.do(lambda tx: posts.delete(tx, amal, post))
    assert await _removal(node, post.uri) == (True, None)


async def _removal(node: Node, uri: str) -> tuple[bool, str | None]:
    post = await node.required(uri)
    return post.removed_at is not None, post.removal_reason


async def test_who_has_blocked_an_author_may_still_report_what_everybody_reads(node: Node):
    maria, amal = await node.person("maria"), await node.person("amal")
    open_to_all = await node.post(amal, "I know where you live")
    direct = await node.post(amal, "@maria I know it", visibility=Visibility.DIRECT)
    async with await signed_in(node, maria) as browser:
        assert (await browser.get(f"/posts/{direct.id}/report")).status == 200
        await node.do(lambda tx: blocks.block(tx, maria, amal))
        found = [
            (await browser.get(f"/posts/{post.id}{door}")).status
            for post in (open_to_all, direct)
            for door in ("", "/report")
        ]
        assert found == [404, 200, 404, 404]


async def test_a_post_is_reported_and_others_are_told_only_if_she_wants(nodes: Network):
    a, b = await nodes.node("a"), await nodes.node("b")
    maria, bea = await a.person("maria"), await b.person("bea")
    await a.follow(maria, "bea@b.test")
    await nodes.settle()
    written = await b.post(bea, "I know where you live")
    await nodes.settle()
    post = await a.required(written.uri)
    path = f"/posts/{post.id}/report"
    async with await signed_in(a, maria) as browser:
        assert f'href="{path}"' in (await browser.get(f"/posts/{post.id}")).text
        assert "moderators of b.test too" in (await browser.get(path)).words
        seen = await browser.post(path, text="  ")
        assert (seen.status, "needs some words" in seen.words) == (422, True)
        seen = await browser.post(path, text="A threat")
        assert seen.headers["Location"] == "/reported"
        assert "with the moderators" in (await browser.get("/reported")).words
        await nodes.settle()
        assert await b.read(moderation.open_reports) == []
        await browser.post(path, text="A threat, again", forward="yes")
        await nodes.settle()
    assert [report.text for report in await a.read(moderation.open_reports)] == ["A threat", "A threat, again"]
    [told] = await b.read(moderation.open_reports)
    assert told.reporter_id == (await b.actor(f"{a.base}/actor")).id
    async with Browser(a) as visitor:
        assert (await visitor.get(path)).status == 303


async def test_an_account_is_blocked_and_unblocked_on_its_page(node: Node):
    maria, amal = await node.person("maria"), await node.person("amal")
    await node.post(amal, "Hello")
    async with await signed_in(node, maria) as browser, await signed_in(node, amal) as other:
        assert 'action="/block"' not in (await browser.get("/@maria")).text
        page = await browser.get("/@amal")
        assert 'action="/block"' in page.text
        seen = await browser.post("/block", target=str(amal.id), next="/@amal")
        assert seen.headers["Location"] == "/@amal"
        assert await node.read(lambda tx: actor_rows.blocks(tx, maria.id, amal.id))
        assert (await other.get("/@maria")).status == 404
        page = await browser.get("/@amal")
        assert "You have blocked this account." in page.words
        assert 'action="/follow"' not in page.text
        await browser.post("/unblock", target=str(amal.id), next="/@amal")
        assert not await node.read(lambda tx: actor_rows.blocks(tx, maria.id, amal.id))
        assert (await browser.post("/block", target=str(maria.id))).status == 422
        assert (await browser.post("/block", target="1")).status == 404


async def test_what_is_not_hers_to_see_can_neither_be_reported_nor_edited(node: Node):
    maria, amal, _ = [await node.person(name) for name in ("maria", "amal", "lea")]
    hidden = await node.post(maria, "Only for @lea", visibility=Visibility.DIRECT)
    async with await signed_in(node, amal) as browser:
        for action in ("report", "edit", "moderate"):
            for seen in (
                await browser.get(f"/posts/{hidden.id}/{action}"),
                await browser.post(f"/posts/{hidden.id}/{action}", text="x", act="remove"),
            ):
                assert seen.status == 404, action
                assert "Only for" not in seen.text
    assert (await node.read(lambda tx: post_rows.by_id(tx, hidden.id))).removed_at is None
