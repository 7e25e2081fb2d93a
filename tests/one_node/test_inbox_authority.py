"""Who may say what of whom: the same host is not enough, and nothing is taken twice or brought back to life."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from federation.addressing import Visibility
from federation.identifiers import key_id
from federation.signatures import Scheme, sign
from node.database.tables import InboxItem
from node.queries import follows as follow_rows, posts as post_rows
from tests.nodes import Network, Node
from tests.strangers import PUBLIC, Person, Stranger


@pytest.fixture
async def node(sqlite_nodes: Network) -> Node:
    return await sqlite_nodes.node("a")


class Village:
    """Bob, whom Anna of this node follows, and Mallory of the same host."""

    def __init__(self, nodes: Network, node: Node, host: Stranger) -> None:
        self.nodes, self.node, self.host = nodes, node, host
        self.bob, self.mallory = host.person("bob"), host.person("mallory")

    async def send(self, activity: dict[str, Any], by: Person) -> tuple[str, str | None]:
        """(outcome, reason) of the newest item once all is worked off."""
        response = await self.host.send(self.node, activity, by)
        assert response.status == 202
        await self.nodes.settle()
        newest = select(InboxItem.outcome, InboxItem.reason).order_by(InboxItem.id.desc()).limit(1)
        [row] = await self.node.read(lambda tx: tx.rows(newest))
        return row[0], row[1]

    async def act(self, kind: str, by: Person, target: Any, **values: Any) -> tuple[str, str | None]:
        return await self.send(self.host.activity(kind, by, target, **values), by)


@pytest.fixture
async def village(sqlite_nodes: Network, node: Node) -> Village:
    host = Stranger(sqlite_nodes, "c")
    await host.serve()
    found = Village(sqlite_nodes, node, host)
    anna = await node.person("anna")
    await node.follow(anna, "bob@c.test")
    await sqlite_nodes.settle()
    assert await found.act("Accept", found.bob, host.received[0]) == ("handled", None)
    return found


@pytest.fixture
async def note(village: Village) -> dict[str, Any]:
    found = village.host.note(village.bob, "notes/1")
    assert await village.send(village.host.create(village.bob, found), village.bob) == ("handled", None)
    return found


async def test_only_the_author_changes_and_deletes(village: Village, note: dict[str, Any]) -> None:
    edited = note | {"content": "<p>Edited</p>", "updated": "2099-01-01T00:00:00Z"}
    assert await village.act("Delete", village.mallory, note["id"]) == ("refused", "authz.author")
    assert await village.act("Update", village.mallory, edited) == ("refused", "origin.author")
    stolen = edited | {"attributedTo": village.mallory.uri}
    assert await village.act("Update", village.mallory, stolen) == ("refused", "authz.author")
    assert (await village.node.required(note["id"])).content == "<p>Hello</p>"
    assert await village.act("Update", village.bob, edited) == ("handled", None)
    assert (await village.node.required(note["id"])).content == "<p>Edited</p>"
    assert await village.act("Delete", village.bob, note["id"]) == ("handled", None)
    assert (await village.node.required(note["id"])).deleted_at is not None


async def test_an_author_stays_the_author(village: Village, note: dict[str, Any]) -> None:
    given_away = note | {"attributedTo": village.mallory.uri, "updated": "2099-01-01T00:00:00Z"}
    assert await village.act("Update", village.bob, given_away) == ("refused", "origin.author")
    anna = await village.node.actor("http://a.test/users/anna")
    named = given_away | {"cc": [anna.uri]}
    assert await village.act("Create", village.mallory, named) == ("refused", "authz.author")
    post = await village.node.required(note["id"])
    assert post.author_id == (await village.node.actor(village.bob.uri)).id


async def test_nobody_puts_anothers_post_into_a_group(village: Village, note: dict[str, Any]) -> None:
    group = await village.node.group("garden", await village.node.actor("http://a.test/users/anna"))
    taken = note | {"attributedTo": village.mallory.uri, "to": [group.uri, PUBLIC], "content": "<p>Forged</p>"}
    assert await village.act("Create", village.mallory, taken) == ("refused", "authz.author")
    assert (await village.node.required(note["id"])).group_id is None
    own = village.host.note(village.mallory, "notes/own", to=[group.uri, PUBLIC])
    assert await village.send(village.host.create(village.mallory, own), village.mallory) == ("handled", None)
    assert (await village.node.required(own["id"])).group_id == group.id


async def test_no_second_create_widens_who_may_read(village: Village) -> None:
    followers = f"{village.bob.uri}/followers"
    private = village.host.note(village.bob, "notes/2", to=[followers], cc=[])
    assert (await village.send(village.host.create(village.bob, private), village.bob))[0] == "handled"
    wide = private | {"to": [PUBLIC], "cc": [followers], "content": "<p>Other</p>"}
    await village.send(village.host.create(village.bob, wide) | {"id": f"{private['id']}#again"}, village.bob)
    post = await village.node.required(private["id"])
    assert (post.visibility, post.content) == (Visibility.FOLLOWERS, "<p>Hello</p>")
    assert (await village.node.get(f"/@anna/{post.id}"))[0] == 404


async def test_only_an_account_itself_changes_or_goes(village: Village, note: dict[str, Any]) -> None:
    profile = village.bob.document() | {"name": "Mallory was here"}
    assert await village.act("Update", village.mallory, profile) == ("refused", "authz.actor")
    assert await village.act("Delete", village.mallory, village.bob.uri) == ("refused", "authz.actor")
    bob = await village.node.actor(village.bob.uri)
    assert (bob.name, bob.deleted_at) == ("Bob", None)
    assert await village.act("Delete", village.bob, village.bob.uri) == ("handled", None)
    assert (await village.node.required(note["id"])).deleted_at is not None


async def test_keys_are_never_taken_from_an_update(village: Village) -> None:
    """The document in an Update is not read at all: the actor's own address is asked."""
    other = village.nodes.some_rsa_key()
    while other.public.pem() == village.bob.rsa.public.pem():
        other = village.nodes.some_rsa_key()
    impostor = Person(village.bob.uri, other, village.bob.ed25519)
    assert await village.act("Update", village.bob, impostor.document()) == ("handled", None)
    answer = await village.host.send(village.node, village.host.activity("Like", impostor, "http://a.test/1"), impostor)
    assert answer.status == 401


