"""Activities, what they carry and how deep; collections; what is refused and what is only ignored."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from federation.errors import Malformed
from federation.identifiers import PUBLIC
from federation.vocabulary import (
    Activity,
    ActorDocument,
    PostDocument,
    Reference,
    TombstoneDocument,
    parse_activity,
    parse_collection,
    parse_document,
    parse_object,
)

CAPTURES = Path(__file__).parents[1] / "captures"
ROSA = "https://a.example/users/rosa"
POST = "https://b.example/posts/1"
LIKE = {"id": f"{ROSA}/likes/1", "type": "Like", "actor": ROSA, "object": POST}
NOTE = {"id": "https://a.example/notes/1", "type": "Note", "attributedTo": ROSA, "content": "<p>ciao</p>"}


def capture(name: str) -> Activity:
    return parse_activity(parse_document((CAPTURES / f"{name}.json").read_bytes()))


def refused(document: dict) -> str:
    with pytest.raises(Malformed) as caught:
        parse_activity(document)
    return caught.value.reason


def test_like():
    like = parse_activity(LIKE)
    assert (like.id, like.actor, like.object, like.object_id) == (LIKE["id"], ROSA, Reference(POST), POST)
    assert (like.objects, like.document) == ((POST,), LIKE)


def test_a_post_that_names_nobody_is_for_whom_its_create_names():
    post = capture("discourse/create-note").object
    assert isinstance(post, PostDocument)
    assert (post.to, post.cc) == ((PUBLIC,), ("https://ordito.example/groups/sarte",))


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_a_post_that_says_itself_whom_it_is_for_is_for_nobody_else(kind):
    around = {"id": f"{ROSA}#1", "type": kind, "actor": ROSA, "to": [PUBLIC], "cc": [POST]}
    for own in ({"to": [ROSA]}, {"cc": ROSA}, {"to": []}, {"cc": None}):
        post = parse_activity({**around, "object": {**NOTE, **own}}).object
        assert {*post.to, *post.cc} <= {ROSA}
    announce = {**around, "type": "Announce", "object": NOTE}
    assert parse_activity(announce).object.to == ()


@pytest.mark.parametrize("activity_id", [None, ""])
def test_an_activity_may_have_no_id(activity_id):
    assert parse_activity({**LIKE, "id": activity_id}).id is None
    assert parse_activity({key: value for key, value in LIKE.items() if key != "id"}).id is None


def test_ids_of_activities_keep_their_fragment():
    assert parse_activity({**LIKE, "id": f"{ROSA}#likes/1"}).id == f"{ROSA}#likes/1"
    assert parse_activity({**LIKE, "object": f"{POST}#x"}).object_id == f"{POST}#x"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"actor": None}, "schema.activity"),
        ({"actor": ["https://a.example/1", "https://a.example/2"]}, "activity.actor"),
        ({"actor": {"type": "Person"}}, "activity.actor"),
        ({"actor": "acct:rosa@a.example"}, "id.scheme"),
        ({"actor": f"{ROSA}#x"}, "id.fragment"),
        ({"id": "https://b.example/likes/1"}, "origin.activity"),
        ({"id": 5}, "schema.activity"),
        ({"type": None}, "type.missing"),
        ({"type": 5}, "type.missing"),
        ({"type": "Note"}, "activity.type"),
        ({"type": "Person"}, "activity.type"),
        ({"object": 5}, "activity.object"),
        ({"object": 0.5}, "schema.activity"),
        ({"object": [5]}, "activity.object"),
        ({"object": "nonsense"}, "id.scheme"),
        ({"object": "javascript:alert(1)"}, "id.scheme"),
        ({"to": [f"https://b.example/{number}" for number in range(101)]}, "limit.recipients"),
    ],
)
def test_what_is_refused(changes, reason):
    assert refused({**LIKE, **changes}) == reason


@pytest.mark.parametrize("actor", [ROSA, [ROSA], {"id": ROSA, "type": "Person"}])
def test_actors_come_as_id_list_or_object(actor):
    assert parse_activity({**LIKE, "actor": actor}).actor == ROSA


def test_unknown_activities_are_read():
    assert parse_activity({**LIKE, "type": "Applaud"}).type == "Applaud"
    assert parse_object({**LIKE, "type": "Applaud"}).type == "Applaud"
    assert parse_activity({**LIKE, "type": ["Like", "litepub:EmojiReact"]}).type == "Like"
    assert parse_activity({**LIKE, "type": "as:Like"}).type == "Like"


def test_relations_to_what_is_no_url():
    assert parse_activity({**LIKE, "type": "Follow", "object": "as:Public"}).object == Reference(PUBLIC)
    assert parse_activity({**LIKE, "type": "Follow", "object": "acct:a@b.example"}).object == Reference(
        "acct:a@b.example"
    )


def test_nested_activities():
    undo = capture("mastodon/undo-announce")
    assert isinstance(undo.object, Activity)
    assert (undo.object.type, undo.object.object_id) == ("Announce", "https://ordito.example/posts/77")
    accept = capture("piefed/accept-follow")
    assert isinstance(accept.object, Activity)
    assert (accept.object.to, accept.object.actor) == ((), "https://ordito.example/people/rosa")
    assert accept.object.document is accept.document["object"], "the original is kept for forwarding"


def test_three_activities_in_each_other_and_no_more():
    relay = {
        "type": "Announce",
        "actor": "https://c.example/g",
        "object": {"type": "Undo", "actor": ROSA, "object": LIKE},
    }
    parsed = parse_activity(relay)
    assert parsed.object.object.object == Reference(POST)
    assert refused({"type": "Undo", "actor": "https://c.example/g", "object": relay}) == "activity.depth"


def test_nodebb_rejects_something_without_id_and_actor():
    rejected = capture("nodebb/reject-announce").object
    assert (rejected.type, rejected.id, rejected.actor) == ("Announce", None, "https://ordito.example/groups/sarte")
    assert rejected.object.object_id == "https://ordito.example/posts/77"
    assert parse_activity({**LIKE, "type": "Reject", "object": {"type": "Announce"}}).object is None


def test_nodebb_names_its_own_posts_and_people_by_number():
    undone = capture("nodebb/undo-announce").object
    assert (undone.id, undone.object) == ("https://nodebb.example/post/40#activity/announce/cid/6", None)
    assert undone.cc == ("https://nodebb.example/category/6/followers",)
    like = capture("nodebb/announce-like").object
    assert (like.cc, like.object) == ((), Reference("https://nodebb.example/post/40"))


def test_flags_name_several_objects():
    flag = capture("mastodon/flag")
    assert flag.objects == ("https://ordito.example/people/rosa", "https://ordito.example/posts/77")
    assert (flag.object, flag.content) == (Reference(flag.objects[0]), "Werbung in der Gruppe")
    assert capture("mbin/flag").summary == "offensivo"


def test_a_list_means_one_object_but_for_flag():
    assert parse_activity({**LIKE, "object": [POST]}).object == Reference(POST)
    several = parse_activity({**LIKE, "object": [POST, f"{POST}2"]})
    assert (several.object, several.objects) == (None, (POST, f"{POST}2"))


def test_block_has_an_end():
    block = capture("lemmy/block-user-from-group")
    assert (block.target, block.summary) == ("https://lemmy.example/c/lavoro", "spam")
    assert block.ends_at == datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize("name", ["misskey/like-reaction", "pleroma/emojireact"])
def test_reactions_say_their_emoji(name):
    assert capture(name).content in {"🌻", "❤️"}


def test_what_is_carried_is_read_where_it_matters():
    person = {"id": ROSA, "type": "Person", "preferredUsername": "rosa", "inbox": f"{ROSA}/inbox"}
    base = {"actor": ROSA}
    assert isinstance(parse_activity({**base, "type": "Create", "object": NOTE}).object, PostDocument)
    assert isinstance(parse_activity({**base, "type": "Update", "object": person}).object, ActorDocument)
    tombstone = {"type": "Tombstone", "id": NOTE["id"], "formerType": "Note", "deleted": "2026-01-01T00:00:00Z"}
    deleted = parse_activity({**base, "type": "Delete", "object": tombstone}).object
    assert deleted == TombstoneDocument(NOTE["id"], "Note", datetime(2026, 1, 1, tzinfo=UTC))
    assert parse_activity({**base, "type": "Delete", "object": NOTE}).object == Reference(NOTE["id"], "Note")
    assert parse_activity({**base, "type": "Follow", "object": person}).object == Reference(ROSA, "Person")


def test_the_proof_that_we_can_verify_is_chosen():
    ours, other = {"cryptosuite": "eddsa-jcs-2022"}, {"cryptosuite": "mldsa44-jcs-2024"}
    assert parse_activity({**LIKE, "proof": [other, ours]}).proof == ours
    assert parse_activity({**LIKE, "proof": other}).proof == other
    assert parse_activity(LIKE).proof is None
    assert capture("fedify/create-note-with-proof").proof is not None


def test_collections():
    page = parse_collection(
        {
            "id": "https://a.example/c",
            "type": "OrderedCollectionPage",
            "totalItems": 3,
            "orderedItems": [POST, LIKE, 5, None],
            "first": "https://a.example/c?page=1",
            "next": "https://b.example/c?page=2",
        }
    )
    assert (page.id, page.total, page.items) == ("https://a.example/c", 3, (POST, LIKE))
    assert (page.first, page.next) == ("https://a.example/c?page=1", None), "a page on another host is not one"
    counted = parse_collection({"type": "Collection", "totalItems": 7})
    assert (counted.id, counted.total, counted.items) == (None, 7, ())
    assert parse_collection({"type": "Collection", "items": POST}).items == (POST,)
    embedded = {"type": "CollectionPage", "items": []}
    assert parse_collection({"type": "Collection", "first": embedded}).first == embedded


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (NOTE, "collection.type"),
        ({"type": "Collection", "totalItems": -1}, "schema.collection"),
        ({"type": "Collection", "totalItems": "3"}, "schema.collection"),
        ({"type": "Collection", "items": 5}, "schema.collection"),
    ],
)
def test_what_is_no_collection(document, reason):
    with pytest.raises(Malformed) as caught:
        parse_collection(document)
    assert caught.value.reason == reason


def test_a_document_that_is_nothing():
    for document, reason in (
        ({}, "type.missing"),
        ({"type": "Work"}, "id.missing"),
        ({"type": [], "id": POST}, "type.missing"),
    ):
        with pytest.raises(Malformed) as caught:
            parse_object(document)
        assert caught.value.reason == reason
