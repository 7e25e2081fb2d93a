"""A node that follows a group late: it finds the threads of before, in order, and nothing new in home."""

from datetime import timedelta
from typing import Any

import pytest

from node.services import moderating
from node.workers.jobs import backfill
from tests.borders import Border
from tests.clubs import accept, club_of
from tests.nodes import Network
from tests.strangers import PUBLIC, Stranger

pytestmark = pytest.mark.both_databases


async def test_who_comes_late_finds_the_threads_with_their_answers(border: Border) -> None:
    openers = [await border.opener(f"Nummer {n}") for n in range(3)]
    answers = [await border.answer(border.greece, border.eleni, openers[0].uri, f"Απάντηση {n}") for n in range(2)]
    deeper = await border.answer(border.italy, border.giulia, answers[0].uri, "Ecco")
    own = await border.italy.post(border.giulia, "Benvenute", group="cucito@a.test")
    here = await border.italy.required(openers[1].uri)
    await border.italy.do(lambda tx: moderating.pin(tx, border.giulia, border.group, here, pinned=True))
    await border.settle()
    late = await border.nodes.node("d")
    maria = await late.person("maria")
    await late.follow(maria, "cucito@a.test")
    await border.settle()
    for post in (*openers, own):
        assert await late.thread(post.uri) == await border.italy.thread(post.uri)
    assert await late.thread(openers[0].uri) == [openers[0].uri, *(a.uri for a in answers), deeper.uri]
    assert await late.home(maria) == []
    group = await border.group_at(late)
    assert {(await late.required(post.uri)).group_id for post in (*openers, *answers, deeper, own)} == {group.id}
    assert await border.moderators(late) == [border.giulia.uri]
    assert await border.pins(late) == [openers[1].uri]
    new = await border.opener("Neu")
    assert await late.home(maria) == [new.content]


def listed(notes: list[dict[str, Any]]) -> dict[str, Any]:
    ids = [note["id"] for note in notes]
    return {"type": "OrderedCollection", "id": "http://c.test/users/club/outbox", "orderedItems": ids}


async def test_a_run_that_was_cut_off_goes_on_where_it_was(nodes: Network) -> None:
    club = await club_of(nodes, accepts=False)
    notes = [club.note(f"notes/{n}") for n in range(4)]
    club.host.unavailable.add("/users/club/outbox")
    await accept(club)
    assert await club.threads() == []
    club.host.unavailable.clear()
    club.host.documents["/users/club/outbox"] = listed(notes[:2])
    await nodes.settle(within=timedelta(minutes=5))
    assert len(await club.threads()) == 2
    asked = [path for path in club.elsewhere.asked if path.startswith("/notes/")]
    assert sorted(asked) == ["/notes/0", "/notes/1"]
    assert await club.node.next_due() is None


async def test_without_a_context_the_replies_lead_on(nodes: Network) -> None:
    """Mastodon's threads have no context to read; each post lists its own replies."""
    club = await club_of(nodes, accepts=False)
    opener = club.note("notes/0", published="2026-01-01T10:00:00Z", replies="http://d.test/notes/0/replies")
    values = {"cc": [club.dora.uri], "audience": None, "to": ["https://www.w3.org/ns/activitystreams#Public"]}
    one = club.note("notes/1", inReplyTo=opener["id"], published="2026-01-01T10:01:00Z", **values)
    one["replies"] = "http://d.test/notes/1/replies"
    two = club.note("notes/2", inReplyTo=one["id"], published="2026-01-01T10:02:00Z", **values)
    for path, answer in (("notes/0", one), ("notes/1", two)):
        replies = {"type": "Collection", "id": f"http://d.test/{path}/replies", "items": [answer["id"]]}
        club.elsewhere.documents[f"/{path}/replies"] = replies
    club.host.documents["/users/club/outbox"] = listed([opener])
    await accept(club)
    assert await club.node.thread(opener["id"]) == [opener["id"], one["id"], two["id"]]
    assert await club.home() == []


async def test_it_is_bounded(nodes: Network) -> None:
    club = await club_of(nodes, accepts=False)
    club.host.documents["/users/club/outbox"] = listed([club.note(f"notes/{n}") for n in range(60)])
    await accept(club)
    assert len(await club.threads()) == backfill.MOST_THREADS == 40


async def test_what_was_not_written_to_the_group_is_not_taken_for_it(nodes: Network) -> None:
    club = await club_of(nodes, accepts=False)
    other = club.elsewhere.note(club.dora, "notes/1")
    club.host.documents["/users/club/outbox"] = listed([other, club.note("notes/2")])
    await accept(club)
    assert await club.threads() == ["http://d.test/notes/2"]


async def test_a_group_cannot_send_us_to_ask_somebody_else_for_ever(sqlite_nodes: Network) -> None:
    node = await sqlite_nodes.node("a")
    anna = await node.person("anna")
    host, victim = Stranger(sqlite_nodes, "c"), Stranger(sqlite_nodes, "d")
    await host.serve()
    await victim.serve()
    group = host.person("club", "Group")
    author = host.person("bob")
    openers = [host.note(author, f"notes/{n}", to=[group.uri, PUBLIC], audience=group.uri) for n in range(5)]
    for number, opener in enumerate(openers):
        opener["context"] = f"{host.base}/contexts/{number}"
        items = [f"{victim.base}/notes/{number}-{n}" for n in range(40)]
        host.documents[f"/contexts/{number}"] = {
            "id": opener["context"],
            "type": "OrderedCollection",
            "orderedItems": items,
        }
    host.documents["/users/club/outbox"] = {
        "id": f"{group.uri}/outbox",
        "type": "OrderedCollection",
        "orderedItems": [opener["id"] for opener in openers],
    }
    await node.follow(anna, "club@c.test")
    await sqlite_nodes.settle()
    await host.send(node, host.activity("Accept", group, host.received[-1]), group)
    await sqlite_nodes.settle()
    assert await node.known(openers[0]["id"]) is not None
    assert len(victim.asked) <= 3