async def test_only_who_did_it_takes_it_back(village: Village, note: dict[str, Any]) -> None:
    boost = village.host.activity("Announce", village.bob, note["id"], to=[PUBLIC])
    like = village.host.activity("Like", village.bob, note["id"])
    anna = await village.node.actor("http://a.test/users/anna")
    follow = village.host.activity("Follow", village.bob, anna.uri)
    for done in (boost, like, follow):
        assert await village.send(done, village.bob) == ("handled", None)
    for done in (boost, like, follow):
        for inner in (done["id"], done, done | {"actor": village.mallory.uri}):
            outcome = await village.act("Undo", village.mallory, inner)
            unseen = done is boost and inner not in (boost, boost["id"])  # a boost of hers, under an id of her own
            expected = {("handled", None)} if unseen else {("refused", "authz.undo"), ("ignored", "unknown.Undo")}
            assert outcome in expected or outcome[0] is None, inner
    bob, post = await village.node.actor(village.bob.uri), await village.node.required(note["id"])
    assert await village.node.read(lambda tx: post_rows.reblog(tx, bob.id, post.id)) is not None
    assert await village.node.read(lambda tx: post_rows.reaction(tx, bob.id, post.id, "")) is not None
    assert await village.node.read(lambda tx: follow_rows.between(tx, bob.id, anna.id)) is not None
    for done in (boost, like, follow):
        assert await village.act("Undo", village.bob, done) == ("handled", None)
    assert await village.node.read(lambda tx: post_rows.reaction(tx, bob.id, post.id, "")) is None


async def test_nobody_uses_up_anothers_id(village: Village) -> None:
    note = village.host.note(village.bob, "notes/3")
    create = village.host.create(village.bob, note)
    burnt = village.host.activity("Like", village.mallory, "http://a.test/posts/1") | {"id": create["id"]}
    assert (await village.send(burnt, village.mallory))[0] == "ignored"
    buried = village.host.activity("Delete", village.mallory, note["id"])
    await village.send(buried, village.mallory)
    assert await village.send(create, village.bob) == ("handled", None)
    assert (await village.node.required(note["id"])).content == "<p>Hello</p>"


@pytest.mark.parametrize("uri", ["http://a.test/posts/1", "http://a.test/users/anna", "http://A.TEST:80/posts/1"])
async def test_nobody_elsewhere_makes_ids_of_ours(village: Village, uri: str) -> None:
    note = village.host.note(village.bob, "notes/4") | {"id": uri}
    create = village.host.activity("Create", village.bob, note, to=[PUBLIC])
    answer = await village.host.send(village.node, create, village.bob)
    await village.nodes.settle()
    assert answer.status == 400
    assert await village.node.known(uri) is None


async def test_an_accepted_activity_that_comes_again_does_nothing(village: Village, note: dict[str, Any]) -> None:
    create = village.host.create(village.bob, note)
    assert await village.send(create, village.bob) == ("handled", None)
    reader = await village.node.actor("http://a.test/users/anna")
    assert await village.node.home(reader) == ["<p>Hello</p>"]
    assert await village.node.outcomes() == {"handled": 2}  # the Accept and one Create
    again = create | {"object": create["object"] | {"content": "<p>Other</p>"}}
    assert (await village.send(again, village.bob))[0] == "handled"
    assert (await village.node.required(note["id"])).content == "<p>Hello</p>"


