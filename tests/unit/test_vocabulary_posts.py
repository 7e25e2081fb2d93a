"""Posts of every dialect: what is kept of them."""

from datetime import UTC, datetime

import pytest

from federation.addressing import Visibility, visibility
from federation.identifiers import PUBLIC
from federation.vocabulary import Reference, parse_activity, parse_document, parse_object
from tests.unit.post_documents import AUTHOR, CAPTURES, NOTE, capture, note, refused


def test_mastodon_note():
    post = capture("mastodon/create-note-with-image")
    assert post.author == "https://mastodon.example/users/amina"
    assert post.url == "https://mastodon.example/@amina/1001"
    assert (post.summary, post.sensitive, post.language) == ("Nadeln", True, "de")
    assert post.published == datetime(2026, 3, 8, 9, 30, tzinfo=UTC)
    assert post.context == "tag:mastodon.example,2026-03-08:objectId=1001:objectType=Conversation"
    assert post.replies == f"{post.id}/replies"
    assert (post.hashtags, [emoji.name for emoji in post.emojis]) == (("nähen",), ["sun"])
    (image,) = post.attachments
    assert (image.type, image.alt) == ("image", "Eine Werkbank,\ndarauf drei Nähmaschinen")
    assert (image.focal_point, image.width, image.height) == ((0.25, -0.5), 1200, 800)
    assert image.blurhash is not None


def test_mastodon_poll_and_vote():
    poll = capture("mastodon/create-question").poll
    assert poll is not None
    assert [(option.name, option.votes) for option in poll.options] == [("Montag", 2), ("Freitag", 1)]
    assert (poll.multiple, poll.voters, poll.closed_at) == (False, 3, None)
    vote = capture("mastodon/create-vote")
    assert (vote.is_vote, vote.name, vote.in_reply_to) == (True, "Freitag", "https://ordito.example/posts/77")
    assert not note(name="Freitag", inReplyTo="https://b.example/1").is_vote, "with content it is a reply"


def test_misskey_poll_without_an_end():
    poll = capture("misskey/question-no-end").poll
    assert poll is not None
    assert (poll.multiple, poll.ends_at) == (True, None)


@pytest.mark.parametrize(
    ("closed", "expected"),
    [
        (None, None),
        (False, None),
        ("2026-01-01T00:00:00Z", datetime(2026, 1, 1, tzinfo=UTC)),
        (True, datetime(2026, 2, 2, tzinfo=UTC)),
    ],
)
def test_a_poll_is_closed_by_a_time_or_by_true(closed, expected):
    options = [{"type": "Note", "name": "sì"}]
    poll = note(type="Question", oneOf=options, closed=closed, endTime="2026-02-02T00:00:00Z").poll
    assert poll is not None
    assert poll.closed_at == expected


def test_lemmy_page():
    activity = parse_activity(parse_document((CAPTURES / "lemmy/announce-create-page.json").read_bytes()))
    post = activity.object.object
    assert (post.type, post.name, post.language) == ("Page", "Contratto a chiamata: cosa chiedere?", "it")
    assert post.content_map == {"it": post.content}
    assert [(file.type, file.url) for file in post.attachments] == [
        ("link", "https://diritti.example/contratti"),
        ("image", "https://lemmy.example/pictrs/image/cover.webp"),
    ]
    assert post.audience == ("https://lemmy.example/c/lavoro",)
    assert post.source == "Prima di firmare."


def test_mbin_says_when_it_was_edited_one_level_too_deep():
    assert capture("mbin/update-page").updated == datetime(2026, 5, 2, 8, 30, tzinfo=UTC)
    assert note(updated="2026-05-01T00:00:00Z", object={"updated": "2099-01-01T00:00:00Z"}).updated == datetime(
        2026, 5, 1, tzinfo=UTC
    )
    assert note(object="https://a.example/1").updated is None


def test_mbin_names_the_language_of_a_page_without_a_text():
    post = capture("mbin/update-page")
    assert (post.content, dict(post.content_map), post.language) == ("", {}, "it")
    assert note(contentMap={"und": None}).language is None
    assert note(contentMap={"it": None}, language={"identifier": "de"}).language == "de"


def test_mbin_page_without_content():
    post = capture("mbin/create-page")
    assert (post.content, post.source, post.summary) == ("", None, "Asilo nido #mamme")
    assert post.attachments[0].url == "https://comune.example/nido"


