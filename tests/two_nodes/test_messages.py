"""What is written to somebody is found by her, and by nobody else, whether she follows who wrote it or not."""

from datetime import timedelta

from federation.addressing import Visibility
from node.database import Transaction
from node.database.tables import Actor
from node.queries import actors as actor_rows, timelines
from node.services import moderating
from tests.nodes import Network, Node
from tests.one_node.browsing import signed_in
from tests.strangers import Stranger

DIRECT = Visibility.DIRECT


async def home_and_addressed(node: Node, viewer: Actor, page: timelines.Page) -> list[str]:
    rows = await node.read(lambda tx: timelines.home_and_addressed(tx, viewer, page))
    return [post.uri for post in rows]


async def test_a_message_to_a_group_is_read_by_its_moderators(nodes: Network) -> None:
    here, there = await nodes.node("a"), await nodes.node("b")
    anna, maria = await here.person("anna"), await here.person("maria")
    noor, eleni = await there.person("noor"), await there.person("eleni")
    group = await here.group("garden", anna)
    await here.follow(maria, "garden@a.test")
    near = await here.post(maria, "Aiuto", group="garden@a.test", visibility=DIRECT)
    nodes.clock.move(timedelta(seconds=1))
    far = await there.post(noor, "Help", group="garden@a.test", visibility=DIRECT)
    await nodes.settle()
    assert await here.addressed(anna) == [far.uri, near.uri]
    assert await here.addressed(maria) == await there.addressed(noor) == await there.addressed(eleni) == []
    assert await here.home(anna) == []
    assert await home_and_addressed(here, anna, timelines.Page()) == [far.uri, near.uri]
    assert await home_and_addressed(there, eleni, timelines.Page()) == []
    remote = await here.find("eleni@b.test")
    await here.do(lambda tx: moderating.set_moderator(tx, anna, group, remote, moderates=True))
    again = await here.post(maria, "Ancora", group="garden@a.test", visibility=DIRECT)
    await nodes.settle()
    assert await there.addressed(eleni) == [again.uri]
    assert await here.addressed(anna) == [again.uri, far.uri, near.uri]


async def test_a_mention_is_found_by_whom_it_names_unless_she_blocks_its_author(nodes: Network) -> None:
    here, there = await nodes.node("a"), await nodes.node("b")
    anna, maria, eleni = await here.person("anna"), await here.person("maria"), await there.person("eleni")
    post = await there.post(eleni, "Salve @anna@a.test")
    await nodes.settle()
    assert [await here.addressed(reader) for reader in (anna, maria)] == [[post.uri], []]
    await here.do(lambda tx: _block(tx, anna, eleni.uri))
    assert await here.addressed(anna) == []


async def _block(tx: Transaction, actor: Actor, uri: str) -> None:
    await actor_rows.block(tx, actor, await actor_rows.required(tx, uri), f"{actor.uri}#block")


async def test_each_post_stands_once_on_one_page(nodes: Network) -> None:
    """Beside what she is named in: her own, of one whom she follows, and of a group that passes it on."""
    here = await nodes.node("a")
    anna, maria = await here.person("anna"), await here.person("maria")
    await here.group("garden", anna)
    await here.follow(anna, "maria@a.test")
    await here.follow(anna, "garden@a.test")
    for text, group in (("One @anna", None), ("Two @anna", "garden@a.test"), ("Three", None)):
        await here.post(maria, text, group=group)
    await here.post(anna, "Four")
    seen: list[str] = []
    before = None
    while rows := await here.read(
        lambda tx, before=before: timelines.home_and_addressed(tx, anna, timelines.Page(1, before=before))
    ):
        seen += [row.reblog_of_id or row.id for row in rows]
        before = rows[-1].id
    assert len(seen) == len(set(seen)) == 4


async def test_a_direct_message_without_a_mention_is_found_and_a_public_post_is_not(nodes: Network) -> None:
    here, stranger = await nodes.node("a"), Stranger(nodes, "c")
    await stranger.serve()
    anna, bob = await here.person("anna"), stranger.person("bob")
    for number, more in enumerate(([], ["https://www.w3.org/ns/activitystreams#Public"])):
        note = stranger.note(bob, f"notes/{number}", to=[anna.uri, *more], cc=[], tag=[])
        await stranger.send(here, stranger.create(bob, note), bob)
    await nodes.settle()
    assert await here.addressed(anna) == [f"{stranger.base}/notes/0"]
    assert await here.known(f"{stranger.base}/notes/1") is not None


async def test_the_page_shows_them_marked(nodes: Network) -> None:
    here = await nodes.node("a")
    anna, maria = await here.person("anna"), await here.person("maria")
    await here.group("garden", anna)
    await here.post(maria, "Aiuto", group="garden@a.test", visibility=DIRECT)
    async with await signed_in(here, anna) as browser:
        assert 'href="/messages"' in (await browser.get("/home")).text
        page = await browser.get("/messages")
        assert "Aiuto" in page.words
        assert "for those named" in page.words
    async with await signed_in(here, maria) as browser:
        assert "Nobody has written to you yet" in (await browser.get("/messages")).words
