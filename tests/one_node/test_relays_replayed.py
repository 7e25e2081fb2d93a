"""What a group elsewhere kept, and shows again: an old proof is no proof of today, and its word reaches no further."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from federation import proofs
from federation.identifiers import key_id
from node.database.tables import Report
from node.handlers.confirmation import PROVED_FOR
from tests.clubs import Club, club_of
from tests.nodes import Network


@pytest.fixture
async def club(nodes: Network) -> Club:
    return await club_of(nodes)


def proved(club: Club, activity: dict[str, Any], age: timedelta) -> dict[str, Any]:
    """Dora's activity with the proof that she made of it some time ago."""
    method = key_id(f"{club.dora.uri}#ed25519-key")
    return proofs.add_proof(
        activity, key=club.dora.ed25519, verification_method=method, created=datetime.now(UTC) - age
    )


OLD = PROVED_FOR + timedelta(minutes=5)
FRESH = PROVED_FOR - timedelta(minutes=5)


@pytest.mark.parametrize(("age", "shown"), [(FRESH, ["<p>Hello</p>"]), (OLD, [])])
async def test_what_was_deleted_elsewhere_is_not_brought_back(club: Club, age: timedelta, shown: list[str]) -> None:
    """Neither the post nor its Delete has ever been here."""
    note = club.note("notes/1")
    del club.elsewhere.documents["/notes/1"]
    club.elsewhere.gone.add("/notes/1")
    taken = await club.announce(proved(club, club.create(note), age))
    assert taken == (None if shown else "group.unconfirmed")
    assert await club.home() == shown


@pytest.mark.parametrize(("age", "reads"), [(FRESH, "<p>As it was</p>"), (OLD, "<p>As it is</p>")])
async def test_an_old_version_is_read_anew(club: Club, age: timedelta, reads: str) -> None:
    was = club.create(club.note("notes/1", "<p>As it was</p>"))
    club.note("notes/1", "<p>As it is</p>", updated="2099-01-01T00:00:00Z")
    assert await club.announce(proved(club, was, age)) is None
    assert await club.home() == [reads]


@pytest.mark.both_databases
async def test_a_group_takes_back_no_like_of_what_is_not_its_own(club: Club) -> None:
    """An Undo that names one like by its id, and another post as what was liked."""
    mine = await club.node.post(club.anna, "On my own page")
    taken = club.note("notes/1")
    await club.announce(club.dora.prove(club.create(taken)))
    likes = [club.act("Like", uri) for uri in (mine.uri, taken["id"])]
    for like in likes:
        await club.send(like, club.dora)
    crossed = likes[0] | {"object": taken["id"]}
    assert await club.announce(club.act("Undo", crossed)) == "group.not_its_post"
    assert await club.likes(mine.uri, club.dora)
    assert await club.announce(club.act("Undo", likes[1])) is None
    assert not await club.likes(taken["id"], club.dora)


@pytest.mark.both_databases
async def test_a_group_reports_nobody_in_anothers_name(club: Club) -> None:
    """A report that it passes on is about posts in it, and who wrote them."""
    answer = await club.node.post(club.anna, "In the club", group="club@c.test")
    lea = await club.node.person("lea")

    async def reported() -> list[int]:
        return [report.target_id for report in await club.node.read(lambda tx: tx.all(select(Report)))]

    assert await club.announce(club.act("Flag", [answer.uri, lea.uri], content="Bad")) == "group.not_its_post"
    assert await reported() == []
    assert await club.announce(club.act("Flag", [answer.uri, club.anna.uri], content="Bad")) is None
    assert await reported() == [club.anna.id]
