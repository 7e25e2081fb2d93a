"""How a post read before it was edited: on a page for whoever may see the post."""

from typing import Any

import pytest

from federation.addressing import Visibility
from node.queries import posts as post_rows
from node.services import posts
from tests.clubs import club_of
from tests.nodes import Network, Node
from tests.one_node.browsing import Browser, signed_in


async def edit(node: Node, author: Any, post: Any, text: str, **values: Any) -> None:
    draft = posts.Draft(text, Visibility(post.visibility), **values)
    await node.do(lambda tx: posts.edit(tx, author, post, draft))


@pytest.mark.both_databases
async def test_earlier_versions_stand_newest_first(nodes: Network, node: Node) -> None:
    maria = await node.person("maria")
    picture = {"url": "https://files.example/1.png", "type": "image", "alt": "A needle"}
    post = await node.post(maria, "First <words>", title="Needles", attachments=[picture])
    path = f"/posts/{post.id}/history"
    async with Browser(node) as browser:
        assert f'href="{path}"' not in (await browser.get(f"/posts/{post.id}")).text
        assert "No earlier version is kept here." in (await browser.get(path)).words
        for text, warning in (("Second words", "Pins"), ("Third words", "")):
            await edit(node, maria, await node.required(post.uri), text, warning=warning)
        assert f'href="{path}"' in (await browser.get(f"/posts/{post.id}")).text
        words = (await browser.get(path)).words
    found = [
        words.index(text) for text in ("Third words", "Pins", "Second words", "Needles", "First <words>", "A needle")
    ]
    assert found == sorted(found)


async def test_who_may_not_see_the_post_does_not_see_how_it_was(node: Node) -> None:
    maria, amal, lea = [await node.person(name) for name in ("maria", "amal", "lea")]
    open_to_all = await node.post(maria, "Open before")
    direct = await node.post(maria, "Secret before @amal", visibility=Visibility.DIRECT)
    for post in (open_to_all, direct):
        await edit(node, maria, post, "After")
    async with await signed_in(node, amal) as named, await signed_in(node, lea) as other, Browser(node) as visitor:
        seen = [
            [(await browser.get(f"/posts/{post.id}/history")).status for post in (open_to_all, direct)]
            for browser in (named, other, visitor)
        ]
        assert seen == [[200, 200], [200, 404], [200, 404]]
        await node.do(lambda tx: posts.delete(tx, maria, open_to_all))
        assert (await visitor.get(f"/posts/{open_to_all.id}/history")).status in {404, 410}
    assert await node.read(lambda tx: post_rows.edits(tx, open_to_all.id)) == []


@pytest.mark.both_databases
@pytest.mark.parametrize("visibility", [Visibility.DIRECT, Visibility.FOLLOWERS])
async def test_whom_an_edit_names_does_not_learn_what_was_said_before(node: Node, visibility: Visibility) -> None:
    """Others do, who could read it then."""
    maria, amal, lea = [await node.person(name) for name in ("maria", "amal", "lea")]
    await node.follow(amal, "maria@a.test")
    post = await node.post(maria, "Of Lea, to @amal", visibility=visibility)
    people = {"amal@a.test": amal, "lea@a.test": lea}
    for text in ("To @amal and @lea", "To both of you, @amal and @lea"):
        await edit(node, maria, await node.required(post.uri), text, mentioned=people)
    async with await signed_in(node, amal) as named, await signed_in(node, lea) as later:
        before, since = [(await browser.get(f"/posts/{post.id}/history")).words for browser in (named, later)]
    assert ("Of Lea" in before, "Of Lea" in since) == (True, False)
    assert "To @ amal and @ lea" in since


async def test_edits_from_elsewhere_are_made_safe_too(nodes: Network) -> None:
    club = await club_of(nodes)
    note = club.note("notes/1", "<p>Before</p><script>alert(1)</script>")
    await club.announce(club.dora.prove(club.create(note)))
    later = club.note("notes/1", "<p>After</p>", updated="2099-01-01T00:00:00Z")
    inner = {name: value for name, value in later.items() if name != "@context"}
    assert await club.announce(club.dora.prove(club.act("Update", inner))) is None
    post = await club.node.required(note["id"])
    async with Browser(club.node) as browser:
        page = await browser.get(f"/posts/{post.id}/history")
    assert "Before" in page.words
    assert "script" not in page.text
