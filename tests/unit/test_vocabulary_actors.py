"""Actors of every dialect: addresses on their own host, keys that are theirs, and what a profile shows."""

import json
from pathlib import Path

import pytest

from federation.errors import Malformed
from federation.vocabulary import ActorDocument, parse_actor, parse_document

CAPTURES = Path(__file__).parents[1] / "captures"
ROSA = "https://a.example/users/rosa"
PERSON = {"id": ROSA, "type": "Person", "preferredUsername": "rosa", "inbox": f"{ROSA}/inbox"}
KEY = {"id": f"{ROSA}#main-key", "owner": ROSA, "publicKeyPem": "PEM"}


def capture(name: str) -> ActorDocument:
    return parse_actor(parse_document((CAPTURES / f"{name}.json").read_bytes()))


def person(**changes: object) -> ActorDocument:
    return parse_actor({**PERSON, **changes})


def refused(**changes: object) -> str:
    with pytest.raises(Malformed) as caught:
        person(**changes)
    return caught.value.reason


def test_mastodon_person():
    amina = capture("mastodon/actor-person")
    assert (amina.username, amina.name, amina.url) == ("amina", "Amina :sun:", "https://mastodon.example/@amina")
    assert (amina.locked, amina.discoverable, amina.indexable) == (True, True, False)
    assert amina.shared_inbox == "https://mastodon.example/inbox"
    assert amina.icon == "https://mastodon.example/avatars/amina.jpg"
    assert [(field.name, field.value[:2]) for field in amina.fields] == [("Workshop", "<a")]
    assert [emoji.name for emoji in amina.emojis] == ["sun"]
    assert amina.also_known_as == ("https://old.example/users/amina",)
    assert [(key.id, key.assertion) for key in amina.keys] == [(f"{amina.id}#main-key", False)]


def test_lemmy_group():
    group = capture("lemmy/actor-group")
    assert (group.type, group.moderators) == ("Group", f"{group.id}/moderators")
    assert group.languages == ("it", "ar"), "und says nothing"
    assert not group.posting_restricted


def test_peertube_channel_is_attributed_to_a_person_and_has_no_moderators():
    channel = capture("peertube/actor-group-channel")
    assert (channel.moderators, channel.icon) == (None, "https://peertube.example/a/48.png")


def test_fedify_group_has_two_kinds_of_keys_and_only_its_own():
    group = capture("fedify/actor-group")
    assert [(key.id.rpartition("#")[2], key.assertion) for key in group.keys] == [
        ("main-key", False),
        ("multikey-1", True),
    ]


def test_misskey_nulls():
    hana = capture("misskey/actor-person")
    assert (hana.summary, hana.image, hana.name) == ("", None, "花")


@pytest.mark.parametrize(
    "changes",
    [
        {"inbox": "https://b.example/inbox"},
        {"inbox": "http://a.example/users/rosa/inbox"},
        {"inbox": "https://a.example:8443/inbox"},
        {"outbox": "https://b.example/outbox"},
        {"followers": "https://b.example/followers"},
        {"followers": {"type": "Collection", "id": "https://b.example/followers"}},
        {"endpoints": {"sharedInbox": "https://b.example/inbox"}},
        {"sharedInbox": "https://b.example/inbox"},
    ],
)
def test_addresses_on_another_host_are_refused(changes):
    assert refused(**changes) == "origin.inbox"
    same = json.loads(
        json.dumps(changes).replace("b.example", "a.example").replace("http://", "https://").replace(":8443", "")
    )
    assert person(**same).id == ROSA


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"inbox": None}, "schema.actor"),
        ({"inbox": 5}, "schema.actor"),
        ({"inbox": "mailto:rosa@a.example"}, "id.scheme"),
        ({"id": f"{ROSA}#x"}, "id.fragment"),
        ({"id": None}, "schema.actor"),
        ({"type": "Note"}, "actor.type"),
        ({"preferredUsername": None}, "actor.username"),
        ({"preferredUsername": "rosa rossa"}, "actor.username"),
        ({"preferredUsername": "r\u200bosa"}, "actor.username"),
        ({"preferredUsername": ["rosa"]}, "schema.actor"),
    ],
)
def test_what_makes_no_actor(changes, reason):
    assert refused(**changes) == reason


def test_an_application_may_be_nameless():
    assert person(type="Application", preferredUsername=None).username == ""


@pytest.mark.parametrize(
    ("key", "count"),
    [
        (KEY, 1),
        ([KEY, {**KEY, "id": f"{ROSA}#second"}], 2),
        ({**KEY, "id": f"{ROSA}/main-key"}, 1),
        ({**KEY, "owner": None, "controller": ROSA}, 1),
        ({**KEY, "owner": "https://a.example/users/zoe"}, 0),
        ({**KEY, "owner": None}, 0),
        ({**KEY, "id": "https://b.example/key"}, 0),
        ({**KEY, "publicKeyPem": None}, 0),
        ({**KEY, "publicKeyPem": "x" * 10_001}, 0),
        (f"{ROSA}#main-key", 0),
        (5, None),
        ([{**KEY, "id": f"{ROSA}#{number}"} for number in range(11)], 10),
        ([KEY, {**KEY, "publicKeyPem": "another"}], 1),
    ],
)
def test_keys_are_the_actors_own(key, count):
    if count is None:
        assert refused(publicKey=key) == "schema.actor"
    else:
        assert len(person(publicKey=key).keys) == count


def test_profile_lists_are_cut():
    fields = [{"type": "PropertyValue", "name": str(number), "value": "x" * 600} for number in range(10)]
    rosa = person(
        attachment=fields,
        alsoKnownAs=[f"https://b.example/{number}" for number in range(12)],
        summary="x" * 6_000,
        name="n" * 300,
    )
    assert (len(rosa.fields), len(rosa.fields[0].value), len(rosa.also_known_as)) == (8, 500, 10)
    assert (len(rosa.summary), len(rosa.name)) == (5_000, 200)


def test_collections_elsewhere_and_urls_of_other_schemes_are_left_out():
    rosa = person(
        featured="https://b.example/featured",
        following="https://b.example/f",
        url="javascript:x",
        icon={"url": "data:x"},
    )
    assert (rosa.featured, rosa.following, rosa.url, rosa.icon) == (None, None, ROSA, None)


def test_prefixed_and_wrapped_flags():
    assert person(**{"toot:discoverable": True, "as:manuallyApprovesFollowers": {"@value": "true"}}).locked
    assert person(**{"toot:discoverable": True}).discoverable
    assert not person(discoverable="yes", manuallyApprovesFollowers=None).locked


def test_moving():
    assert person(movedTo="https://b.example/users/rosa").moved_to == "https://b.example/users/rosa"
    assert person(movedTo={"id": "https://b.example/users/rosa"}).moved_to == "https://b.example/users/rosa"
    assert person(movedTo=ROSA).moved_to is None
    assert person(movedTo="nowhere").moved_to is None
