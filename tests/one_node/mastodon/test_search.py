"""Finding accounts, posts and hashtags; and nothing by words that somebody could not find otherwise."""

from typing import Any

import pytest
from sqlalchemy import func, select

from federation.addressing import Visibility
from node.database import Transaction
from node.database.tables import Actor, SearchEntry, SearchWaiting
from node.queries import actors as actor_rows, search_index
from node.services import posts
from node.workers.jobs import indexing, retention
from tests.apps import Phone, phone
from tests.nodes import Network, Node
from tests.strangers import Stranger

pytestmark = pytest.mark.both_databases


async def found(app: Phone, text: str, kind: str = "statuses", **params: Any) -> list[str]:
    """Ids, or names of hashtags."""
    answered = await app.get("/api/v2/search", "Search", q=text, **params)
    return [item["name" if kind == "hashtags" else "id"] for item in answered[kind]]


async def wish(node: Node, actor: Actor, **values: object) -> None:
    """Says of herself that she wants to be found, or not."""

    async def work(tx: Transaction) -> None:
        await actor_rows.change(tx, await actor_rows.known(tx, actor.id), **values)

    await node.do(work)


async def test_she_finds_her_own_posts_in_any_script(nodes: Network, node: Node) -> None:
    anna = await node.person("anna")
    mine = await phone(node, anna)
    texts = {
        "Das Café in München öffnet": ("cafe munchen", "MÜNCHEN", "öffnet"),
        "日本語の本を読む": ("日本", "本", "本を読む"),
        "السَّلامُ عليكم": ("السلام",),
        "Вітаємо у Львові": ("львові", "вітаємо"),
        "สวัสดีครับ": ("สวัสดี",),
        "हिन्दी में लिखा": ("हिन्दी",),
    }
    for text, questions in texts.items():
        post = await node.post(anna, text)
        await nodes.settle()
        for question in questions:
            assert await found(mine, question) == [str(post.id)], question
    for question in ("Berlin", "hindi", "'", '"', "a OR b", "*", "&", "('", "munch", "本日"):
        assert await found(mine, question) == [], question


async def test_what_may_be_found(nodes: Network, node: Node) -> None:
    """Her own, what names her, what is in her groups, and public posts of those who want it; nothing else."""
    anna, bea, carla = [await node.person(name) for name in ("anna", "bea", "carla")]
    await node.group("garden", carla)
    await node.follow(anna, "garden@a.test")
    await node.follow(anna, "bea@a.test")
    mine, hers, other = [await phone(node, one) for one in (anna, bea, carla)]
    public = await node.post(bea, "pomegranate for all")
    named = await node.post(bea, "pomegranate @anna@a.test", visibility=Visibility.DIRECT)
    followers = await node.post(bea, "pomegranate for followers", visibility=Visibility.FOLLOWERS)
    grown = await node.post(bea, "pomegranate tree", group="garden@a.test")
    await nodes.settle()
    assert await found(mine, "pomegranate") == [str(post.id) for post in (grown, named)]
    assert await found(hers, "pomegranate") == [str(post.id) for post in (grown, followers, named, public)]
    assert await found(other, "pomegranate") == [str(grown.id)]
    await wish(node, bea, indexable=True)
    assert await found(other, "pomegranate") == [str(post.id) for post in (grown, public)]
    assert await found(mine, "pomegranate") == [str(post.id) for post in (grown, named, public)]
    assert await found(mine, "pomegranate", limit=1, offset=1) == [str(named.id)]
    assert await found(mine, "pomegranate", account_id=str(carla.id)) == []
    assert await found(Phone(node), "pomegranate") == []
    await mine.post(f"/api/v1/accounts/{bea.id}/mute")
    assert await found(mine, "pomegranate") == []
    await mine.post(f"/api/v1/accounts/{bea.id}/unmute")
    await hers.post(f"/api/v1/accounts/{anna.id}/block")
    assert await found(mine, "pomegranate") == []


async def test_an_edit_is_found_by_its_new_words_and_a_deleted_post_by_none(nodes: Network, node: Node) -> None:
    anna = await node.person("anna")
    mine, post = await phone(node, anna), await node.post(anna, "apricots")
    await nodes.settle()
    assert await found(mine, "apricots") == [str(post.id)]

    async def edit(tx: Transaction) -> None:
        await posts.edit(tx, anna, await posts.post_rows.visible(tx, post.id, anna), posts.Draft("cherries"))

    await node.do(edit)
    await nodes.settle()
    assert (await found(mine, "apricots"), await found(mine, "cherries")) == ([], [str(post.id)])
    await node.do(lambda tx: _delete(tx, anna, post.id))
    assert await found(mine, "cherries") == []
    await nodes.settle()
    for table in (SearchEntry, SearchWaiting):
        assert await node.read(lambda tx, table=table: tx.one(select(func.count()).select_from(table))) == 0
    await node.do(search_index.optimise)


async def _delete(tx: Transaction, author: Actor, post_id: int) -> None:
    await posts.delete(tx, author, await posts.post_rows.visible(tx, post_id, author))


async def test_words_of_what_was_deleted_leave_the_file_of_sqlite(sqlite_nodes: Network) -> None:
    node = await sqlite_nodes.node("a")
    anna = await node.person("anna")
    post = await node.post(anna, "Persimmonwhisper")
    await sqlite_nodes.settle()
    files = [path for path in node.context.settings.data_dir.iterdir() if path.name.startswith("ordito.sqlite3")]
    assert any(b"persimmonwhisper" in path.read_bytes() for path in files)
    await node.do(lambda tx: _delete(tx, anna, post.id))
    await retention.run(node.context, {})
    assert not any(b"persimmonwhisper" in path.read_bytes() for path in files)


