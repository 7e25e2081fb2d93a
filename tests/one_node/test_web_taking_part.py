"""What somebody who is signed in does in a browser: write, answer, like, pass on, delete, follow, join, let in."""

import re

import pytest

from federation.addressing import Visibility
from node.errors import Invalid
from node.queries import follows as follow_rows, groups as group_rows, posts as post_rows
from node.services import moderating, reactions
from tests.nodes import Network, Node
from tests.one_node.browsing import signed_in

pytestmark = pytest.mark.both_databases


async def test_she_writes_and_reads_it_at_home(node: Node):
    maria, amal = await node.person("maria"), await node.person("amal")
    async with await signed_in(node, maria) as browser, await signed_in(node, amal) as friend:
        seen = await browser.post(
            "/posts", text="Ciao @amal\r\n**forte** #saluti", language="it", visibility="unlisted"
        )
        assert seen.status == 303
        place = re.fullmatch(r"/posts/(\d+)#post-\1", seen.headers["Location"])
        assert place is not None
        post = await node.read(lambda tx: post_rows.by_id(tx, int(place[1])))
        assert (post.language, post.visibility, post.source) == ("it", "unlisted", "Ciao @amal\n**forte** #saluti")
        mentioned = await node.read(lambda tx: post_rows.mentioned(tx, post.id))
        assert [actor.username for actor in mentioned] == ["amal"]
        assert "<strong>forte</strong>" in (await browser.get("/home")).text
        assert "forte" not in (await friend.get("/home")).text


async def test_she_writes_into_a_group_and_answers_there(node: Node):
    maria, amal = await node.person("maria"), await node.person("amal")
    group = await node.group("lavoro", maria)
    await node.follow(amal, "lavoro@a.test")
    async with await signed_in(node, amal) as browser, await signed_in(node, maria) as owner:
        page = await browser.get("/@lavoro")
        assert f'<option value="{group.id}" selected>Lavoro</option>' in page.text
        seen = await browser.post("/posts", text="How do I read it?", group=str(group.id))
        place = seen.headers["Location"].partition("#")[0]
        assert "How do I read it?" in (await owner.get("/home")).words
        page = await owner.get(place)
        answers = re.search(r'name="answers" value="(\d+)"', page.text)
        assert answers is not None
        assert (await owner.post("/posts", text="Line by line.", answers=answers[1])).status == 303
        page = await browser.get(place)
        assert re.findall(r"post depth-(\d)", page.text) == ["0", "1"]
        assert "1 answer" in (await browser.get("/@lavoro")).words


async def test_what_cannot_be_taken_keeps_what_she_typed(node: Node):
    maria = await node.person("maria")
    group = await node.group("lavoro", maria)
    async with await signed_in(node, maria) as browser:
        cases = [
            ({"text": "For <few>", "group": str(group.id), "visibility": "followers"}, "cannot go into a public group"),
            ({"text": "  "}, "A post needs some text."),
            ({"text": "Kept @maria", "visibility": "direct"}, "name somebody in it"),
            ({"text": "x" * 20_001}, "at most 20000 characters"),
            ({"text": "Kept", "language": "klingon"}, "Choose the language from the list."),
            ({"text": "Kept", "visibility": "everyone"}, "Choose who may read this."),
            ({"text": "Kept", "answers": "1"}, "does not exist"),
            ({"text": "Kept", "answers": "x"}, "There is nothing"),
        ]
        for fields, complaint in cases:
            seen = await browser.post("/posts", **fields)
            assert seen.status == 422, fields
            assert complaint in seen.words, fields
            kept = fields["text"].replace("<", "&lt;").replace(">", "&gt;")
            assert f">{kept}</textarea>" in seen.text
        seen = await browser.post("/posts", **cases[0][0])
        assert '<option value="followers" selected>' in seen.text
        assert f'<option value="{group.id}" selected>' in seen.text


async def test_she_likes_passes_on_and_takes_it_back(node: Node):
    maria, amal = await node.person("maria"), await node.person("amal")
    post = await node.post(maria, "Mine")
    async with await signed_in(node, amal) as browser:
        for action, undo, says in (
            ("favourite", "unfavourite", "Liked, 1 in all"),
            ("boost", "unboost", "Passed on, 1"),
        ):
            for _ in range(2):
                assert (await browser.post(f"/posts/{post.id}/{action}")).status == 303
            assert says in (await browser.get(f"/posts/{post.id}")).words
            for _ in range(2):
                assert (await browser.post(f"/posts/{post.id}/{undo}")).status == 303
            assert says not in (await browser.get(f"/posts/{post.id}")).words
        await browser.post(f"/posts/{post.id}/boost")
        assert "Passed on by amal" in (await browser.get("/@amal")).words


