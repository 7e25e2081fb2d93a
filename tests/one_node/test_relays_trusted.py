"""What a group elsewhere passes on is taken as far as it must be, and no further."""

from typing import Any

import pytest

from node.queries import actors as actor_rows, follows as follow_rows
from tests.clubs import Club, accept, club_of
from tests.nodes import Network
from tests.strangers import Stranger


@pytest.fixture
async def club(nodes: Network) -> Club:
    return await club_of(nodes)


async def test_a_valid_proof_is_taken_without_a_fetch(club: Club) -> None:
    note = club.note("notes/1")
    assert await club.announce(club.dora.prove(club.create(note))) is None
    assert await club.home() == ["<p>Hello</p>"]
    assert await club.threads() == [note["id"]]
    assert "/notes/1" not in club.elsewhere.asked


async def test_without_a_proof_the_object_is_fetched_from_its_author(club: Club) -> None:
    note = club.note("notes/1", "<p>As served</p>")
    embedded = club.create({**note, "content": "<p>As the relay says</p>"})
    assert await club.announce(embedded) is None
    assert await club.home() == ["<p>As served</p>"]
    assert await club.threads() == [note["id"]]
    assert "/notes/1" in club.elsewhere.asked


async def test_a_changed_document_under_a_proof_counts_as_unproved(club: Club) -> None:
    note = club.note("notes/1", "<p>As served</p>")
    proved = club.dora.prove(club.create(note))
    proved["object"] = {**proved["object"], "content": "<p>Forged</p>"}
    await club.announce(proved)
    assert await club.home() == ["<p>As served</p>"]


async def test_what_its_author_does_not_serve_is_refused(club: Club) -> None:
    note = club.note("notes/1", "<p>Forged</p>")
    del club.elsewhere.documents["/notes/1"]
    assert await club.announce(club.create(note)) == "group.unconfirmed"
    assert await club.node.known(note["id"]) is None


async def test_another_authors_name_in_a_create_is_refused(club: Club) -> None:
    mallory = club.host.person("mallory")
    note = club.note("notes/1")
    inner = club.host.activity("Create", mallory, note, to=note["to"], audience=club.group.uri)
    assert await club.announce(inner) == "origin.author"
    assert await club.node.known(note["id"]) is None


async def test_a_post_that_was_not_written_to_the_group_is_not_the_groups(club: Club) -> None:
    private = club.elsewhere.note(club.dora, "notes/1", "<p>On my own page</p>")
    claimed = {**private, "audience": club.group.uri}
    assert await club.announce(club.create(claimed)) == "group.not_addressed"
    assert await club.home() == []
    assert await club.threads() == []


async def test_an_activity_that_names_another_group_is_refused(club: Club) -> None:
    note = club.note("notes/1", to=["http://c.test/users/other"], audience="http://c.test/users/other")
    inner = club.create(note) | {"audience": "http://c.test/users/other"}
    assert await club.announce(club.dora.prove(inner)) == "group.not_addressed"


async def test_the_groups_own_host_speaks_for_its_people(club: Club) -> None:
    bob = club.host.person("bob")
    note = club.note("notes/1", by=bob)
    assert await club.announce(club.create(note, bob)) is None
    assert await club.home() == ["<p>Hello</p>"]
    assert "/notes/1" not in club.host.asked


async def test_both_announces_of_a_thread_are_one_post_in_home(club: Club) -> None:
    note = club.note("notes/1")
    for inner in (club.create(note), note["id"], club.dora.prove(club.create(note)), {**note}):
        await club.announce(inner)
    assert await club.home() == ["<p>Hello</p>"]
    assert await club.threads() == [note["id"]]


async def test_an_embedded_object_is_a_hint_to_fetch(club: Club) -> None:
    """NodeBB 4.11 announces the Article itself."""
    note = club.note("notes/1", "<p>As served</p>", type="Article", name="Title")
    assert await club.announce({**note, "content": "<p>Forged</p>"}) is None
    assert await club.home() == ["<p>As served</p>"]
    assert await club.threads() == [note["id"]]


