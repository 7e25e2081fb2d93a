"""What an answer answers is fetched: bounded in depth, in breadth and in total."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from node.context.budget import MOST_DEPTH, MOST_FETCHES
from node.database.tables import Post
from node.services import groups
from tests.clubs import Club, club_of
from tests.nodes import Network


@pytest.fixture
async def club(nodes: Network) -> Club:
    return await club_of(nodes)


def chain(club: Club, length: int) -> list[dict[str, Any]]:
    """A thread in which each answers the one before."""
    notes = [club.note("notes/0", published="2026-01-01T10:00:00Z")]
    for n in range(1, length):
        published = f"2026-01-01T10:{n:02}:00Z"
        notes.append(club.note(f"notes/{n}", inReplyTo=notes[-1]["id"], published=published))
    return notes


async def test_the_whole_thread_above_an_answer_is_fetched(club: Club) -> None:
    notes = chain(club, 6)
    await club.announce(club.dora.prove(club.create(notes[-1])))
    uris = [note["id"] for note in notes]
    assert await club.node.thread(uris[0]) == uris
    assert await club.threads() == [uris[0]]  # the group's, since it was written to it
    assert await club.home() == []  # what is fetched has no place in home


async def test_a_deep_thread_is_fetched_so_far_and_no_further(club: Club) -> None:
    notes = chain(club, 50)
    await club.announce(club.dora.prove(club.create(notes[-1])))
    held = [note["id"] for note in notes if await club.node.known(note["id"]) is not None]
    assert notes[-1]["id"] in held
    assert 2 <= len(held) <= MOST_DEPTH + 2
    fetched = [path for path in club.elsewhere.asked if path.startswith("/notes/")]
    assert len(fetched) <= MOST_FETCHES


async def test_a_circle_ends(club: Club) -> None:
    one = club.note("notes/1", inReplyTo="http://d.test/notes/2")
    club.note("notes/2", inReplyTo="http://d.test/notes/1")
    await club.announce(club.dora.prove(club.create(one)))
    assert await club.node.known(one["id"]) is not None
    assert len([path for path in club.elsewhere.asked if path.startswith("/notes/")]) <= 4


@pytest.mark.both_databases
@pytest.mark.parametrize("length", [1, 2, 3])
async def test_a_circle_holds_up_nobody_who_answers_in_it(club: Club, length: int) -> None:
    """Each post of it answers the next one, the last one the first."""
    for n in range(length):
        club.elsewhere.note(club.dora, f"circle/{n}", inReplyTo=f"http://d.test/circle/{(n + 1) % length}")
    answers = [club.note(f"notes/{n}", inReplyTo="http://d.test/circle/0") for n in range(2)]
    async with asyncio.timeout(20):
        for answer in answers:
            await club.announce(club.dora.prove(club.create(answer)))
    rows = await club.node.read(lambda tx: tx.all(select(Post).where(Post.reblog_of_id.is_(None))))
    assert len(rows) == length + len(answers)
    assert [row.id for row in rows if row.in_reply_to_id is None] == [rows[0].root_id]  # one of them opens the thread
    assert len({row.root_id for row in rows}) == 1


@pytest.mark.parametrize(("most", "found"), [(3, False), (4, True)])
async def test_a_long_way_up_is_followed_so_far(
    club: Club, monkeypatch: pytest.MonkeyPatch, most: int, *, found: bool
) -> None:
    """Four posts that name people only lie between the group's thread and an answer to the group."""
    monkeypatch.setattr(groups, "MOST_BETWEEN", most)
    await club.announce(club.dora.prove(club.create(club.note("notes/0"))))
    for n in range(1, 5):
        club.elsewhere.note(club.dora, f"notes/{n}", inReplyTo=f"http://d.test/notes/{n - 1}")
    await club.announce(club.dora.prove(club.create(club.note("notes/5", inReplyTo="http://d.test/notes/4"))))
    assert ((await club.node.required("http://d.test/notes/4")).group_id is not None) == found


async def test_a_vote_is_no_post_whoever_answers_it(club: Club) -> None:
    vote = club.note("votes/1", text="", name="Monday", inReplyTo="http://d.test/polls/1")
    answer = club.note("notes/1", inReplyTo=vote["id"])
    await club.announce(club.dora.prove(club.create(answer)))
    assert "/votes/1" in club.elsewhere.asked
    assert await club.node.known(vote["id"]) is None
    assert await club.node.known(answer["id"]) is not None


async def test_who_is_named_is_not_fetched(club: Club) -> None:
    tags = [{"type": "Mention", "href": f"http://d.test/users/p{n}", "name": f"@p{n}"} for n in range(40)]
    note = club.note("notes/1", tag=tags, cc=[tag["href"] for tag in tags])
    await club.announce(club.dora.prove(club.create(note)))
    assert await club.home() == ["<p>Hello</p>"]
    assert [path for path in club.elsewhere.asked if path.startswith("/users/p")] == []


async def test_an_answer_stands_by_itself_while_its_parent_is_out_of_reach(club: Club) -> None:
    notes = chain(club, 3)
    lost = club.elsewhere.documents.pop("/notes/1")
    await club.announce(club.dora.prove(club.create(notes[2])))
    assert await club.node.thread(notes[2]["id"]) == [notes[2]["id"]]
    club.elsewhere.documents["/notes/1"] = lost
    await club.announce(club.dora.prove(club.create(notes[1])))
    assert await club.node.thread(notes[0]["id"]) == [note["id"] for note in notes]
