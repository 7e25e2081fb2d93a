"""The inbox: what is accepted, what is refused, in which order, and what becomes of it."""

import asyncio

import pytest

from federation.signatures import Scheme
from node.database import Transaction
from node.database.tables import Actor
from node.queries import actors as actor_rows, follows as follow_rows
from tests.nodes import Network, Node
from tests.strangers import Stranger

pytestmark = pytest.mark.both_databases


@pytest.fixture
async def stranger(nodes: Network) -> Stranger:
    found = Stranger(nodes, "c")
    await found.serve()
    return found


@pytest.mark.parametrize("scheme", list(Scheme))
async def test_a_followed_authors_post_is_taken(nodes: Network, node: Node, stranger: Stranger, scheme: Scheme) -> None:
    anna, bob = await node.person("anna"), stranger.person("bob")
    await node.follow(anna, "bob@c.test")
    await nodes.settle()
    follow = stranger.received[-1]
    accept = stranger.activity("Accept", bob, follow)
    assert (await stranger.send(node, accept, bob)).status == 202
    await nodes.settle()

    note = stranger.note(bob, "notes/1", '<p>Hello <script>alert(1)</script><a href="https://x.example">x</a></p>')
    assert (await stranger.send(node, stranger.create(bob, note), bob, scheme=scheme)).status == 202
    await nodes.settle()
    texts = await node.home(anna)
    assert len(texts) == 1
    assert "Hello" in texts[0]
    assert "script" not in texts[0]


async def test_unsigned_is_401(node: Node, stranger: Stranger) -> None:
    bob = stranger.person("bob")
    note = stranger.create(bob, stranger.note(bob, "notes/1"))
    assert (await stranger.send(node, note, bob, signed=False)).status == 401
    assert await node.known(f"{stranger.base}/notes/1") is None


async def test_anothers_activity_is_403(node: Node, stranger: Stranger) -> None:
    bob, mallory = stranger.person("bob"), stranger.person("mallory")
    note = stranger.create(bob, stranger.note(bob, "notes/1"))
    assert (await stranger.send(node, note, mallory)).status == 403


async def test_unsolicited_posts_are_dropped(nodes: Network, node: Node, stranger: Stranger) -> None:
    bob = stranger.person("bob")
    note = stranger.create(bob, stranger.note(bob, "notes/1"))
    assert (await stranger.send(node, note, bob)).status == 202
    await nodes.settle()
    assert await node.known(f"{stranger.base}/notes/1") is None
    assert await node.outcomes() == {"ignored": 1}


async def test_many_at_once_share_commits_and_none_is_lost(nodes: Network, node: Node, stranger: Stranger) -> None:
    anna, bob = await node.person("anna"), stranger.person("bob")
    await node.do(lambda tx: _accepted_follow(tx, node, anna, bob.uri))
    creates = [stranger.create(bob, stranger.note(bob, f"notes/{n}", f"<p>{n}</p>")) for n in range(40)]
    answers = await asyncio.gather(*(stranger.send(node, create, bob) for create in creates + creates[:10]))
    assert {answer.status for answer in answers} == {202}
    await nodes.settle()
    assert sorted(await node.home(anna)) == sorted(f"<p>{n}</p>" for n in range(40))
    assert await node.outcomes() == {"handled": 40}


async def _accepted_follow(tx: Transaction, node: Node, follower: Actor, uri: str) -> None:
    target = await actor_rows.required(tx, uri)
    follow = await follow_rows.add(tx, follower, target, f"{node.base}/activities/1")
    await follow_rows.change(tx, follow, accepted_at=tx.now)


async def test_ids_as_long_as_they_may_be_spoil_it_for_nobody(nodes: Network, node: Node, stranger: Stranger) -> None:
    """On PostgreSQL a key of an index has 2,704 bytes at most, and many waiting requests share one commit."""
    anna, bob = await node.person("anna"), stranger.person("bob")
    await node.do(lambda tx: _accepted_follow(tx, node, anna, bob.uri))
    mallory = stranger.person("m" * 60)
    mallory.uri = f"{stranger.base}/users/{'x' * 1900}/{'m' * 60}"
    stranger.documents[mallory.uri.removeprefix(stranger.base)] = mallory.document()
    long_id = f"{stranger.base}/{'ü' * 480}"
    bad = [stranger.activity("Like", mallory, anna.uri, id=f"{long_id}{n}") for n in range(5)]
    good = [stranger.create(bob, stranger.note(bob, f"notes/{n}", f"<p>{n}</p>")) for n in range(10)]
    sent = [stranger.send(node, one, mallory) for one in bad] + [stranger.send(node, one, bob) for one in good]
    answers = await asyncio.gather(*sent)
    assert {answer.status for answer in answers[5:]} == {202}
    assert all(answer.status < 500 for answer in answers)
    await nodes.settle()
    assert len(await node.home(anna)) == 10