@pytest.mark.parametrize("kind", ["Follow", "Accept", "Reject", "Move", "Join", "Announce"])
async def test_relations_are_never_taken_from_a_relay(club: Club, kind: str) -> None:
    targets: dict[str, Any] = {
        "Accept": {
            "type": "Follow",
            "id": "http://a.test/activities/1",
            "actor": club.anna.uri,
            "object": club.dora.uri,
        },
        "Move": club.dora.uri,
        "Announce": club.note("notes/1")["id"],
    }
    inner = club.act(kind, targets.get(kind, club.anna.uri), target="http://d.test/users/new")
    assert await club.announce(inner) == "group.kind"
    dora = await club.node.read(lambda tx: actor_rows.by_uri(tx, club.dora.uri))
    assert dora is None or not await club.node.read(lambda tx: follow_rows.between(tx, dora.id, club.anna.id))


@pytest.mark.parametrize("inner", ["Follow", "Announce"])
async def test_taking_back_a_relation_is_not_taken_either(club: Club, inner: str) -> None:
    club.elsewhere.note(club.dora, "notes/1")
    await club.node.follow(club.anna, "dora@d.test")
    follow = club.elsewhere.activity("Follow", club.dora, club.anna.uri)
    await club.send(follow, club.dora)
    undone = follow if inner == "Follow" else club.act("Announce", f"{club.elsewhere.base}/notes/1")
    assert await club.announce(club.act("Undo", undone)) in {"group.relation", "group.kind"}
    dora = await club.node.actor(club.dora.uri)
    assert await club.node.read(lambda tx: follow_rows.accepted(tx, dora.id, club.anna.id))


async def test_who_is_no_group_relays_nothing(club: Club) -> None:
    bob = club.host.person("bob")
    await club.node.follow(club.anna, "bob@c.test")
    await club.nodes.settle()
    await club.host.send(club.node, club.host.activity("Accept", bob, club.host.received[-1]), bob)
    note = club.note("notes/1")
    assert await club.announce(club.dora.prove(club.create(note)), by=bob) == "group.not_a_group"
    assert await club.node.known(note["id"]) is None


async def test_what_nobody_follows_is_not_fetched(club: Club) -> None:
    other = club.host.person("other", "Group")
    note = club.note("notes/1", audience=other.uri, to=[other.uri])
    assert await club.announce(club.create(note) | {"audience": other.uri}, by=other) == "group.no_follower"
    assert await club.announce(note["id"], by=other) == "unsolicited"
    assert club.elsewhere.asked == []


async def test_a_group_that_has_been_asked_is_held_until_it_answers(nodes: Network) -> None:
    club = await club_of(nodes, accepts=False)
    await club.announce(club.dora.prove(club.create(club.note("notes/1"))))
    await club.announce(club.note("notes/2", "<p>Again</p>")["id"])
    assert await club.threads() == []
    await accept(club)
    assert sorted(await club.home()) == ["<p>Again</p>", "<p>Hello</p>"]


async def test_a_blocked_host_does_not_come_in_by_a_relay(club: Club) -> None:
    await club.node.do(lambda tx: actor_rows.block_host(tx, "d.test"))
    note = club.note("notes/1")
    assert await club.announce(club.dora.prove(club.create(note))) == "author.blocked"
    assert await club.announce(note["id"]) == "author.blocked"
    assert await club.home() == []
    assert club.elsewhere.asked == []


@pytest.fixture
async def taken(club: Club) -> dict[str, Any]:
    """A thread of the group."""
    note = club.note("notes/1")
    await club.announce(club.dora.prove(club.create(note)))
    return note


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("kind", ["Delete", "Lock", "Like", "Add"])
async def test_a_groups_word_counts_for_its_own_posts_alone(
    club: Club, taken: dict[str, Any], kind: str, own: bool
) -> None:
    """Another group, which somebody here follows too, speaks in the author's name."""
    other = club.host.person("other", "Group", featured=f"{club.host.base}/users/other/featured")
    await club.node.follow(club.anna, "other@c.test")
    await club.nodes.settle()
    await club.host.send(club.node, club.host.activity("Accept", other, club.host.received[-1]), other)
    by = club.group if own else other
    inner = club.act(kind, taken["id"], audience=by.uri)
    if kind == "Add":
        inner["target"] = f"{by.uri}/featured"
    assert await club.announce(inner, by=by) == (None if own else "group.not_its_post")
    post = await club.node.required(taken["id"])
    effect = {
        "Delete": post.deleted_at is not None,
        "Lock": post.locked_at is not None,
        "Like": kind == "Like" and await club.likes(taken["id"], club.dora),
        "Add": [pinned.id for pinned in await club.pins()] == [post.id],
    }
    assert effect == {name: own and name == kind for name in effect}


