"""Reports in and out: for moderators alone, in the node's own name, and of what concerns this node."""

import pytest

from node.database import Transaction
from node.database.tables import Actor, Report
from node.queries import moderation
from node.services import node_actor, reports
from tests.clubs import Club, club_of
from tests.nodes import Network, Node
from tests.strangers import Stranger


@pytest.fixture
async def stranger(nodes: Network) -> Stranger:
    found = Stranger(nodes, "c")
    await found.serve()
    return found


async def kept(node: Node) -> list[Report]:
    return list(await node.read(moderation.open_reports))


async def test_mastodons_report_of_an_account_and_its_posts(nodes: Network, node: Node, stranger: Stranger) -> None:
    anna, instance = await node.person("anna"), stranger.person("instance", "Application")
    post = await node.post(anna, "Hello")
    flag = stranger.activity("Flag", instance, [anna.uri, post.uri], content="Rude <b>words</b>" + "x" * 9000)
    await stranger.send(node, flag, instance)
    await nodes.settle()
    [report] = await kept(node)
    assert report.target_id == anna.id
    assert report.posts == [post.id]
    assert report.text.startswith("Rude words")
    assert len(report.text) <= reports.LONGEST
    assert await node.home(anna) == [post.content]  # nothing of it is shown to her


async def test_lemmys_report_of_a_post_in_a_group_of_ours(nodes: Network, node: Node, stranger: Stranger) -> None:
    anna, bob, carla = await node.person("anna"), stranger.person("bob"), stranger.person("carla")
    group = await node.group("garden", anna)
    note = stranger.note(bob, "notes/1", to=[group.uri, "https://www.w3.org/ns/activitystreams#Public"], cc=[])
    await stranger.send(node, stranger.create(bob, note), bob)
    await nodes.settle()
    await stranger.send(node, stranger.activity("Flag", carla, note["id"], summary="Spam", to=[group.uri]), carla)
    await nodes.settle()
    [report] = await kept(node)
    assert report.group_id == group.id
    assert report.target_id == (await node.actor(bob.uri)).id
    assert report.text == "Spam"


async def test_what_does_not_concern_this_node_is_not_kept(nodes: Network, node: Node, stranger: Stranger) -> None:
    bob = stranger.person("bob")
    await stranger.send(node, stranger.activity("Flag", bob, ["http://e.test/users/x"], content="Hm"), bob)
    await nodes.settle()
    assert await kept(node) == []
    assert await node.outcomes() == {"ignored": 1}


async def test_a_report_goes_out_in_the_nodes_name(nodes: Network, node: Node, stranger: Stranger) -> None:
    anna, bob = await node.person("anna"), stranger.person("bob")
    target = await node.find("bob@c.test")
    await node.do(lambda tx: _file(tx, anna, target))
    await nodes.settle()
    [flag] = stranger.received
    assert flag["type"] == "Flag"
    assert flag["actor"] == f"{node.base}/actor"
    assert flag["object"] == [bob.uri]
    assert flag["content"] == "He writes to me at night"
    assert "anna" not in str(flag)
    assert f"{node.base}/actor#main-key" in stranger.headers[0]["Signature"]
    [report] = await kept(node)
    assert report.reporter_id == anna.id
    status, _, _ = await node.get(flag["id"].removeprefix(node.base))
    assert status == 404  # nobody can ask for it


async def _file(tx: Transaction, anna: Actor, target: Actor) -> None:
    await reports.file(tx, await node_actor.required(tx), anna, target, [], "He writes to me at night")


async def test_a_post_of_a_group_elsewhere_is_reported_to_the_group_too(nodes: Network) -> None:
    club: Club = await club_of(nodes)
    note = club.note("notes/1")
    await club.announce(club.dora.prove(club.create(note)))
    club.host.received.clear()
    post, dora = await club.node.required(note["id"]), await club.node.actor(club.dora.uri)

    async def work(tx: Transaction) -> None:
        await reports.file(tx, await node_actor.required(tx), club.anna, dora, [post], "Spam")

    await club.node.do(work)
    await nodes.settle()
    for host in (club.host, club.elsewhere):
        [flag] = [activity for activity in host.received if activity["type"] == "Flag"]
        assert flag["object"] == [dora.uri, post.uri]


@pytest.mark.parametrize("moderates", [True, False])
async def test_a_relayed_report_is_kept_where_its_groups_moderators_are(nodes: Network, moderates: bool) -> None:
    club = await club_of(nodes)
    note = club.note("notes/1")
    await club.announce(club.dora.prove(club.create(note)))
    if moderates:
        change = club.act("Add", club.anna.uri, by=club.host.person("mod"), target=f"{club.group.uri}/moderators")
        assert await club.announce(change) is None
    reporter = club.host.person("reporter")
    outcome = await club.announce(club.act("Flag", note["id"], by=reporter, summary="Spam"))
    assert outcome == (None if moderates else "flag.elsewhere")
    assert [report.text for report in await kept(club.node)] == (["Spam"] if moderates else [])