async def test_what_was_there_before_there_was_an_index_is_read_later(nodes: Network, node: Node) -> None:
    anna = await node.person("anna")
    mine, post = await phone(node, anna), await node.post(anna, "quinces")
    await nodes.settle()
    await node.do(lambda tx: search_index.forget(tx, post.id))
    assert await found(mine, "quinces") == []
    await indexing.find_unread(node.context, {})
    await nodes.settle()
    assert await found(mine, "quinces") == [str(post.id)]


async def test_accounts_are_found_by_those_who_may(node: Node) -> None:
    """By a part of the name only who wants it, or whom she has to do with; by the whole address everybody."""
    anna, bea = await node.person("anna"), await node.person("beatrice")
    mine = await phone(node, anna)
    search = "/api/v1/accounts/search"
    assert await mine.get(search, "[Account]", q="beat") == []
    assert [one["id"] for one in await mine.get(search, "[Account]", q="@beatrice")] == [str(bea.id)]
    assert [one["id"] for one in await mine.get(search, "[Account]", q="Beatrice@a.test")] == [str(bea.id)]
    await wish(node, bea, discoverable=True, name="Bée Müller")
    for text in ("beat", "@beat", "müller", "bée m"):
        assert [one["id"] for one in await mine.get(search, "[Account]", q=text)] == [str(bea.id)], text
    assert await mine.get(search, "[Account]", q="beat", following="true") == []
    await wish(node, bea, discoverable=False)
    assert await mine.get(search, "[Account]", q="beat") == []
    await node.follow(anna, "beatrice@a.test")
    assert [one["id"] for one in await mine.get(search, "[Account]", q="beat", following="true")] == [str(bea.id)]
    assert await mine.get(search, "[Account]", q="%") == []
    missing = await mine.ask("GET", search)
    assert (missing.status, missing.body) == (400, {"error": "param is missing or the value is empty: q"})


async def test_accounts_are_looked_up_without_asking_anybody(nodes: Network, node: Node) -> None:
    stranger = Stranger(nodes, "c")
    await stranger.serve()
    stranger.person("dora")
    bea = await node.person("bea")
    for acct in ("bea", "@bea", "BEA@a.test"):
        assert (await Phone(node).get("/api/v1/accounts/lookup", "Account", acct=acct))["id"] == str(bea.id)
    for acct in ("nobody", "dora@c.test", "@", "a b"):
        answered = await Phone(node).ask("GET", "/api/v1/accounts/lookup", params={"acct": acct})
        assert (answered.status, answered.body) == (404, {"error": "Record not found"}), acct
    assert stranger.asked == []


async def test_an_address_is_fetched_for_who_is_signed_in(nodes: Network, node: Node) -> None:
    stranger = Stranger(nodes, "c")
    await stranger.serve()
    dora = stranger.person("dora")
    note = stranger.note(dora, "notes/1")
    mine = await phone(node, await node.person("anna"))
    assert await found(mine, "@dora@c.test", "accounts") == []
    assert await found(mine, note["id"]) == []
    assert stranger.asked == []
    (status_id,) = await found(mine, note["id"], resolve="true")
    known = await node.required(note["id"])
    assert status_id == str(known.id)
    assert await found(mine, "dora@c.test", "accounts", resolve="1") == [str(known.author_id)]
    assert await found(mine, dora.uri, "accounts", resolve="1") == [str(known.author_id)]
    assert await found(mine, note["id"]) == [status_id]
    assert await found(mine, f"{stranger.base}/notes/none", resolve="true") == []


async def test_what_needs_a_token_says_so(node: Node) -> None:
    for params, error in (
        ({"resolve": "true"}, "Search queries that resolve remote resources are not supported without authentication"),
        ({"offset": "1"}, "Search queries pagination is not supported without authentication"),
    ):
        answered = await Phone(node).ask("GET", "/api/v2/search", params={"q": "x", **params})
        assert (answered.status, answered.body) == (401, {"error": error})
    assert (await Phone(node).ask("GET", "/api/v2/search")).status == 400
    mine = await phone(node, await node.person("anna"))
    assert (await mine.ask("GET", "/api/v2/search?q=x&offset=10001")).status == 422
    assert (await mine.ask("GET", "/api/v2/search?q=x&type=peers")).status == 422
    assert await mine.get("/api/v2/search?q=x&type=accounts", "Search") == {
        "accounts": [],
        "statuses": [],
        "hashtags": [],
    }


async def test_hashtags_of_public_posts(nodes: Network, node: Node) -> None:
    anna = await node.person("anna")
    await node.post(anna, "#Garden #gardening")
    await node.post(anna, "#garden")
    await node.post(anna, "#gardensecret", visibility=Visibility.FOLLOWERS)
    await nodes.settle()
    mine = await phone(node, anna)
    for text in ("gard", "#gard", "GARD"):
        assert await found(mine, text, "hashtags") == ["garden", "gardening"]
    assert await found(Phone(node), "gard", "hashtags") == ["garden", "gardening"]
    assert (await mine.get("/api/v1/search", "OldSearch", q="#garden"))["hashtags"] == ["garden", "gardening"]
    assert await found(mine, "gardens", "hashtags") == []
