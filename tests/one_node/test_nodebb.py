"""What NodeBB 4.15 does otherwise: seen of a real one, said again by scripted hosts."""

from typing import Any

import pytest

from node.app import WORKERS
from node.queries import deliveries
from tests.clubs import Club, club_of
from tests.nodes import Network, Node
from tests.strangers import PUBLIC, Person, Stranger

pytestmark = pytest.mark.both_databases


@pytest.fixture
async def club(nodes: Network) -> Club:
    return await club_of(nodes)


def topic(club: Club, path: str = "notes/1", **values: Any) -> dict[str, Any]:
    """An opener by one of the forum's own people, with its text once more as a summary."""
    boris = club.host.people.get("boris") or club.host.person("boris")
    opener = {"type": "Article", "name": "Papers", "summary": "<p>Which papers?</p>", "sensitive": False}
    return club.note(path, "<p>Which <b>papers</b>?</p>", by=boris, **opener | values)


def announced(club: Club, note: dict[str, Any]) -> dict[str, Any]:
    """The category names what it announces by the post, each time alike."""
    return club.host.activity("Announce", club.group, note["id"], id=f"{note['id']}#announce", to=[PUBLIC])


def taken_back(club: Club, announce: dict[str, Any], number: int = 1) -> dict[str, Any]:
    inner = {name: announce[name] for name in ("id", "type", "actor")} | {"object": number, "cc": [number]}
    return club.host.activity("Undo", club.group, inner, to=[PUBLIC], cc=[number])


async def send(club: Club, activity: dict[str, Any]) -> str | None:
    return await club.send(activity, club.group, club.host)


async def test_a_topic_is_shown_and_not_hidden_behind_its_summary(club: Club) -> None:
    note = topic(club)
    assert await send(club, announced(club, note)) is None
    post = await club.node.required(note["id"])
    assert (post.name, post.summary, post.content) == ("Papers", "", "<p>Which <b>papers</b>?</p>")


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"sensitive": True}, ("Which papers?", "<p>Which <b>papers</b>?</p>")),
        ({"content": ""}, ("", "<p>Which papers?</p>")),
        ({"type": "Note"}, ("Which papers?", "<p>Which <b>papers</b>?</p>")),
    ],
)
async def test_a_summary_counts_where_it_warns_or_is_all_there_is(
    club: Club, values: dict[str, Any], shown: tuple[str, str]
) -> None:
    note = topic(club, **values)
    await send(club, announced(club, note))
    post = await club.node.required(note["id"])
    assert (post.summary, post.content) == shown


async def test_an_answer_does_not_repeat_the_title_of_its_topic(club: Club) -> None:
    note = topic(club)
    await send(club, announced(club, note))
    boris = club.host.people["boris"]
    answers = [
        club.note(f"notes/{number}", by=boris, name=name, inReplyTo=note["id"], updated=None)
        for number, name in ((2, "Papers"), (3, "Mine"))
    ]
    for answer in answers:
        assert await club.announce(club.host.create(boris, answer)) is None
    edited = answers[0] | {"content": "<p>Edited</p>", "updated": "2099-01-01T00:00:00Z"}
    assert await club.announce(club.act("Update", edited, by=boris)) is None
    opener = note | {"updated": "2099-01-01T00:00:00Z"}
    assert await club.announce(club.act("Update", opener, by=boris)) is None
    posts = [await club.node.required(one["id"]) for one in (note, *answers)]
    assert [post.name for post in posts] == ["Papers", "", "Mine"]
    assert posts[1].content == "<p>Edited</p>"


async def test_a_vote_counts_whose_recipients_are_numbers(club: Club) -> None:
    note = topic(club)
    await send(club, announced(club, note))
    clara = club.host.person("clara")
    assert await club.announce(club.act("Like", note["id"], by=clara, cc=[4])) is None
    assert await club.likes(note["id"], clara)


async def test_a_vote_may_be_given_again_under_the_same_id(club: Club) -> None:
    note = club.note("notes/1")
    await club.announce(club.create(note))
    like = club.act("Like", note["id"], id=f"{club.dora.uri}#like/1")
    seen = []
    for activity in (like, club.act("Undo", like), like, like, club.act("Undo", like)):
        await club.send(activity, club.dora)
        seen.append(await club.likes(note["id"], club.dora))
    assert seen == [True, False, True, True, False]