async def test_a_removal_by_the_group_and_its_undoing(club: Club, taken: dict[str, Any]) -> None:
    moderator = club.host.person("mod")
    removal = club.act("Delete", taken["id"], by=moderator, summary="Spam")
    assert await club.announce(removal) is None
    assert await club.home() == []
    post = await club.node.required(taken["id"])
    assert (post.removed_at is not None, post.removal_reason) == (True, "Spam")
    assert await club.announce(club.act("Undo", removal, by=moderator)) is None
    assert (await club.node.required(taken["id"])).removal_reason is None
    assert await club.home() == ["<p>Hello</p>"]


async def test_what_its_author_deleted_is_not_restored(club: Club, taken: dict[str, Any]) -> None:
    deletion = club.act("Delete", {"type": "Tombstone", "id": taken["id"]})
    assert await club.announce(deletion) is None
    moderator = club.host.person("mod")
    undo = club.act("Undo", club.act("Delete", taken["id"], by=moderator), by=moderator)
    assert await club.announce(undo) == "restore.unknown"
    assert (await club.node.required(taken["id"])).content == ""


async def test_an_edit_without_a_proof_is_read_anew(club: Club, taken: dict[str, Any]) -> None:
    later = "2099-01-01T00:00:00Z"
    club.note("notes/1", "<p>Edited</p>", updated=later)
    forged = club.act("Update", {**taken, "content": "<p>Forged</p>", "updated": later})
    assert await club.announce(forged) is None
    assert await club.home() == ["<p>Edited</p>"]


async def test_a_rejected_announce_ends_nothing(club: Club) -> None:
    """NodeBB 4.11 rejects a relay that it could not take; the inner Announce has neither id nor actor."""
    reject = club.host.activity("Reject", club.group, {"type": "Announce", "object": {"type": "Create"}})
    await club.host.send(club.node, reject, club.group)
    await club.nodes.settle()
    group = await club.node.actor(club.group.uri)
    assert await club.node.read(lambda tx: follow_rows.accepted(tx, club.anna.id, group.id))


async def test_a_group_leads_no_further_than_it_is_followed(nodes: Network) -> None:
    """A Reject after the Accept is the end: nothing of the group is taken any more."""
    club = await club_of(nodes)
    follow = next(activity for activity in club.host.received if activity["type"] == "Follow")
    await club.host.send(club.node, club.host.activity("Reject", club.group, follow), club.group)
    await nodes.settle()
    note = club.note("notes/1")
    assert await club.announce(club.dora.prove(club.create(note))) == "group.no_follower"
    late = club.host.activity("Accept", club.group, follow)
    await club.host.send(club.node, late, club.group)  # nobody has asked again
    await nodes.settle()
    group = await club.node.actor(club.group.uri)
    assert not await club.node.read(lambda tx: follow_rows.accepted(tx, club.anna.id, group.id))


async def test_only_whom_it_was_sent_to_answers_a_follow(nodes: Network) -> None:
    club = await club_of(nodes, accepts=False)
    follow = next(activity for activity in club.host.received if activity["type"] == "Follow")
    mallory = Stranger(nodes, "e")
    await mallory.serve()
    eve = mallory.person("eve", "Group")
    assert await club.send(mallory.activity("Accept", eve, follow), eve, mallory) == "authz.answer"
    group = await club.node.actor(club.group.uri)
    assert not await club.node.read(lambda tx: follow_rows.accepted(tx, club.anna.id, group.id))