def test_takahe_scalars_and_direct_messages():
    public = capture("takahe/create-note-public")
    assert (public.to, public.cc) == ((PUBLIC,), ("https://ordito.example/groups/sarte",))
    assert [mention.name for mention in public.mentions] == ["@sarte@ordito.example"]
    direct = capture("takahe/create-note-direct")
    assert (direct.to, direct.cc) == ((), ("https://ordito.example/people/rosa",))
    assert visibility(direct.to, direct.cc, None) is Visibility.DIRECT


def test_gotosocial_single_tag_and_alt_text():
    post = capture("gotosocial/create-note")
    assert (post.hashtags, post.language) == (("Asmara",), "ti")
    assert post.attachments[0].alt == "Una tazza di caffè"


def test_mobilizon_event_of_a_group_is_by_the_person():
    post = capture("mobilizon/create-event-in-group")
    assert post.author == "https://mobilizon.example/@lucia"
    assert post.audience == ("https://mobilizon.example/@casa_donne",)
    assert post.event is not None
    assert post.event.place == "Casa delle donne, Via dei Mille 3, Torino, Italia"
    assert (post.event.timezone, post.event.status, post.language) == ("Europe/Rome", "CONFIRMED", "it")
    assert post.event.ends_at == datetime(2026, 9, 10, 18, tzinfo=UTC)
    assert [file.type for file in post.attachments] == ["image"]


@pytest.mark.parametrize(
    ("location", "place"),
    [
        (None, None),
        ([], None),
        ("https://a.example/places/1", None),
        ("Torino", "Torino"),
        ({"type": "Place", "id": "https://a.example/p"}, None),
        ({"type": "Place", "name": "Sala", "address": "Via Roma 1"}, "Sala, Via Roma 1"),
        ({"type": "Place", "name": "Sala", "latitude": 45.0, "longitude": 7.6}, "Sala"),
        (
            [{"type": "Place"}, {"type": "VirtualLocation", "name": "Stanza", "url": "https://m.example/x"}],
            "Stanza, https://m.example/x",
        ),
        (
            {"type": "Place", "address": {"type": "VirtualLocation", "url": "https://m.example/x"}},
            "https://m.example/x",
        ),
        ({"type": "VirtualLocation", "url": "javascript:alert(1)"}, None),
    ],
)
def test_places_are_told_in_words(location, place):
    event = note(type="Event", name="Festa", startTime="2026-01-01T10:00:00", location=location).event
    assert event is not None
    assert (event.place, event.starts_at) == (place, datetime(2026, 1, 1, 10, tzinfo=UTC))


def test_an_event_needs_a_name_and_a_start():
    assert refused(type="Event", name="Festa") == "event.start"
    assert refused(type="Event", startTime="2026-01-01T10:00:00Z") == "event.name"
    assert refused(type="Event", name="Festa", startTime="soon") == "event.start"


def test_peertube_video():
    post = capture("peertube/object-video")
    assert post.author == "https://peertube.example/accounts/rosaria"
    assert post.audience == ("https://peertube.example/video-channels/cucito",)
    assert post.url == "https://peertube.example/w/v1", "the page, not a file"
    assert post.content == "<p>**Materiale**<br>ago &amp; filo</p>"
    assert (post.locked, post.language) == (True, "it")
    assert [(file.type, file.width) for file in post.attachments] == [("image", 280)]


def test_a_chat_message_is_for_one_person():
    assert capture("pleroma/object-chatmessage").to == ("https://ordito.example/people/rosa",)
    leaking = note(
        type="ChatMessage",
        to=[PUBLIC, "https://b.example/u"],
        cc=[PUBLIC, f"{AUTHOR}/followers"],
        audience="https://b.example/g",
    )
    assert (leaking.to, leaking.cc, leaking.audience) == (("https://b.example/u",), (), ())


def test_unknown_types_with_content_are_notes_and_others_are_references():
    comment = capture("bookwyrm/object-comment")
    assert (comment.type, comment.document["type"]) == ("Note", "Comment")
    assert comment.published is not None
    assert comment.published.tzinfo is UTC, "a naive date is UTC"
    work = parse_object(parse_document((CAPTURES / "bookwyrm/object-work.json").read_bytes()))
    assert work == Reference("https://bookwyrm.example/book/5", "Work")
    status = {**NOTE, "type": "ActorStatus"}
    assert parse_object(status) == Reference(NOTE["id"], "ActorStatus")


def test_fedify_fractions_of_a_second():
    assert capture("fedify/create-note-with-proof").published == datetime(2026, 11, 22, 14, 7, 54, 123456, tzinfo=UTC)