async def test_a_topic_that_is_moved_leaves_the_group_and_may_come_back(club: Club) -> None:
    stays, moves = topic(club), topic(club, "notes/2")
    for note in (stays, moves):
        await send(club, announced(club, note))
    assert set(await club.threads()) == {moves["id"], stays["id"]}
    assert await send(club, taken_back(club, announced(club, moves))) is None
    assert await club.threads() == [stays["id"]]
    assert len(await club.home()) == 1
    assert await send(club, announced(club, moves)) is None
    assert set(await club.threads()) == {moves["id"], stays["id"]}
    assert len(await club.home()) == 2


async def test_what_somebody_else_boosted_stays_in_the_group(club: Club) -> None:
    note = topic(club)
    await send(club, announced(club, note))
    boost = club.act("Announce", note["id"], to=[PUBLIC], id="http://d.test/boosts/1")
    await club.send(boost, club.dora)
    await club.send(club.act("Undo", boost), club.dora)
    assert await club.threads() == [note["id"]]


class Forum:
    """A category that mirrors a group of ours, on a host that rejects a relay and never answers the request."""

    def __init__(self, nodes: Network, node: Node, host: Stranger) -> None:
        self.nodes, self.node, self.host = nodes, node, host
        self.category = host.person("category", "Group")
        self.system = host.person("actor", "Application")

    def reject(self, activity: dict[str, Any], by: Person | None = None, **values: Any) -> dict[str, Any]:
        rejected = {"type": activity["type"], "target": activity["actor"], "object": activity["object"]} | values
        speaker = by or self.system
        return self.host.activity("Reject", speaker, rejected, id=f"{speaker.uri}#reject/{activity['id']}")

    async def waiting(self) -> int:
        return sum(row[1] for row in await self.node.read(deliveries.waiting))


@pytest.fixture
async def forum(nodes: Network, node: Node) -> Forum:
    host = Stranger(nodes, "c")
    await host.serve()
    forum = Forum(nodes, node, host)
    owner = await node.person("anna")
    group = await node.group("garden", owner)
    await host.send(node, host.activity("Follow", forum.category, group.uri), forum.category)
    await nodes.settle()
    host.received.clear()
    host.status = 503  # what a proxy says for a server that does not answer
    await node.post(owner, "First!", group="garden@a.test")
    return forum


async def test_a_reject_ends_the_delivery_that_it_is_about(forum: Forum) -> None:
    """While the request is still under way, which ends without an answer; what waits behind it goes out."""

    async def rejecting(activity: dict[str, Any]) -> None:
        await forum.host.send(forum.node, forum.reject(activity), forum.system)
        await forum.node.app[WORKERS].all[0].turn()

    forum.host.before_answering = rejecting
    await forum.nodes.settle()
    assert [activity["type"] for activity in forum.host.received] == ["Announce", "Announce"]
    assert await forum.waiting() == 0
    ended = await forum.node.read(deliveries.undelivered)
    assert ended == [("c.test", "refused", 2, "rejected")]


async def test_a_reject_of_something_else_ends_no_delivery(forum: Forum) -> None:
    while await forum.node.work():
        pass
    [first] = forum.host.received
    stranger = Stranger(forum.nodes, "d")
    await stranger.serve()
    mallory = stranger.person("mallory")
    elsewhere = stranger.activity("Reject", mallory, {"type": "Announce", "target": first["actor"], "object": "x:y"})
    elsewhere["object"]["object"] = first["object"]
    await stranger.send(forum.node, elsewhere, mallory)
    other_post = forum.reject(first, object=f"{forum.node.base}/posts/1")
    await forum.host.send(forum.node, other_post, forum.system)
    while await forum.node.work():
        pass
    assert await forum.waiting() == 2
    await forum.host.send(forum.node, forum.reject(first, by=forum.category), forum.category)
    while await forum.node.work():
        pass
    assert await forum.waiting() == 1, "what had not been sent yet has not been answered either"