async def test_what_is_done_to_a_boost_is_done_to_the_post_that_it_shows(node: Node):
    maria, amal, noor = [await node.person(name) for name in ("maria", "amal", "noor")]
    post = await node.post(maria, "Mine")
    boost = await node.do(lambda tx: reactions.reblog(tx, maria, post))
    async with await signed_in(node, amal) as browser:
        for action in ("favourite", "boost"):
            assert (await browser.post(f"/posts/{boost.id}/{action}")).status == 303
        shown = (await browser.get(f"/posts/{post.id}")).words
        assert "Liked, 1 in all" in shown
        assert "Passed on, 2" in shown
        answer = await browser.post("/posts", text="Yes", answers=str(boost.id))
    assert await node.read(lambda tx: post_rows.reblog(tx, amal.id, boost.id)) is None
    assert (await node.required(f"{node.base}{answer.headers['Location'].partition('#')[0]}")).in_reply_to_id == post.id
    with pytest.raises(Invalid):
        await node.do(lambda tx: reactions.reblog(tx, noor, boost))


async def test_deleting_a_boost_does_not_delete_the_post(node: Node):
    maria = await node.person("maria")
    post = await node.post(maria, "Mine")
    boost = await node.do(lambda tx: reactions.reblog(tx, maria, post))
    async with await signed_in(node, maria) as browser:
        assert (await browser.post(f"/posts/{boost.id}/delete")).status == 404
        assert (await browser.get(f"/posts/{post.id}")).status == 200
        assert (await browser.post(f"/posts/{post.id}/delete")).status == 303


async def test_she_deletes_her_own_posts_alone(node: Node):
    maria, amal = await node.person("maria"), await node.person("amal")
    post = await node.post(maria, "Mine")
    async with await signed_in(node, amal) as other, await signed_in(node, maria) as author:
        assert "Delete" not in (await other.get(f"/posts/{post.id}")).words
        assert (await other.post(f"/posts/{post.id}/delete")).status == 403
        assert "Yes, delete it everywhere" in (await author.get(f"/posts/{post.id}")).words
        assert (await author.post(f"/posts/{post.id}/delete")).status == 303
        assert (await author.get(f"/posts/{post.id}")).status == 410


async def test_what_she_may_not_see_she_cannot_touch(node: Node):
    maria, amal = await node.person("maria"), await node.person("amal")
    post = await node.post(maria, "For few", visibility=Visibility.FOLLOWERS)
    async with await signed_in(node, amal) as browser:
        for action in ("favourite", "boost", "delete"):
            assert (await browser.post(f"/posts/{post.id}/{action}")).status == 404, action
        seen = await browser.post("/posts", text="Answer", answers=str(post.id))
        assert (seen.status, "For few" in seen.text) == (422, False)


async def test_she_follows_by_any_form_of_an_address(nodes: Network):
    a, b = await nodes.node("a"), await nodes.node("b")
    maria = await a.person("maria")
    await a.person("amal")
    for name in ("one", "two", "three", "four"):
        await b.person(name)
    forms = ["amal", "@one@b.test", "two@b.test", "http://b.test/users/three", "http://b.test/@four"]
    async with await signed_in(a, maria) as browser:
        for address in forms:
            seen = await browser.post("/follow", address=address)
            assert seen.status == 303, address
            await nodes.settle()
            assert "You follow this account." in (await browser.get(seen.headers["Location"])).words, address
        for address in ("nobody", "@nobody@b.test", "http://b.test/nothing", "not an address", "@maria@a.test", ""):
            seen = await browser.post("/follow", address=address)
            assert seen.status == 422, address
            assert 'role="alert"' in seen.text
    followed = await a.read(lambda tx: follow_rows.following(tx, maria.id))
    assert [actor.username for actor in followed] == ["amal", "one", "two", "three", "four"]


async def test_a_group_of_another_node_reads_like_one_of_ours(nodes: Network):
    a, b = await nodes.node("a"), await nodes.node("b")
    bea, maria = await b.person("bea"), await a.person("maria")
    await b.group("cucina", bea, name="Cucina")
    async with await signed_in(a, maria) as browser:
        assert (await browser.post("/follow", address="!cucina@b.test")).status == 303
        await nodes.settle()
        await b.post(bea, "Pasta for twelve", group="cucina@b.test")
        await nodes.settle()
        page = await browser.get("/@cucina@b.test")
        assert "You are a member." in page.words
        assert "Pasta for twelve" in page.words
        assert "@bea@b.test" in page.words
        thread = re.search(r'<h3[^>]*><a href="(/posts/\d+)">', page.text)
        assert thread is not None
        page = await browser.get(thread[1])
        assert re.search(r'class="quiet original" href="http://b.test/posts/\d+"', page.text)
        answers = re.search(r'name="answers" value="(\d+)"', page.text)
        assert answers is not None
        await browser.post("/posts", text="And for the vegetarians?", answers=answers[1])
        await nodes.settle()
        assert "And for the vegetarians?" in await _texts(b, "/@cucina")


