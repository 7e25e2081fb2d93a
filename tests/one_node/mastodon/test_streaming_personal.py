"""What apps are told that is one reader's own: notices, conversations, lists, filters; and whether it reads for each as
if she had asked herself."""

import itertools
from contextlib import suppress

import pytest

from federation.addressing import Visibility
from node.errors import Gone, NotFound
from node.mastodon.streaming import posts as told_posts
from node.queries import (
    follows as follow_rows,
    home as home_rows,
    keepsakes,
    mutes,
    personal,
    posts as post_rows,
    status_views,
    streams as stream_rows,
)
from node.queries.windows import Page
from node.services import blocks, reactions
from tests.apps import phone
from tests.nodes import Network, Node
from tests.one_node.test_inbox_batches import counted
from tests.streams import opened

pytestmark = pytest.mark.both_databases


async def test_a_notice_goes_to_both_of_its_streams(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    post = await node.post(anna, "hello")
    async with (
        opened(await phone(node, anna), "user", "user:notification") as hers,
        opened(await phone(node, anna, "read:statuses"), "user") as reading,
        opened(await phone(node, anna, "read:notifications"), "user") as noticing,
        opened(await phone(node, bea), "user:notification") as other,
    ):
        await node.do(lambda tx: reactions.favourite(tx, bea, post))
        for stream in (["user"], ["user:notification"]):
            told, event, notice = await hers.next()
            assert (told, event, notice["type"]) == (stream, "notification", "favourite")
            assert (notice["account"]["acct"], notice["status"]["id"]) == ("bea", str(post.id))
        assert (await noticing.next())[2] == notice
        await node.post(anna, "@bea@a.test hello")
        assert (await reading.next())[1] == "update"
        assert (await other.next())[2]["type"] == "mention"


async def test_direct_posts_come_as_conversations(node: Node) -> None:
    anna, bea, carla = [await node.person(name) for name in ("anna", "bea", "carla")]
    await node.follow(carla, "anna@a.test")
    async with (
        opened(await phone(node, bea), "direct") as hers,
        opened(await phone(node, carla), "direct", "user") as other,
        opened(await phone(node, anna), "direct") as own,
    ):
        first = await node.post(anna, "@bea@a.test between us", visibility=Visibility.DIRECT)
        for socket, unread in ((hers, True), (own, False)):
            stream, event, conversation = await socket.next()
            assert (stream, event, conversation["unread"]) == (["direct"], "conversation", unread)
            assert conversation["last_status"]["id"] == str(first.id)
        await node.post(anna, "@carla@a.test for you", visibility=Visibility.DIRECT)
        assert {(await other.next())[1] for _ in range(3)} == {"conversation", "update", "notification"}


async def test_a_list_is_told_of_those_in_it(node: Node) -> None:
    anna, bea, carla = [await node.person(name) for name in ("anna", "bea", "carla")]
    for person in ("anna", "carla"):
        await node.follow(bea, f"{person}@a.test")
    mine = await phone(node, bea)
    made = await mine.post("/api/v1/lists", "List", title="friends", exclusive=True, replies_policy="none")
    await mine.post(f"/api/v1/lists/{made['id']}/accounts", account_ids=[str(anna.id)])
    async with opened(mine, "user", f"list {made['id']}") as hers:
        thread = await node.post(anna, "in the list, not in home")
        await node.post(carla, "in home")
        await node.post(anna, "an answer, which this list leaves out", to=await node.post(carla, "in home too"))
        told = [await hers.next() for _ in range(3)]
        assert [(stream, status["content"]) for stream, _, status in told] == [
            (["list", made["id"]], "<p>in the list, not in home</p>"),
            (["user"], "<p>in home</p>"),
            (["user"], "<p>in home too</p>"),
        ]
        from node.services import posts  # noqa: PLC0415  # only here

        await node.do(lambda tx: posts.delete(tx, anna, thread))
        assert (await hers.next())[1:] == ("delete", str(thread.id))


async def test_a_group_that_she_is_in_is_a_list(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    await node.group("garden", anna)
    await node.follow(bea, "garden@a.test")
    mine = await phone(node, bea)
    (group,) = await mine.get("/api/v1/lists", "[List]")
    async with opened(mine, f"list {group['id']}") as hers:
        await node.post(anna, "elsewhere")
        await node.post(anna, "Who has seeds?", group="garden@a.test")
        stream, event, status = await hers.next()
        assert (stream, event, status["account"]["acct"]) == (["list", group["id"]], "update", "garden")


async def test_filters_are_applied_and_their_change_is_told(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    await node.follow(bea, "anna@a.test")
    mine = await phone(node, bea)
    async with opened(mine, "user", "public") as hers, opened(await phone(node, anna), "user") as own:
        for word, action in (("spider", "warn"), ("snake", "hide")):
            sent = {"title": word, "context": ["home"], "filter_action": action}
            await mine.post("/api/v2/filters", "Filter", **sent, keywords_attributes=[{"keyword": word}])
            assert await hers.next() == (["user"], "filters_changed", None)
        await node.post(anna, "a snake")
        await node.post(anna, "a spider")
        assert (await hers.next())[0] == ["public"]  # where this filter hides nothing
        for stream in (["user"], ["public"]):
            told, _, status = await hers.next()
            assert (told, [found["keyword_matches"] for found in status["filtered"]]) == (stream, [["spider"]])
        assert [(await own.next())[2]["filtered"] for _ in range(2)] == [[], []]


async def test_what_is_old_is_no_news(nodes: Network, node: Node) -> None:
    anna = await node.person("anna")
    async with opened(await phone(node, anna), "user", "public") as hers:
        at = nodes.clock.at
        nodes.clock.at = at - told_posts.REALTIME * 2

        async def work(tx):
            from node.services import posts  # noqa: PLC0415  # only here

            return await posts.publish(tx, anna, posts.Draft("from an archive", Visibility.PUBLIC))

        old = await node.do(work)
        nodes.clock.at = at
        new = await node.post(anna, "new")
        assert old.id < new.id
        assert {(await hers.next())[2]["id"] for _ in range(2)} == {str(new.id)}


async def village(node: Node):
    """Readers who stand to the author in every way, and posts of every kind."""
    names = ("author", "follower", "asked", "member", "mentioned", "stranger", "blocked", "blocker", "muter", "both")
    people = {name: await node.person(name) for name in names}
    author = people["author"]
    group = await node.group("garden", people["stranger"])
    for name in ("follower", "blocked", "blocker", "muter", "both", "mentioned"):
        await node.follow(people[name], "author@a.test")
    for name in ("member", "both", "author"):
        await node.follow(people[name], "garden@a.test")

    async def work(tx):
        await blocks.block(tx, author, people["blocked"])
        await blocks.block(tx, people["blocker"], author)
        await mutes.mute(tx, people["muter"].id, author.id, notifications=True, until=None)
        follow = await follow_rows.add(tx, people["asked"], author, "https://a.test/follows/asked")
        await follow_rows.change(tx, follow, accepted_at=None)

    await node.do(work)
    posts = [
        await node.post(author, f"{visibility} @mentioned@a.test #garden", visibility=visibility)
        for visibility in (Visibility.PUBLIC, Visibility.UNLISTED, Visibility.FOLLOWERS, Visibility.DIRECT)
    ]
    posts.append(await node.post(author, "in the group", group="garden@a.test"))
    posts.append(await node.post(people["stranger"], "for all"))
    posts.append(await node.post(people["follower"], "an answer", to=posts[0]))
    posts.append(await node.do(lambda tx: reactions.reblog(tx, author, posts[5])))
    boost = await node.read(lambda tx: post_rows.reblog(tx, group.id, posts[4].id))
    hidden = [await node.post(people["stranger"], text, group="garden@a.test") for text in ("removed", "for members")]

    async def change(tx):
        await post_rows.change(tx, hidden[0], removed_at=tx.now)
        await post_rows.change(tx, hidden[1], visibility=Visibility.MEMBERS.value)

    await node.do(change)
    return people, [*posts, boost, *hidden]


async def test_many_readers_are_told_what_each_would_read(node: Node) -> None:
    """The batched clauses against those of a list, for each reader and each post."""
    people, posts = await village(node)
    ids, readers = [post.id for post in posts], [person.id for person in people.values()]

    async def compare(tx):
        seen = await stream_rows.who_see(tx, ids, readers)
        homes = await home_rows.who_have(tx, ids, readers)
        for person in people.values():
            visible = set()
            for post_id in ids:
                with suppress(NotFound, Gone):
                    visible.add((await post_rows.visible(tx, post_id, person)).id)
            assert {post for reader, post in seen if reader == person.id} == visible, person.username
            home = {post.id for post in (await home_rows.page(tx, person, Page(80))).rows}
            assert {post for reader, post in homes if reader == person.id} == home & set(ids), person.username
        assert len({frozenset(p for r, p in seen if r == reader) for reader in readers}) > 4

    await node.read(compare)


async def test_what_is_her_own_is_in_what_she_is_told(node: Node) -> None:
    people, posts = await village(node)
    readers = [people[name] for name in ("author", "follower", "both", "stranger", "muter", "mentioned")]

    async def touch(tx):
        for number, (person, post) in enumerate(itertools.product(readers, (posts[0], posts[5]))):
            if number % 2:
                await reactions.favourite(tx, person, post)
            if number % 3 == 0:
                await reactions.reblog(tx, person, post)
        await keepsakes.bookmark(tx, people["both"].id, posts[0])
        await keepsakes.mute_thread(tx, people["stranger"].id, posts[0])

    await node.do(touch)

    async def compare(tx):
        rows = list((await post_rows.by_ids(tx, [post.id for post in posts[:8]])).values())
        shared = await status_views.of(tx, rows, None)
        owns = await personal.of(tx, [(view.reblog or view).post for view in shared], [one.id for one in readers])
        different = set()
        for person in readers:
            alone = await status_views.of(tx, rows, person)
            for view, hers in zip(shared, alone, strict=True):
                own = owns.get((person.id, (view.reblog or view).post.id), personal.NOTHING)
                assert personal.as_read_by(view, own) == hers, (person.username, view.post.content)
                different.add(own)
        assert len(different) > 3

    await node.read(compare)


async def test_one_post_for_many_costs_as_much_as_for_few(node: Node) -> None:
    anna = await node.person("anna")
    costs = []
    for size in (2, 12):
        people = [await node.person(f"reader{size}-{number}") for number in range(size)]
        sockets = [opened(await phone(node, person), "user", "public") for person in people]
        for person in people:
            await node.follow(person, "anna@a.test")
        entered = [await socket.__aenter__() for socket in sockets]
        await node.post(anna, "warm")
        for socket in entered:
            assert {(await socket.next())[2]["content"] for _ in range(2)} == {"<p>warm</p>"}
        with counted(node, reads=True) as statements:
            await node.post(anna, "hello")
            for socket in entered:
                assert {(await socket.next())[2]["content"] for _ in range(2)} == {"<p>hello</p>"}
        costs.append(len(statements))
        for socket in sockets:
            await socket.__aexit__(None, None, None)
    assert costs[1] < costs[0] + 5, costs  # one statement for each reader would be ten more
