"""What apps are told over a socket: to whom each post goes, and in which words."""

import pytest

from federation.addressing import Visibility
from node.queries import posts as post_rows
from node.services import moderating, posts, reactions
from tests.apps import phone
from tests.nodes import Network, Node
from tests.streams import opened

pytestmark = pytest.mark.both_databases


async def test_her_home_is_told_of_a_post_at_once(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    stranger = await node.person("stranger")
    await node.follow(bea, "anna@a.test")
    async with opened(await phone(node, bea), "user") as hers, opened(await phone(node, anna), "user") as own:
        await node.post(stranger, "for nobody here")
        post = await node.post(anna, "hello #garden")
        stream, event, status = await hers.next()
        assert (stream, event, status["id"], status["favourited"]) == (["user"], "update", str(post.id), False)
        assert status == await (await phone(node, bea)).get(f"/api/v1/statuses/{post.id}", "Status")
        assert (await own.next())[2]["id"] == str(post.id)


async def test_each_stream_gets_what_is_for_it(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    names = ("public", "public:local", "public:remote", "public:media", "hashtag Garden", "hashtag:local garden")
    async with opened(await phone(node, bea), *names) as hers:
        await node.post(anna, "unlisted #garden", visibility=Visibility.UNLISTED)
        await node.post(anna, "for followers #garden", visibility=Visibility.FOLLOWERS)
        first = await node.post(anna, "seeds")
        assert [(await hers.next())[::2] for _ in range(2)] == [
            (["public"], await _status(node, bea, first.id)),
            (["public:local"], await _status(node, bea, first.id)),
        ]
        second = await node.post(bea, "an answer #GARDEN", to=first)
        told = [await hers.next() for _ in range(2)]
        assert [(stream, status["id"]) for stream, _, status in told] == [
            (["hashtag", "Garden"], str(second.id)),
            (["hashtag:local", "garden"], str(second.id)),
        ]


async def _status(node, viewer, post_id):
    return await (await phone(node, viewer)).get(f"/api/v1/statuses/{post_id}")


async def test_one_subscription_is_one_frame(node: Node) -> None:
    anna = await node.person("anna")
    async with opened(await phone(node, anna), "user", "public", "public:local") as hers:
        await node.post(anna, "hello")
        assert {tuple((await hers.next())[0]) for _ in range(3)} == {("user",), ("public",), ("public:local",)}
        await hers.say("unsubscribe", "public")
        await hers.say("unsubscribe", "user")
        await hers.say("subscribe", "nothing")  # what was said before is done once this is answered
        assert await hers.frame() == {"error": "Unknown stream type", "status": 400}
        await node.post(anna, "again")
        await node.post(anna, "and again")
        assert [(await hers.next())[0] for _ in range(2)] == [["public:local"]] * 2


async def test_a_post_in_a_group_comes_once_as_its_boost(node: Node) -> None:
    anna, bea, carla = [await node.person(name) for name in ("anna", "bea", "carla")]
    await node.group("garden", anna)
    for person in (bea, carla):
        await node.follow(person, "garden@a.test")
    await node.follow(bea, "anna@a.test")
    async with opened(await phone(node, bea), "user") as hers, opened(await phone(node, carla), "user") as other:
        thread = await node.post(anna, "Who has seeds?", group="garden@a.test")
        await node.post(anna, "an answer", to=thread)
        await node.post(bea, "mine")
        for socket in (hers, other):
            status = (await socket.next())[2]
            assert (status["account"]["acct"], status["reblog"]["id"]) == ("garden", str(thread.id))
            assert status["id"] != str(thread.id)
        assert (await hers.next())[2]["content"] == "<p>mine</p>"


async def test_what_was_edited_is_told_under_the_id_that_apps_know(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    await node.group("garden", anna)
    await node.follow(bea, "garden@a.test")
    plain = await node.post(anna, "plain")
    thread = await node.post(anna, "Who has seeds?", group="garden@a.test")

    async def edit(post_id: int, text: str) -> None:
        async def work(tx):
            post = await post_rows.by_id(tx, post_id)
            await posts.edit(tx, anna, post, posts.draft_of(post, text, title=None, language=None, mentioned={}))

        await node.do(work)

    async with opened(await phone(node, anna), "user", "public") as own, opened(await phone(node, bea), "user") as hers:
        await edit(plain.id, "plainer")
        for stream in (["user"], ["public"]):
            told, event, status = await own.next()
            assert (told, event, status["id"]) == (stream, "status.update", str(plain.id))
            assert (status["content"], status["edited_at"] is None) == ("<p>plainer</p>", False)
        await edit(thread.id, "Who has beans?")
        _, event, status = await hers.next()
        assert (event, status["account"]["acct"]) == ("status.update", "garden")
        assert (status["reblog"]["id"], status["reblog"]["content"]) == (str(thread.id), "<p>Who has beans?</p>")


async def test_what_is_gone_is_named_to_those_who_had_it(node: Node) -> None:
    anna, bea, carla = [await node.person(name) for name in ("anna", "bea", "carla")]
    await node.follow(bea, "anna@a.test")
    private = await node.post(anna, "for followers", visibility=Visibility.FOLLOWERS)
    direct = await node.post(anna, "for @carla@a.test alone", visibility=Visibility.DIRECT)
    public = await node.post(anna, "for all")
    boost = await node.do(lambda tx: reactions.reblog(tx, anna, public))
    async with (
        opened(await phone(node, bea), "user") as follower,
        opened(await phone(node, carla), "user", "public") as other,
    ):
        await node.do(lambda tx: posts.delete(tx, anna, private))
        await node.do(lambda tx: posts.delete(tx, anna, direct))
        await node.do(lambda tx: posts.delete(tx, anna, public))
        told = {(await follower.next())[2] for _ in range(3)}
        assert told == {str(private.id), str(public.id), str(boost.id)}
        assert await other.next() == (["user"], "delete", str(direct.id))
        assert await other.next() == (["public"], "delete", str(public.id))


async def test_what_a_moderator_took_out_is_gone_for_all_but_its_author(node: Node) -> None:
    anna, bea, carla = [await node.person(name) for name in ("anna", "bea", "carla")]
    await node.group("garden", anna)
    for person in (bea, carla):
        await node.follow(person, "garden@a.test")
    thread = await node.post(bea, "Buy now", group="garden@a.test")
    group = await node.find("garden@a.test")
    boost = await node.read(lambda tx: post_rows.reblog(tx, group.id, thread.id))
    async with (
        opened(await phone(node, carla), "user", "public") as other,
        opened(await phone(node, bea), "user", "public") as own,
    ):

        async def remove(tx):
            await moderating.remove_post(tx, anna, group, await post_rows.by_id(tx, thread.id), "an advertisement")

        await node.do(remove)
        told = {(*stream, event, gone) for stream, event, gone in [await other.next() for _ in range(2)]}
        assert told == {("user", "delete", str(boost.id)), ("public", "delete", str(thread.id))}
        await node.post(bea, "sorry")
        assert (await own.next())[1] == "update"


async def test_whom_she_mutes_she_is_told_nothing_of(nodes: Network, node: Node) -> None:
    anna, bea, carla = [await node.person(name) for name in ("anna", "bea", "carla")]
    for person in ("anna", "carla"):
        await node.follow(bea, f"{person}@a.test")

    async def mute(tx):
        from node.queries import mutes  # noqa: PLC0415  # only here

        await mutes.mute(tx, bea.id, carla.id, notifications=True, until=None)

    await node.do(mute)
    async with opened(await phone(node, bea), "user", "public", "hashtag x") as hers:
        await node.post(carla, "muted #x")
        await node.post(anna, "heard")
        assert [(await hers.next())[2]["content"] for _ in range(2)] == ["<p>heard</p>"] * 2