async def _texts(node: Node, path: str) -> str:
    _, _, page = await node.get(path, accept="text/html")
    thread = re.search(r'<h3[^>]*><a href="(/posts/\d+)">', page)
    assert thread is not None
    _, _, text = await node.get(thread[1], accept="text/html")
    return str(text)


async def test_she_leaves_what_she_joined(node: Node):
    maria, amal = await node.person("maria"), await node.person("amal")
    group = await node.group("lavoro", maria)
    async with await signed_in(node, amal) as browser:
        await browser.post("/follow", address="lavoro")
        assert await node.read(lambda tx: follow_rows.accepted(tx, amal.id, group.id))
        seen = await browser.post("/unfollow", target=str(group.id), next="/@lavoro")
        assert seen.headers["Location"] == "/@lavoro"
        assert not await node.read(lambda tx: follow_rows.accepted(tx, amal.id, group.id))
        assert (await browser.post("/unfollow", target="x")).status == 404


async def test_she_lets_in_who_asks(node: Node):
    maria = await node.person("maria", approves=True)
    people = {name: await node.person(name) for name in ("one", "two", "three", "four")}
    group = await node.group("lavoro", maria, joining="approval")
    for name in ("one", "two"):
        await node.follow(people[name], "maria@a.test")
    for name in ("three", "four"):
        await node.follow(people[name], "lavoro@a.test")
    async with await signed_in(node, maria) as browser, await signed_in(node, people["three"]) as other:
        assert "4 people wait for your answer" in (await browser.get("/home")).words
        page = await browser.get("/requests")
        assert "would like to follow you" in page.words
        assert "would like to join Lavoro" in page.words
        for name, target, word in (
            ("one", maria, "accept"),
            ("two", maria, "refuse"),
            ("four", group, "refuse"),
        ):
            fields = {"person": str(people[name].id), "target": str(target.id), "answer": word}
            assert (await other.post("/requests", **fields)).status == 403, "she moderates nothing"
            assert (await browser.post("/requests", **fields)).status == 303
        fields = {"person": str(people["three"].id), "target": str(group.id), "answer": "accept"}
        assert (await other.post("/requests", **fields)).status == 403
        assert (await browser.post("/requests", **fields)).status == 303
        assert "Nobody waits for an answer." in (await browser.get("/requests")).words
    members = await node.read(lambda tx: follow_rows.followers(tx, group.id))
    followers = await node.read(lambda tx: follow_rows.followers(tx, maria.id))
    assert [actor.username for actor in members] == ["maria", "three"]
    assert [actor.username for actor in followers] == ["one"]


async def test_a_locked_thread_offers_its_form_to_moderators_alone(node: Node):
    maria, amal = await node.person("maria"), await node.person("amal")
    group = await node.group("lavoro", maria)
    opener = await node.post(amal, "A question", group="lavoro@a.test")
    answer = await node.post(amal, "More of it", to=opener)
    async with await signed_in(node, maria) as owner, await signed_in(node, amal) as other:
        assert "Send the answer" in (await other.get(f"/posts/{answer.id}")).words
        await node.do(lambda tx: moderating.lock(tx, maria, group, opener, locked=True))
        for post in (opener, answer):
            page = await other.get(f"/posts/{post.id}")
            assert "Send the answer" not in page.words
            assert "This thread is closed to answers." in page.words
            assert "Send the answer" in (await owner.get(f"/posts/{post.id}")).words
        seen = await other.post("/posts", text="Still", answers=str(answer.id))
        assert (seen.status, "This thread is locked." in seen.words) == (422, True)


async def test_a_moderator_finds_the_requests_of_her_groups(node: Node):
    maria, amal = await node.person("maria"), await node.person("amal")
    group = await node.group("lavoro", maria)
    async with await signed_in(node, maria) as owner, await signed_in(node, amal) as other:
        assert 'href="/requests"' in (await owner.get("/@lavoro")).text
        assert 'href="/requests"' not in (await other.get("/@lavoro")).text
    mine = await node.read(lambda tx: group_rows.moderated_by(tx, maria.id))
    assert [actor.id for actor in mine] == [group.id]
    assert await node.read(lambda tx: group_rows.moderated_by(tx, amal.id)) == []