async def test_a_captured_request_is_good_for_an_hour_and_does_nothing_then(village: Village) -> None:
    like = orjson.dumps(village.host.activity("Like", village.bob, "http://a.test/posts/1"))
    how = {"key": village.bob.rsa, "key_id": key_id(village.bob.key_id), "now": village.nodes.clock()}
    url = f"{village.node.base}/inbox"
    headers = sign(Scheme.CAVAGE, method="POST", url=url, body=like, **how)
    before = await village.node.outcomes()
    statuses = []
    for wait in (timedelta(), timedelta(minutes=50), timedelta(minutes=20)):
        village.nodes.clock.move(wait)
        async with village.node.http.post(url, data=like, headers=headers) as response:
            statuses.append(response.status)
        await village.nodes.settle()
    assert statuses == [202, 202, 401]
    assert await village.node.outcomes() == before | {"ignored": 1}


async def test_a_replayed_create_revives_nothing(village: Village, note: dict[str, Any]) -> None:
    create = village.host.create(village.bob, note)
    assert await village.act("Delete", village.bob, note["id"]) == ("handled", None)
    for again in (create, create | {"id": f"{note['id']}#another"}):
        await village.send(again, village.bob)
        post = await village.node.required(note["id"])
        assert (post.deleted_at is not None, post.content) == (True, "")
    edited = create["object"] | {"content": "<p>Back</p>", "updated": "2099-01-01T00:00:00Z"}
    assert await village.act("Update", village.bob, edited) == ("refused", "post.deleted")
    reader = await village.node.actor("http://a.test/users/anna")
    assert await village.node.home(reader) == []


async def test_a_follow_that_was_not_answered_gives_no_rights(sqlite_nodes: Network, node: Node) -> None:
    """Neither to Anna, nor to others in the name of the one she asked."""
    host = Stranger(sqlite_nodes, "c")
    await host.serve()
    village = Village(sqlite_nodes, node, host)
    anna = await node.person("anna")
    await node.follow(anna, "bob@c.test")
    await sqlite_nodes.settle()
    follow = host.received[0]
    assert await village.act("Accept", village.mallory, follow) == ("refused", "authz.answer")
    assert await village.act("Accept", village.bob, "http://a.test/activities/7") == ("refused", "follow.not_asked")
    bob = await node.actor(village.bob.uri)
    assert not await node.read(lambda tx: follow_rows.accepted(tx, anna.id, bob.id))
    assert await village.act("Reject", village.mallory, follow) == ("refused", "authz.answer")
    assert await village.act("Accept", village.bob, follow) == ("handled", None)
    assert await node.read(lambda tx: follow_rows.accepted(tx, anna.id, bob.id))


@pytest.mark.both_databases
@pytest.mark.parametrize("first", ["bob", "mallory"])
async def test_a_follow_is_its_senders_whoever_uses_its_name_again(nodes: Network, first: str) -> None:
    """Mallory calls his Follow as Bob has called his: their host lets him."""
    node, host = await nodes.node("a"), Stranger(nodes, "c")
    await host.serve()
    village = Village(nodes, node, host)
    anna, name = await node.person("anna"), f"{host.base}/follows/1"
    for person in sorted((village.bob, village.mallory), key=lambda one: one.name != first):
        assert await village.act("Follow", person, anna.uri, id=name) == ("handled", None)
        assert host.received[-1]["type"] == "Accept"
    eve = host.person("eve")
    assert await village.act("Undo", eve, name) == ("refused", "authz.undo")
    for uri in (name, host.activity("Follow", village.bob, anna.uri, id=name)):
        assert await village.act("Accept", eve, uri) == ("refused", "authz.answer")
        assert await village.act("Reject", village.mallory, uri) == ("refused", "authz.answer")
    for person, left in ((village.bob, [village.mallory.uri]), (village.mallory, [])):
        assert await village.act("Undo", person, name) == ("handled", None)
        assert [actor.uri for actor in await node.read(lambda tx: follow_rows.followers(tx, anna.id))] == left


async def test_an_answer_to_something_else_than_a_follow_is_ignored(village: Village) -> None:
    """GoToSocial 0.20 approves what is written under its posts, or not, by its id: with neither we do anything."""
    post = await village.node.post(await village.node.actor("http://a.test/users/anna"), "Mine")
    for uri in (post.uri, "http://d.test/notes/1"):
        for kind in ("Accept", "Reject"):
            assert await village.act(kind, village.bob, uri) == ("ignored", "answer.unknown")
    for uri in ("http://a.test/users/anna", "http://a.test/activities/7"):
        assert await village.act("Accept", village.mallory, uri) == ("refused", "follow.not_asked")


async def test_a_handle_counts_when_its_own_host_names_the_actor(village: Village) -> None:
    """Mallory's actor calls himself Bob: the host says that Bob is another one."""
    false = village.host.person("false", preferredUsername="bob")
    assert (await village.act("Like", false, "http://a.test/posts/1"))[0] == "ignored"
    assert (await village.node.actor(false.uri)).handle is None
    assert (await village.node.find("bob@c.test")).uri == village.bob.uri
