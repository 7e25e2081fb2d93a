"""Who may see a post: the table, viewer by visibility, over rows that came by federation; and what a group takes."""

import pytest

from federation.addressing import Visibility
from node.database.tables import Actor, Post
from node.errors import Invalid, NotFound
from node.queries import actors as actor_rows, posts as post_rows, timelines
from node.services import follows, moderating, posts, reactions
from tests.borders import Border
from tests.nodes import Network, Node

pytestmark = pytest.mark.both_databases

VIEWERS = ("author", "mentioned", "follower", "asked", "stranger", "visitor", "blocked", "blocked mentioned", "blocks")
OPEN_TO_ALL = {"author", "mentioned", "follower", "asked", "stranger", "visitor"}
MAY_SEE = {
    Visibility.PUBLIC: OPEN_TO_ALL,
    Visibility.UNLISTED: OPEN_TO_ALL,
    Visibility.FOLLOWERS: {"author", "mentioned", "follower"},
    Visibility.DIRECT: {"author", "mentioned"},
}


@pytest.fixture
async def people(nodes: Network) -> tuple[Node, dict[str, Actor]]:
    """Everybody of one node, in each relation to the author."""
    node = await nodes.node("a")
    found = {
        name: await node.person(name.replace(" ", "-"), approves=name == "author")
        for name in VIEWERS
        if name != "visitor"
    }
    author = found["author"]
    for name in ("follower", "asked"):
        await node.follow(found[name], "author@a.test")
    await node.do(lambda tx: follows.accept(tx, author, found["follower"]))
    for name in ("blocked", "blocked mentioned", "blocks"):
        await node.do(lambda tx, name=name: actor_rows.block(tx, author, found[name], "http://a.test/activities/1"))
    await node.do(lambda tx: actor_rows.block(tx, found["blocks"], author, "http://a.test/activities/2"))
    return node, found


@pytest.mark.parametrize("visibility", list(MAY_SEE))
async def test_the_table(people: tuple[Node, dict[str, Actor]], visibility: Visibility) -> None:
    node, found = people
    text = "Ciao @mentioned@a.test @blocked-mentioned@a.test"
    post = await node.post(found["author"], text, visibility=visibility)
    seen = {name for name in VIEWERS if await _sees(node, post, found.get(name))}
    assert seen == MAY_SEE[visibility]
    listed = {name for name in VIEWERS if post.uri in await _local(node, found.get(name))}
    assert listed == (OPEN_TO_ALL if visibility == Visibility.PUBLIC else set())


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.FOLLOWERS])
async def test_nobody_sees_what_was_deleted_or_its_author_suspended(
    people: tuple[Node, dict[str, Actor]], visibility: Visibility
) -> None:
    node, found = people
    author = found["author"]
    one, other = [await node.post(author, "Ciao @mentioned@a.test", visibility=visibility) for _ in range(2)]
    await node.do(lambda tx: posts.delete(tx, author, one))
    assert {name for name in VIEWERS if await _sees(node, one, found.get(name))} == set()
    assert await _sees(node, other, found["follower"])
    await node.do(lambda tx: actor_rows.change(tx, author, suspended_at=tx.now))
    assert {name for name in VIEWERS if await _sees(node, other, found.get(name))} == set()


@pytest.mark.parametrize("visibility", [Visibility.FOLLOWERS, Visibility.DIRECT])
async def test_what_is_not_for_everybody_is_not_boosted(
    people: tuple[Node, dict[str, Actor]], visibility: Visibility
) -> None:
    node, found = people
    post = await node.post(found["author"], "Ciao @mentioned@a.test", visibility=visibility)
    with pytest.raises(Invalid, match="not written for everybody"):
        await node.do(lambda tx: reactions.reblog(tx, found["mentioned"], post))
    if visibility == Visibility.DIRECT:
        with pytest.raises(Invalid, match="not written for everybody"):
            await node.do(lambda tx: reactions.reblog(tx, found["author"], post))
        return
    boost = await node.do(lambda tx: reactions.reblog(tx, found["author"], post))
    assert {name for name in VIEWERS if await _sees(node, boost, found.get(name))} == {"author", "follower"}


