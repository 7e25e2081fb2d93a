"""Proofs in what comes in (FEP-8b32): the author's own key alone makes one, and a wrong one costs her the activity."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from federation import proofs
from federation.identifiers import key_id
from federation.keys import PrivateKey, generate_ed25519_key
from tests.clubs import Club, club_of
from tests.nodes import Network
from tests.strangers import PUBLIC

Document = dict[str, Any]


@pytest.fixture
async def club(nodes: Network) -> Club:
    """Its neighbour Eve is of Dora's host, with keys of her own."""
    found = await club_of(nodes)
    found.elsewhere.person("eve")
    return found


def proof(
    club: Club, activity: Document, *, by: str, key: PrivateKey | None = None, of: str = "ed25519-key"
) -> Document:
    """With the key of a person of Dora's host, or another said to be hers."""
    person = club.elsewhere.people[by]
    method = key_id(f"{person.uri}#{of}")
    return proofs.add_proof(activity, key=key or person.ed25519, verification_method=method, created=datetime.now(UTC))


def by_a_neighbour(club: Club, activity: Document) -> Document:
    return proof(club, activity, by="eve")


def by_a_key_that_is_not_listed(club: Club, activity: Document) -> Document:
    return proof(club, activity, by="dora", key=generate_ed25519_key(), of="other")


def by_a_key_that_only_signs_requests(club: Club, activity: Document) -> Document:
    key = generate_ed25519_key()
    listed = {"id": f"{club.dora.uri}#signs", "owner": club.dora.uri, "publicKeyMultibase": key.public.multibase()}
    club.dora.extra["publicKey"] = [club.dora.document()["publicKey"], listed]
    return proof(club, activity, by="dora", key=key, of="signs")


def under_another_context(club: Club, activity: Document) -> Document:
    proved = club.dora.prove(activity)
    return proved | {"@context": [{"content": "https://d.test/ns#summary"}, activity["@context"]]}


def of_another_activity(club: Club, activity: Document) -> Document:
    return activity | {"proof": club.dora.prove(activity | {"summary": "Another"})["proof"]}


def that_has_expired(club: Club, activity: Document) -> Document:
    over = (datetime.now(UTC) - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    proved = club.dora.prove(activity)
    return proved | {"proof": proved["proof"] | {"expires": over}}


WRONG: list[Callable[[Club, Document], Document]] = [
    by_a_neighbour,
    by_a_key_that_is_not_listed,
    by_a_key_that_only_signs_requests,
    under_another_context,
    of_another_activity,
    that_has_expired,
]


@pytest.mark.parametrize("make", WRONG)
async def test_a_wrong_proof_in_a_relay_counts_as_none(club: Club, make: Callable[[Club, Document], Document]) -> None:
    note = club.note("notes/1", "<p>As served</p>")
    relayed = make(club, club.create({**note, "content": "<p>As the relay says</p>"}))
    assert await club.announce(relayed) is None
    assert await club.home() == ["<p>As served</p>"]


@pytest.mark.both_databases
@pytest.mark.parametrize("make", WRONG)
async def test_a_wrong_proof_in_what_is_delivered_is_refused(
    club: Club, make: Callable[[Club, Document], Document]
) -> None:
    note = club.elsewhere.note(club.dora, "notes/1", to=[club.anna.uri, PUBLIC])
    assert await club.send(make(club, club.elsewhere.create(club.dora, note)), club.dora) == "proof.wrong"
    assert await club.node.known(note["id"]) is None


@pytest.mark.both_databases
async def test_a_right_proof_in_what_is_delivered_is_taken(club: Club) -> None:
    note = club.elsewhere.note(club.dora, "notes/1", to=[club.anna.uri, PUBLIC])
    assert await club.send(club.dora.prove(club.elsewhere.create(club.dora, note)), club.dora) is None
    assert (await club.node.required(note["id"])).content == "<p>Hello</p>"


async def test_a_new_key_is_read_when_a_proof_does_not_fit_and_the_old_one_proves_no_more(club: Club) -> None:
    """Under the same id, as Ordito's has it."""
    one, two, three = (club.elsewhere.note(club.dora, f"notes/{n}", to=[club.anna.uri, PUBLIC]) for n in range(3))
    old = club.dora.ed25519
    assert await club.send(club.dora.prove(club.elsewhere.create(club.dora, one)), club.dora) is None
    club.dora.ed25519 = generate_ed25519_key()
    assert await club.send(club.dora.prove(club.elsewhere.create(club.dora, two)), club.dora) is None
    stolen = proof(club, club.elsewhere.create(club.dora, three), by="dora", key=old)
    assert await club.send(stolen, club.dora) == "proof.wrong"
    assert await club.node.known(three["id"]) is None


async def test_proofs_that_say_nothing_to_us_count_as_none(club: Club) -> None:
    """Of another cryptosuite, or several of ours (FEP-8b32 knows sets of them)."""
    notes = [club.elsewhere.note(club.dora, f"notes/{n}", to=[club.anna.uri, PUBLIC]) for n in range(2)]
    first, second = (club.dora.prove(club.elsewhere.create(club.dora, note)) for note in notes)
    first["proof"]["cryptosuite"] = "eddsa-rdfc-2022"
    second["proof"] = [second["proof"], second["proof"]]
    for activity in (first, second):
        assert await club.send(activity, club.dora) is None
