"""The one order of the inbox's checks: of two faults the earlier one is answered, and nothing is asked for too soon."""

from typing import Any

import orjson
import pytest

from federation.identifiers import key_id
from federation.signatures import Scheme, digest_header, sign
from node.queries import actors as actor_rows
from tests.nodes import Network, Node
from tests.strangers import Person, Stranger

BAD_DIGEST = {"Digest": digest_header(b"another")}


@pytest.fixture
def impostor(sqlite_nodes: Network, bob: Person) -> Person:
    """Says that he is Bob, with a key of his own."""
    key = sqlite_nodes.some_rsa_key()
    while key.public.pem() == bob.rsa.public.pem():
        key = sqlite_nodes.some_rsa_key()
    return Person(bob.uri, key, bob.ed25519)


async def block(node: Node, host: str = "c.test") -> None:
    await node.do(lambda tx: actor_rows.block_host(tx, host))


async def sent(stranger: Stranger, node: Node, body: Any, by: Person, **how: Any) -> tuple[int, str]:
    """(status, code) of the answer."""
    response = await stranger.send(node, body, by, **how)
    problem = await response.json(content_type=None) if response.status != 202 else {}
    return response.status, problem.get("code", "")


async def test_size_comes_before_the_digest(node: Node, stranger: Stranger, bob: Person) -> None:
    assert await sent(stranger, node, b"x" * 1_000_001, bob, change=BAD_DIGEST) == (413, "limit.inbox")
    assert await sent(stranger, node, b"x" * 1_000_000, bob, change=BAD_DIGEST) == (401, "sig.digest")


async def test_the_digest_comes_before_all_that_names_a_key(node: Node, stranger: Stranger, bob: Person) -> None:
    await block(node)
    like = stranger.activity("Like", bob, "http://a.test/posts/1")
    assert await sent(stranger, node, like, bob, change=BAD_DIGEST | {"Signature": "keyId=1"}) == (401, "sig.digest")
    assert await sent(stranger, node, like, bob, change=BAD_DIGEST) == (401, "sig.digest")
    assert stranger.asked == []


async def test_headers_and_time_come_before_blocks(node: Node, stranger: Stranger, bob: Person) -> None:
    await block(node)
    late = {"Date": "Mon, 01 Jan 2024 00:00:00 GMT"}
    assert await sent(stranger, node, b"{", bob, change={"Signature": "keyId=1"}) == (400, "sig.parameters")
    assert await sent(stranger, node, b"{", bob, change=late) == (401, "sig.time")


async def test_a_blocked_hosts_bad_json_is_403(node: Node, stranger: Stranger, bob: Person) -> None:
    assert await sent(stranger, node, b"{", bob) == (400, "json.syntax")
    await block(node)
    assert await sent(stranger, node, b"{", bob) == (403, "forbidden")
    assert stranger.asked == []


async def test_a_blocked_actor_is_403_before_any_key_is_fetched(node: Node, stranger: Stranger, bob: Person) -> None:
    await block(node, "d.test")
    for shape in ("http://d.test/users/x", {"id": "http://d.test/users/x"}, ["http://d.test/users/x"]):
        activity = {"type": "Delete", "actor": shape, "object": "http://d.test/users/x"}
        assert await sent(stranger, node, activity, bob) == (403, "forbidden")
    assert stranger.asked == []


@pytest.mark.parametrize("shape", ["id", "actor", "list", "tombstone"])
async def test_the_delete_of_an_unknown_actor_costs_nothing(
    sqlite_nodes: Network, node: Node, stranger: Stranger, bob: Person, shape: str
) -> None:
    target = {"type": "Tombstone", "id": bob.uri} if shape == "tombstone" else bob.uri
    actor = {"actor": {"id": bob.uri}, "list": [bob.uri]}.get(shape, bob.uri)
    delete = stranger.activity("Delete", bob, target) | {"actor": actor}
    assert await sent(stranger, node, delete, bob) == (202, "")
    await sqlite_nodes.settle()
    assert stranger.asked == []
    assert await node.outcomes() == {}


