"""What is stored of an account elsewhere when it first signs something: its handle, its keys, or nothing of it."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from federation import discovery
from federation.identifiers import Handle
from federation.vocabulary import parse_actor
from node.context import Budget
from node.database import Transaction
from node.database.failures import UNAVAILABLE, Clash
from node.database.tables import Actor
from node.errors import Missing, Refused
from node.queries import actors as actor_rows
from node.services import hosts, remote
from tests.nodes import Network, Node
from tests.strangers import Person, Stranger

pytestmark = pytest.mark.both_databases


@pytest.fixture
async def stranger(nodes: Network) -> Stranger:
    found = Stranger(nodes, "c")
    await found.serve()
    return found


async def knock(node: Node, stranger: Stranger, by: Person) -> int:
    answer = await stranger.send(node, stranger.activity("Like", by, "http://a.test/posts/1"), by)
    return answer.status


def break_storing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(remote, "store_actor", broken)
    monkeypatch.setattr(remote, "store_post", broken)


CLASH = Clash("INSERT INTO actors", {}, Exception("constraint"))
AWAY = ConnectionError("the database does not answer")


async def test_an_actor_whose_handle_is_not_confirmed_takes_nobodys(node: Node, stranger: Stranger) -> None:
    bob, mallory = stranger.person("bob"), stranger.person("mallory", preferredUsername="bob")
    assert await knock(node, stranger, bob) == 202
    assert await knock(node, stranger, mallory) == 202
    assert (await node.actor(bob.uri)).handle == "bob@c.test"
    unconfirmed = await node.actor(mallory.uri)
    assert (unconfirmed.handle, unconfirmed.username, unconfirmed.host) == (None, "bob", "c.test")


async def test_a_confirmed_handle_passes_to_its_new_holder(node: Node, stranger: Stranger) -> None:
    bob = stranger.person("bob")
    assert await knock(node, stranger, bob) == 202
    heir = stranger.person("heir", preferredUsername="bob")
    stranger.people["bob"] = heir  # WebFinger says so now
    assert await knock(node, stranger, heir) == 202
    assert ((await node.actor(bob.uri)).handle, (await node.actor(heir.uri)).handle) == (None, "bob@c.test")


async def test_several_are_stored_at_once_with_and_without_a_handle(node: Node, stranger: Stranger) -> None:
    """Two that have none are in nobody's way: not in each other's either."""
    people = [stranger.person(name) for name in ("bob", "carla", "dora")]
    found = [(parse_actor(person.document()), None) for person in people[:2]]
    named = (parse_actor(people[2].document()), Handle("dora", "c.test"))

    async def work(tx: Transaction) -> list[Actor]:
        await remote.recall_stored(tx, [*found, named])
        return [await remote.store_actor(tx, value, handle) for value, handle in [*found, named]]

    for _ in range(2):  # new, then known
        await node.do(work)
        assert [(await node.actor(person.uri)).handle for person in people] == [None, None, "dora@c.test"]


@pytest.mark.parametrize("place", ["publicKey", "assertionMethod"])
async def test_a_key_that_is_listed_twice_counts_once(node: Node, stranger: Stranger, place: str) -> None:
    eve = stranger.person("eve")
    listed = eve.document()
    again = [listed["publicKey"], listed["publicKey"] | {"publicKeyPem": "another"}]
    listed["publicKey" if place == "publicKey" else "assertionMethod"] = again
    stranger.documents["/users/eve"] = listed
    assert await knock(node, stranger, eve) == 202
    stored = await node.actor(eve.uri)
    keys = await node.read(lambda tx: actor_rows.keys_of(tx, stored))
    assert [key.material for key in keys if key.id == eve.key_id] == [eve.rsa.public.pem()]


async def test_an_actor_that_cannot_be_stored_has_no_key(
    node: Node, stranger: Stranger, monkeypatch: pytest.MonkeyPatch
) -> None:
    with capture_logs() as log, monkeypatch.context() as broken:
        break_storing(broken, CLASH)
        assert await knock(node, stranger, stranger.person("eve")) == 401
    assert [line["reason"] for line in log if line["event"] == "fetch.failed"] == ["fetch.unstorable"]
    assert "request.failed" not in {line["event"] for line in log}
    assert await knock(node, stranger, stranger.person("fay")) == 202


async def test_while_the_database_is_away_the_door_says_so(
    node: Node, stranger: Stranger, monkeypatch: pytest.MonkeyPatch
) -> None:
    eve = stranger.person("eve")
    with monkeypatch.context() as broken:
        break_storing(broken, AWAY)
        assert await knock(node, stranger, eve) == 503


@pytest.mark.parametrize("kind", ["actor", "post"])
async def test_a_document_that_cannot_be_stored_is_a_fetch_that_failed(
    node: Node, stranger: Stranger, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    bob = stranger.person("bob")
    uri = bob.uri if kind == "actor" else stranger.note(bob, "notes/1")["id"]
    fetcher = node.context.fetcher
    with capture_logs() as log, monkeypatch.context() as broken:
        break_storing(broken, CLASH)
        assert not await fetcher.fetch_and_store(Missing(uri), Budget())
    assert [(line["event"], line["reason"]) for line in log if "reason" in line] == [
        ("fetch.failed", "fetch.unstorable")
    ]
    with monkeypatch.context() as broken:
        break_storing(broken, AWAY)
        with pytest.raises(UNAVAILABLE):
            await fetcher.fetch_and_store(Missing(uri), Budget())
    assert await fetcher.fetch_and_store(Missing(uri), Budget())


@pytest.mark.parametrize("blocked", [None, "c.test", "other.test"])
async def test_a_host_that_is_blocked_while_its_handle_is_confirmed_is_not_stored(
    node: Node, stranger: Stranger, monkeypatch: pytest.MonkeyPatch, blocked: str | None
) -> None:
    bob, confirm = stranger.person("bob"), discovery.confirm

    async def meanwhile(*arguments: Any, **options: Any) -> Handle:
        if blocked is not None:
            await node.do(lambda tx: hosts.block(tx, blocked))
        return await confirm(*arguments, **options)

    monkeypatch.setattr(discovery, "confirm", meanwhile)
    refused = blocked == "c.test"
    assert await knock(node, stranger, bob) == (401 if refused else 202)
    assert (await node.read(lambda tx: actor_rows.by_uri(tx, bob.uri)) is None) == refused


async def test_an_account_whose_handle_is_of_a_blocked_host_is_not_stored(node: Node, stranger: Stranger) -> None:
    """One refused spoils it for no other that is stored at the same moment."""
    people = [stranger.person(name) for name in ("bob", "carla")]
    await node.do(lambda tx: hosts.block(tx, "bad.example"))
    found = [(parse_actor(people[0].document()), Handle("bob", "sub.bad.example"))]
    found.append((parse_actor(people[1].document()), Handle("carla", "notbad.example")))
    results = await asyncio.gather(*(node.context.fetcher._actors.do(one) for one in found), return_exceptions=True)
    assert isinstance(results[0], Refused)
    assert isinstance(results[1], Actor)
    assert results[1].handle == "carla@notbad.example"
    assert await node.read(lambda tx: actor_rows.by_uri(tx, people[0].uri)) is None
