"""People and groups of a strict independent implementation, followed from our nodes."""

from node.database import Transaction
from node.database.tables import Actor, Post
from node.queries import actors as actor_rows, follows as follow_rows
from node.services import follows, posts, reactions
from tests.nodes import Network, Node
from tests.peers.strict_peer import HOST, StrictPeer, kind_of


async def joined(nodes: Network, node: Node, name: str, target: str) -> Actor:
    """A person of the node who follows fred or the group, once it was answered."""
    person = await node.person(name)
    await node.follow(person, f"{target}@{HOST}")
    await nodes.settle()
    return person


async def accepted(node: Node, person: Actor, target: str) -> bool:
    async def work(tx: Transaction) -> bool:
        other = await actor_rows.required(tx, target)
        return await follow_rows.accepted(tx, person.id, other.id)

    found: bool = await node.read(work)
    return found


async def test_a_person_follows_its_people_and_stops(nodes: Network, node: Node, peer: StrictPeer) -> None:
    """It accepts while our Follow is still on its way."""
    anna = await joined(nodes, node, "anna", "fred")
    assert await accepted(node, anna, peer.fred)
    assert (await peer.state())["followers"]["fred"] == [anna.uri]
    (follow,) = await peer.received()
    assert (kind_of(follow), follow["proved"], follow["key"]) == ("Follow", True, f"{anna.uri}#main-key")
    post = await peer.act("post", content="<p>Good morning</p>", recipients=[anna.uri])
    await nodes.settle()
    assert await node.home(anna) == ["<p>Good morning</p>"]
    await peer.act("edit", id=post["id"], content="<p>Good evening</p>", recipients=[anna.uri])
    await nodes.settle()
    assert await node.home(anna) == ["<p>Good evening</p>"]
    await peer.act("remove", id=post["id"], recipients=[anna.uri])
    await nodes.settle()
    assert await node.home(anna) == []
    fred = await node.actor(peer.fred)
    await node.do(lambda tx: follows.end(tx, anna, fred))
    await nodes.settle()
    assert (await peer.state())["followers"]["fred"] == []


async def test_its_boost_brings_a_post_home(nodes: Network, node: Node, peer: StrictPeer) -> None:
    anna = await joined(nodes, node, "anna", "fred")
    giulia = await node.person("giulia")
    post = await node.post(giulia, "Look at this")
    boost = await peer.act("announce", object=post.uri, recipients=[anna.uri])
    await nodes.settle()
    assert await node.home(anna) == [post.content]
    await peer.act("undo", id=boost["id"])
    await nodes.settle()
    assert await node.home(anna) == []


async def test_its_person_follows_ours_and_understands_what_she_does(
    nodes: Network, node: Node, peer: StrictPeer
) -> None:
    anna = await node.person("anna")
    follow = (await peer.act("follow", target=anna.uri))["id"]
    await nodes.settle()
    assert (await peer.state())["accepted"] == [follow]
    post = await node.post(anna, "Good morning")
    await nodes.settle()
    await node.do(lambda tx: posts.edit(tx, anna, post, posts.Draft("Good evening")))
    await nodes.settle()
    await node.do(lambda tx: posts.delete(tx, anna, post))
    await nodes.settle()
    _, create, update, delete = came = await peer.received()
    assert [one["kind"] for one in came] == ["Accept", "Create", "Update", "Delete"]
    assert {(one["proved"], one["key"]) for one in came} == {(True, f"{anna.uri}#main-key")}
    assert create["object"] == {"type": "Note", "id": post.uri, "content": "<p>Good morning</p>"}
    assert update["object"] == {"type": "Note", "id": post.uri, "content": "<p>Good evening</p>"}
    assert delete["object"] == {"type": "Tombstone", "id": post.uri, "content": None}


async def test_people_of_two_nodes_meet_in_its_group(nodes: Network, node: Node, peer: StrictPeer) -> None:
    """It passes on what it has parsed and written anew: what the proof no longer covers is fetched from its author."""
    greece = await nodes.node("b")
    await peer.meet()
    anna = await joined(nodes, node, "anna", "fedigroup")
    eleni = await joined(nodes, greece, "eleni", "fedigroup")
    assert await accepted(node, anna, peer.fedigroup)
    opener = await node.post(anna, "Who can sew?", group=f"fedigroup@{HOST}")
    await nodes.settle()
    assert await greece.home(eleni) == await node.home(anna) == [opener.content]
    answer = await greece.post(eleni, "I can", to=await greece.required(opener.uri))
    await nodes.settle()
    assert await node.thread(opener.uri) == await greece.thread(opener.uri) == [opener.uri, answer.uri]
    assert [one["proved"] for one in await peer.received("Create Note")] == [True, True]


async def test_our_likes_and_boosts_reach_its_people(nodes: Network, node: Node, peer: StrictPeer) -> None:
    anna = await joined(nodes, node, "anna", "fred")
    sent = await peer.act("post", content="<p>Good morning</p>", recipients=[anna.uri])
    await nodes.settle()
    post = await node.required(sent["id"])

    async def all_of_it(tx: Transaction, post: Post) -> None:
        await reactions.favourite(tx, anna, post)
        await reactions.reblog(tx, anna, post)

    await node.do(lambda tx: all_of_it(tx, post))
    await nodes.settle()
    await node.do(lambda tx: reactions.unfavourite(tx, anna, post))
    await node.do(lambda tx: reactions.unreblog(tx, anna, post))
    await nodes.settle()
    _, *came = await peer.received()
    assert {(one["proved"], one["key"]) for one in came} == {(True, f"{anna.uri}#main-key")}
    assert sorted(kind_of(one) for one in came) == ["Announce", "Like", "Undo Announce", "Undo Like"]