async def test_an_answer_is_read_by_no_more_people_than_what_it_answers(
    people: tuple[Node, dict[str, Actor]],
) -> None:
    node, found = people
    direct = await node.post(found["author"], "Ciao @mentioned@a.test", visibility=Visibility.DIRECT)
    answer = await node.post(found["mentioned"], "Ciao!", to=direct)
    assert answer.visibility == Visibility.DIRECT
    assert {name for name in VIEWERS if await _sees(node, answer, found.get(name))} == {"author", "mentioned"}


async def _sees(node: Node, post: Post, viewer: Actor | None) -> bool:
    try:
        await node.read(lambda tx: post_rows.visible(tx, post.id, viewer))
    except NotFound:
        return False
    return True


async def _local(node: Node, viewer: Actor | None) -> list[str]:
    rows = await node.read(lambda tx: timelines.local(tx, viewer, timelines.Page(40)))
    return [row.uri for row in rows]


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.UNLISTED])
async def test_a_group_relays_public_and_unlisted(border: Border, visibility: Visibility) -> None:
    post = await border.germany.post(border.anna, "Für alle", group="cucito@a.test", visibility=visibility)
    await border.settle()
    assert (await border.greece.required(post.uri)).visibility == visibility
    assert await border.greece.home(border.eleni) == [post.content]


async def test_a_post_for_followers_is_refused_in_a_public_group(border: Border) -> None:
    for node, author in ((border.italy, border.giulia), (border.germany, border.anna)):
        with pytest.raises(Invalid, match="followers alone"):
            await node.post(author, "Nur wir", group="cucito@a.test", visibility=Visibility.FOLLOWERS)
    opener = await border.opener()
    with pytest.raises(Invalid, match="followers alone"):
        await border.germany.post(border.anna, "Nur wir", to=opener, visibility=Visibility.FOLLOWERS)


async def test_a_direct_message_reaches_the_moderators_and_nobody_else(border: Border) -> None:
    eleni = await border.italy.actor(border.eleni.uri)
    await border.italy.do(lambda tx: moderating.set_moderator(tx, border.giulia, border.group, eleni, moderates=True))
    await border.settle()
    maria = await border.italy.person("maria")
    message = await border.germany.post(border.anna, "Eine Frage", group="cucito@a.test", visibility=Visibility.DIRECT)
    await border.settle()
    here = await border.italy.required(message.uri)
    assert here.group_id is None
    assert await _sees(border.italy, here, border.giulia)
    assert not await _sees(border.italy, here, maria)
    assert not await _sees(border.italy, here, None)
    there = await border.greece.required(message.uri)
    assert await _sees(border.greece, there, border.eleni)
    assert not await _sees(border.greece, there, await border.greece.person("sofia"))
    group = await border.group_at(border.greece)
    assert await border.greece.read(lambda tx: post_rows.reblog(tx, group.id, there.id)) is None


@pytest.mark.parametrize("asks_the_group", [True, False])
async def test_a_private_answer_in_a_thread_is_for_whom_it_answers(border: Border, asks_the_group: bool) -> None:
    """The moderators read it only where it is written to the group too."""
    opener = await border.opener()
    here = await border.greece.required(opener.uri)
    text = "Unter uns @cucito@a.test" if asks_the_group else "Unter uns"
    answer = await border.greece.post(border.eleni, text, to=here, visibility=Visibility.DIRECT)
    await border.settle()
    assert await _sees(border.germany, await border.germany.required(answer.uri), border.anna)
    at_the_group = await border.italy.known(answer.uri)
    assert (at_the_group is not None) is asks_the_group
    assert at_the_group is None or await _sees(border.italy, at_the_group, border.giulia)
    local = await border.italy.post(border.giulia, "Zwischen uns", to=await border.italy.required(opener.uri))
    await border.settle()
    whisper = await border.greece.post(
        border.eleni, "Nur dir", to=await border.greece.required(local.uri), visibility=Visibility.DIRECT
    )
    await border.italy.person("maria")
    maria = await border.italy.find("maria@a.test")
    await border.italy.do(lambda tx: moderating.set_moderator(tx, border.giulia, border.group, maria, moderates=True))
    await border.settle()
    assert await _sees(border.italy, await border.italy.required(whisper.uri), border.giulia)
    assert not await _sees(border.italy, await border.italy.required(whisper.uri), maria)
