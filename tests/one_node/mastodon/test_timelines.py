"""Timelines: what stands in which, page by page, and what a reader does not want stays out."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy

from federation.addressing import Visibility
from node.database import Transaction
from node.database.tables import Actor, Post
from node.queries import follows as follow_rows, mutes, posts as post_rows
from node.services import groups, reactions
from tests.apps import Phone, phone
from tests.nodes import Network, Node
from tests.one_node.test_query_plans import remote

pytestmark = pytest.mark.both_databases

HOME = "/api/v1/timelines/home"
PUBLIC = "/api/v1/timelines/public"
PICTURE = {"type": "image", "url": "https://a.test/x.png", "media_type": "image/png", "alt": "x"}


async def following(node: Node, reader: Actor, *authors: Actor) -> None:
    async def work(tx: Transaction) -> None:
        for author in authors:
            wish = await follow_rows.add(tx, reader, author, f"{reader.uri}#follow/{author.id}")
            await follow_rows.change(tx, wish, accepted_at=tx.now)

    await node.do(work)


async def changed_follow(node: Node, reader: Actor, author: Actor, **values: Any) -> None:
    async def work(tx: Transaction) -> None:
        follow = await follow_rows.between(tx, reader.id, author.id)
        assert follow is not None
        await follow_rows.change(tx, follow, **values)

    await node.do(work)


async def boosted(node: Node, actor: Actor, post: Post) -> Post:
    boost: Post = await node.do(lambda tx: reactions.reblog(tx, actor, post))
    return boost


async def ids_of(app: Phone, path: str, **params: Any) -> list[int]:
    return [int(status["id"]) for status in await app.get(path, "[Status]", **params)]


def ids(*posts: Post) -> list[int]:
    return [post.id for post in posts]


async def test_home_upwards_and_downwards_without_a_gap(node: Node) -> None:
    anna, boris = await node.person("anna"), await node.person("boris")
    await following(node, anna, boris)
    written = [await node.post(boris, f"number {number}") for number in range(7)]
    mine = await phone(node, anna)
    newest_first = list(reversed(ids(*written)))
    assert await ids_of(mine, HOME, min_id=newest_first[-1], limit=2) == newest_first[4:6]
    assert await ids_of(mine, HOME, min_id=1, limit=2) == newest_first[5:]
    assert await ids_of(mine, HOME, since_id=newest_first[-1], limit=2) == newest_first[:2]
    assert await ids_of(mine, HOME, max_id=newest_first[1], min_id=newest_first[5]) == newest_first[2:5]
    assert await ids_of(mine, HOME, min_id=newest_first[0]) == []
    assert await ids_of(mine, HOME, max_id=9223372036854775807) == newest_first
    assert await ids_of(mine, HOME, max_id=9999999999999999999) == newest_first


@pytest.mark.parametrize("path", [HOME, PUBLIC, "/api/v1/timelines/tag/seeds", "profile"])
async def test_every_list_is_walked_both_ways(node: Node, path: str) -> None:
    anna, boris = await node.person("anna"), await node.person("boris")
    await following(node, anna, boris)
    written = ids(*[await node.post(boris, f"#seeds {number}") for number in range(5)])
    mine = await phone(node, anna)
    if path == "profile":
        path = f"/api/v1/accounts/{boris.id}/statuses"
    down: list[int] = []
    while page := await ids_of(mine, path, limit=2, **({"max_id": down[-1]} if down else {})):
        down += page
    assert down == written[::-1]
    up = [written[0]]
    while page := await ids_of(mine, path, limit=2, min_id=up[-1]):
        up += page[::-1]
    assert up == written


async def test_home_leaves_out_whom_she_does_not_want_to_read(nodes: Network, node: Node) -> None:
    anna, boris, carla, dora = [await node.person(name) for name in ("anna", "boris", "carla", "dora")]
    await following(node, anna, boris, carla)
    by_boris = await node.post(boris, "mine")
    by_dora = await node.post(dora, "not followed")
    boost = await boosted(node, carla, by_dora)
    mine = await phone(node, anna)
    assert await ids_of(mine, HOME) == ids(boost, by_boris)

    until = nodes.clock.at + timedelta(hours=1)
    await node.do(lambda tx: mutes.mute(tx, anna.id, dora.id, notifications=True, until=until))
    assert await ids_of(mine, HOME) == ids(by_boris)
    await node.do(lambda tx: mutes.mute(tx, anna.id, boris.id, notifications=True, until=None))
    assert await ids_of(mine, HOME) == []
    nodes.clock.at += timedelta(hours=2)
    assert await ids_of(mine, HOME) == ids(boost)
    await changed_follow(node, anna, carla, shows_reblogs=False)
    own = await node.post(carla, "her own")
    assert await ids_of(mine, HOME) == ids(own)


async def test_home_leaves_out_a_muted_host_and_other_languages(node: Node) -> None:
    anna, boris, carla = [await node.person(name) for name in ("anna", "boris", "carla")]
    await following(node, anna, boris, carla)
    in_greek, in_arabic = await node.post(boris, "a", language="el"), await node.post(boris, "b", language="ar")
    in_none = await node.post(boris, "c")
    mine = await phone(node, anna)
    assert await ids_of(mine, HOME) == ids(in_none, in_arabic, in_greek)
    await changed_follow(node, anna, boris, languages=["ar", "fa"])
    assert await ids_of(mine, HOME) == ids(in_none, in_arabic)

    async def elsewhere(tx: Transaction) -> Post:
        from node.queries import actors as actor_rows  # noqa: PLC0415  # only here

        stranger = await actor_rows.upsert(tx, remote(1))
        row = {"id": tx.new_id(), "uri": "http://c.test/1", "url": "http://c.test/1", "type": "Note"}
        texts = {"name": "", "content": "far", "summary": "", "sensitive": False, "visibility": "public"}
        lists: dict[str, Any] = {"attachments": [], "emojis": []}
        times = {"published": tx.now, "created_at": tx.now}
        post = await post_rows.add(tx, row | texts | lists | times | {"author_id": stranger.id, "root_id": row["id"]})
        return await groups.add_reblog_row(tx, carla, post, "http://a.test/boost/1", row_id=tx.new_id())

    boost = await node.do(elsewhere)
    assert await ids_of(mine, HOME) == ids(boost, in_none, in_arabic)
    await node.do(lambda tx: mutes.mute_host(tx, anna.id, "c.test"))
    assert await ids_of(mine, HOME) == ids(in_none, in_arabic)


async def test_a_hashtag_that_she_follows_stands_in_home(node: Node) -> None:
    anna, boris = await node.person("anna"), await node.person("boris")
    tagged, hidden = (
        await node.post(boris, "#Seeds here"),
        await node.post(boris, "#seeds", visibility=Visibility.UNLISTED),
    )
    await node.post(boris, "nothing")
    mine = await phone(node, anna)
    assert await ids_of(mine, HOME) == []
    await mine.post("/api/v1/tags/SEEDS/follow", "Tag")
    assert await ids_of(mine, HOME) == ids(tagged)
    assert hidden.id not in await ids_of(mine, HOME, min_id=1)
    await node.do(lambda tx: mutes.mute(tx, anna.id, boris.id, notifications=True, until=None))
    assert await ids_of(mine, HOME) == []


async def test_a_group_post_stands_once_also_across_pages(node: Node) -> None:
    anna, boris = await node.person("anna"), await node.person("boris")
    group = await node.group("garden", boris)
    await following(node, anna, boris, group)
    original = await node.post(boris, "a thread", group="garden@a.test")
    await node.post(boris, "an answer", to=original)
    plain = await node.post(boris, "elsewhere")
    mine = await phone(node, anna)
    home = await mine.get(HOME, "[Status]")
    assert home[0]["id"] == str(plain.id)
    assert [status["reblog"] and status["reblog"]["id"] for status in home] == [None, str(original.id)]
    assert home[1]["account"]["group"] is True
    first = await mine.get(HOME, "[Status]", limit=1)
    second = await mine.get(HOME, "[Status]", limit=1, max_id=first[0]["id"])
    assert [status["id"] for status in (*first, *second)] == [status["id"] for status in home]
    assert await ids_of(mine, HOME, limit=1, max_id=second[0]["id"]) == []
    await node.do(lambda tx: mutes.mute(tx, anna.id, group.id, notifications=True, until=None))
    assert await ids_of(mine, HOME) == ids(plain, original)


async def test_public_takes_only_what_is_asked_for(node: Node) -> None:
    anna, boris = await node.person("anna"), await node.person("boris")
    opener = await node.post(boris, "all may read")
    await node.post(boris, "unlisted", visibility=Visibility.UNLISTED)
    await node.post(boris, "followers", visibility=Visibility.FOLLOWERS)
    await node.post(anna, "an answer", to=opener)
    await boosted(node, anna, opener)
    picture = await node.post(boris, "see", attachments=[PICTURE])
    nobody, mine = Phone(node), await phone(node, anna)
    assert await ids_of(nobody, PUBLIC) == ids(picture, opener) == await ids_of(mine, PUBLIC, local="true")
    assert await ids_of(nobody, PUBLIC, only_media="1") == ids(picture)
    assert await ids_of(nobody, PUBLIC, remote="true") == []
    await node.do(lambda tx: mutes.mute(tx, anna.id, boris.id, notifications=True, until=None))
    assert await ids_of(mine, PUBLIC) == []


async def test_hashtags_are_combined(node: Node) -> None:
    anna = await node.person("anna")
    one, two = await node.post(anna, "#Αθήνα"), await node.post(anna, "#seeds #soil")
    three, _ = await node.post(anna, "#seeds #water"), await node.post(anna, "#seeds", visibility=Visibility.UNLISTED)
    nobody, base = Phone(node), "/api/v1/timelines/tag"
    assert await ids_of(nobody, f"{base}/ΑΘΉΝΑ") == ids(one)
    assert await ids_of(nobody, f"{base}/seeds") == ids(three, two)
    assert await ids_of(nobody, f"{base}/αθήνα?any[]=seeds") == ids(three, two, one)
    assert await ids_of(nobody, f"{base}/seeds?all[]=Soil") == ids(two)
    assert await ids_of(nobody, f"{base}/seeds?none[]=soil&local=true") == ids(three)
    assert await ids_of(nobody, f"{base}/never") == []


async def test_one_account_as_its_visitors_ask(node: Node) -> None:
    anna, boris = await node.person("anna"), await node.person("boris")
    first = await node.post(anna, "first #seeds")
    to_boris = await node.post(anna, "to you", to=await node.post(boris, "hello"))
    to_herself = await node.post(anna, "and more", to=first)
    picture = await node.post(anna, "see", attachments=[PICTURE])
    boost = await boosted(node, anna, await node.post(boris, "good"))
    private = await node.post(anna, "followers", visibility=Visibility.FOLLOWERS)
    path = f"/api/v1/accounts/{anna.id}/statuses"
    mine, nobody = await phone(node, anna), Phone(node)
    assert await ids_of(mine, path) == ids(private, boost, picture, to_herself, to_boris, first)
    assert await ids_of(nobody, path) == ids(boost, picture, to_herself, to_boris, first)
    assert await ids_of(nobody, path, exclude_replies="true") == ids(boost, picture, to_herself, first)
    assert await ids_of(nobody, path, exclude_reblogs="1", exclude_replies="false") == ids(
        picture, to_herself, to_boris, first
    )
    assert await ids_of(nobody, path, only_media="true") == ids(picture)
    assert await ids_of(nobody, path, tagged="Seeds") == ids(first)
    assert await ids_of(nobody, path, pinned="true") == []
    assert (await nobody.ask("GET", "/api/v1/accounts/5/statuses")).status == 404


async def test_a_page_of_a_group_is_what_it_passed_on(node: Node) -> None:
    anna = await node.person("anna")
    group = await node.group("garden", anna)
    original = await node.post(anna, "a thread", group="garden@a.test")
    found = await Phone(node).get(f"/api/v1/accounts/{group.id}/statuses", "[Status]")
    assert [status["reblog"]["id"] for status in found] == [str(original.id)]


async def test_favourites_and_bookmarks_go_by_when_she_did_it(node: Node) -> None:
    anna, boris = await node.person("anna"), await node.person("boris")
    one, two, three = [await node.post(boris, text) for text in ("1", "2", "3")]
    mine = await phone(node, anna)
    for kind, verb in (("favourites", "favourite"), ("bookmarks", "bookmark")):
        for post in (two, three, one):
            await mine.post(f"/api/v1/statuses/{post.id}/{verb}", "Status")
        answered = await mine.ask("GET", f"/api/v1/{kind}?limit=2")
        assert [status["id"] for status in answered.body] == [str(one.id), str(three.id)]
        following_page = answered.headers["Link"].partition(">")[0].lstrip("<")
        last = await mine.ask("GET", following_page)
        assert [status["id"] for status in last.body] == [str(two.id)]
        assert 'rel="next"' not in last.headers["Link"]
        assert f"max_id={three.id}" not in following_page


async def test_what_is_direct_is_for_those_it_names(node: Node) -> None:
    anna, boris, _ = [await node.person(name) for name in ("anna", "boris", "carla")]
    told = await node.post(boris, "@anna@a.test listen", visibility=Visibility.DIRECT)
    await node.post(boris, "@carla@a.test not you", visibility=Visibility.DIRECT)
    assert await ids_of(await phone(node, anna), "/api/v1/timelines/direct") == ids(told)


async def test_a_page_costs_the_same_however_long_it_is(nodes: Network, node: Node) -> None:
    anna, boris = await node.person("anna"), await node.person("boris")
    group = await node.group("garden", boris)
    await following(node, anna, boris, group)
    mine, counts = await phone(node, anna), []
    engine = node.context.database.reader.sync_engine
    for number in range(12):
        nodes.clock.at += timedelta(minutes=1)
        opener = await node.post(boris, f"#seeds {number} @anna@a.test", group="garden@a.test" if number % 2 else None)
        await node.post(anna, "answer", to=opener)
    for limit in (2, 20):
        await mine.get(HOME, "[Status]", limit=limit)  # what is kept for some minutes is there now
        seen: list[str] = []

        def note(_c: Any, _k: Any, statement: str, *_: Any, seen: list[str] = seen) -> None:
            seen.append(statement)

        sqlalchemy.event.listen(engine, "before_cursor_execute", note)
        assert len(await mine.get(HOME, "[Status]", limit=limit)) == limit
        sqlalchemy.event.remove(engine, "before_cursor_execute", note)
        counts.append(sum(statement.lstrip().startswith(("SELECT", "WITH")) for statement in seen))
    assert counts[0] == counts[1] <= 6, counts
