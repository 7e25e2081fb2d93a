"""Accounts of other servers that are gone or suspended: nothing is taken from them or sent to them any more."""

from datetime import timedelta

import pytest

from federation.addressing import Visibility
from node.database.tables import Actor
from node.queries import follows as follow_rows, posts as post_rows
from node.services import departures
from tests.nodes import Network, Node
from tests.strangers import Person, Stranger


@pytest.fixture
async def node(sqlite_nodes: Network) -> Node:
    return await sqlite_nodes.node("a")


@pytest.fixture
def bob(stranger: Stranger) -> Person:
    return stranger.person("bob", summary="<p>About me</p>")


@pytest.fixture
async def anna(node: Node) -> Actor:
    return await node.person("anna")


async def tell(nodes: Network, stranger: Stranger, kind: str, by: Person, about: str) -> dict[str, int]:
    """What became of everything that came so far."""
    node = nodes.nodes["a"]
    assert (await stranger.send(node, stranger.activity(kind, by, about), by)).status == 202
    await nodes.settle()
    return await node.outcomes()


async def test_who_was_deleted_follows_and_likes_nobody(
    sqlite_nodes: Network, node: Node, stranger: Stranger, bob: Person, anna: Actor
) -> None:
    post = await node.post(anna, "Hello")
    assert await tell(sqlite_nodes, stranger, "Like", bob, post.uri) == {"handled": 1}
    assert await tell(sqlite_nodes, stranger, "Delete", bob, bob.uri) == {"handled": 2}
    for number, (kind, about) in enumerate((("Like", post.uri), ("Follow", anna.uri), ("Announce", post.uri)), 1):
        assert await tell(sqlite_nodes, stranger, kind, bob, about) == {"handled": 2, "refused": number}
    gone = await node.actor(bob.uri)
    assert await node.read(lambda tx: post_rows.reaction(tx, gone.id, post.id, "")) is None
    assert await node.read(lambda tx: post_rows.reblog(tx, gone.id, post.id)) is None
    assert await node.read(lambda tx: follow_rows.between(tx, gone.id, anna.id)) is None
    other = stranger.person("carla")
    assert await tell(sqlite_nodes, stranger, "Follow", other, anna.uri) == {"handled": 3, "refused": 3}


async def test_what_a_deleted_account_says_of_itself_does_not_come_back(
    sqlite_nodes: Network, node: Node, stranger: Stranger, bob: Person, anna: Actor
) -> None:
    assert await tell(sqlite_nodes, stranger, "Follow", bob, anna.uri) == {"handled": 1}
    assert (await node.actor(bob.uri)).summary == "<p>About me</p>"
    assert await tell(sqlite_nodes, stranger, "Delete", bob, bob.uri) == {"handled": 2}
    stranger.asked.clear()
    bob.rsa = sqlite_nodes.some_rsa_key()  # so that the account is read anew
    sqlite_nodes.clock.move(timedelta(minutes=11))
    answer = await stranger.send(node, stranger.activity("Follow", bob, anna.uri), bob)
    assert (answer.status, "/users/bob" in stranger.asked) == (401, True)
    assert (await node.actor(bob.uri)).summary == ""


async def test_who_is_suspended_gets_nothing_more_and_others_of_her_host_do(
    sqlite_nodes: Network, node: Node, stranger: Stranger, anna: Actor
) -> None:
    bob, carla = [
        stranger.person(name, endpoints={"sharedInbox": f"{stranger.base}/inbox"}) for name in ("bob", "carla")
    ]
    for person in (bob, carla):
        await tell(sqlite_nodes, stranger, "Follow", person, anna.uri)
    stranger.received.clear()
    to_bob = await node.post(anna, "@bob@c.test for you", visibility=Visibility.DIRECT)
    to_carla = await node.post(anna, "@carla@c.test for you", visibility=Visibility.DIRECT)
    to_all = await node.post(anna, "For all")
    suspended = await node.actor(bob.uri)
    await node.do(lambda tx: departures.suspend(tx, suspended))
    later = await node.post(anna, "@bob@c.test again", visibility=Visibility.DIRECT)
    await sqlite_nodes.settle()
    sent = [activity["object"]["id"] for activity in stranger.received]
    assert sent == [to_carla.uri, to_all.uri]
    assert not {to_bob.uri, later.uri} & set(sent)


async def test_who_alone_followed_from_her_host_gets_nothing_more_once_suspended(
    sqlite_nodes: Network, node: Node, stranger: Stranger, bob: Person, anna: Actor
) -> None:
    await tell(sqlite_nodes, stranger, "Follow", bob, anna.uri)
    stranger.received.clear()
    await node.post(anna, "For all")
    suspended = await node.actor(bob.uri)
    await node.do(lambda tx: departures.suspend(tx, suspended))
    await sqlite_nodes.settle()
    assert stranger.received == []
    await node.do(lambda tx: departures.unsuspend(tx, suspended))
    await node.post(anna, "For all, again")
    await sqlite_nodes.settle()
    assert [activity["type"] for activity in stranger.received] == ["Create"]