async def test_a_stranger_does_not_learn_by_a_delete_who_is_known_here(
    sqlite_nodes: Network, node: Node, stranger: Stranger, bob: Person
) -> None:
    other = Stranger(sqlite_nodes, "d")
    await other.serve()
    mallory, unknown = other.person("mallory"), stranger.person("unknown")
    assert await sent(stranger, node, stranger.activity("Like", bob, "http://a.test/posts/1"), bob) == (202, "")
    stranger.asked.clear()
    for victim in (bob, unknown):
        delete = stranger.activity("Delete", victim, victim.uri)
        assert await sent(stranger, node, delete, mallory) == (403, "sig.actor")
        assert await sent(stranger, node, delete, Person(mallory.uri, bob.rsa, bob.ed25519)) == (401, "sig.wrong")
    assert stranger.asked == []
    assert await sent(stranger, node, stranger.activity("Delete", unknown, unknown.uri), unknown) == (202, "")


async def test_other_deletes_are_verified(
    sqlite_nodes: Network, node: Node, stranger: Stranger, bob: Person, impostor: Person
) -> None:
    of_a_post = stranger.activity("Delete", bob, f"{stranger.base}/notes/1")
    of_several = stranger.activity("Delete", bob, [bob.uri, "http://a.test/x"])
    of_bob = stranger.activity("Delete", bob, bob.uri)
    for activity in (of_a_post, of_several):
        assert await sent(stranger, node, activity, impostor) == (401, "sig.wrong")
    assert await sent(stranger, node, of_bob, impostor) == (401, "sig.wrong")  # he is known by now
    assert "/users/bob" in stranger.asked
    assert await sent(stranger, node, of_bob, bob) == (202, "")
    await sqlite_nodes.settle()
    assert await node.outcomes() == {"handled": 1}


async def test_the_signature_comes_before_the_schema(
    node: Node, stranger: Stranger, bob: Person, impostor: Person
) -> None:
    for wrong, code in (({"to": 5}, "schema.activity"), ({"type": "Note"}, "activity.type")):
        activity = stranger.activity("Like", bob, "http://a.test/posts/1") | wrong
        assert await sent(stranger, node, activity, impostor) == (401, "sig.wrong")
        assert await sent(stranger, node, activity, bob) == (400, code)


async def test_the_schema_comes_before_whose_key_it_is(node: Node, stranger: Stranger, bob: Person) -> None:
    mallory = stranger.person("mallory")
    activity = stranger.activity("Like", bob, "http://a.test/posts/1")
    assert await sent(stranger, node, activity | {"to": 5}, mallory) == (400, "schema.activity")
    assert await sent(stranger, node, activity, mallory) == (403, "sig.actor")


async def test_an_id_of_anothers_host_is_400(node: Node, stranger: Stranger, bob: Person) -> None:
    activity = stranger.activity("Like", bob, "http://a.test/posts/1")
    for elsewhere in ("http://a.test/activities/1", "http://c.test:8080/1", "https://c.test/1", "http://sub.c.test/1"):
        assert await sent(stranger, node, activity | {"id": elsewhere}, bob) == (400, "origin.activity")
    assert await sent(stranger, node, activity | {"id": "http://C.TEST:80/1#like"}, bob) == (202, "")


async def test_the_answer_comes_after_the_commit(sqlite_nodes: Network, node: Node, bob: Person) -> None:
    """What was answered 202 is there for a process that starts now."""
    body = orjson.dumps({"type": "Like", "actor": bob.uri, "object": "http://a.test/posts/1"})
    how = {"key": bob.rsa, "key_id": key_id(bob.key_id), "now": sqlite_nodes.clock()}
    headers = sign(Scheme.RFC9421, method="POST", url=f"{node.base}/inbox", body=body, **how)
    async with node.http.post(f"{node.base}/inbox", data=body, headers=headers) as response:
        assert response.status == 202
    assert await node.next_due() is not None
