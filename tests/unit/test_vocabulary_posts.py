"""Posts of every dialect: what is kept of them, and whose they are."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from federation.addressing import Visibility, visibility
from federation.errors import Malformed
from federation.identifiers import PUBLIC
from federation.vocabulary import PostDocument, Reference, parse_activity, parse_document, parse_object

CAPTURES = Path(__file__).parents[1] / "captures"
AUTHOR = "https://a.example/users/rosa"
NOTE = {
    "id": "https://a.example/notes/1",
    "type": "Note",
    "attributedTo": AUTHOR,
    "content": "<p>ciao</p>",
    "to": [PUBLIC],
}


def capture(name: str) -> PostDocument:
    parsed = parse_object(parse_document((CAPTURES / f"{name}.json").read_bytes()))
    post = getattr(parsed, "object", parsed)
    assert isinstance(post, PostDocument)
    return post


def note(**changes: object) -> PostDocument:
    parsed = parse_object({**NOTE, **changes})
    assert isinstance(parsed, PostDocument)
    return parsed


def refused(**changes: object) -> str:
    with pytest.raises(Malformed) as caught:
        note(**changes)
    return caught.value.reason


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-01T12:00:00+02:00", datetime(2026, 1, 1, 10, tzinfo=UTC)),
        ("2026-01-01T12:00:00", datetime(2026, 1, 1, 12, tzinfo=UTC)),
        ("2026-01-01T12:00:00.123456789Z", datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)),
        ("2026-01-01", datetime(2026, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_times(text, expected):
    published = note(published=text).published
    assert published == expected
    assert published is None or published.utcoffset() == timedelta()


@pytest.mark.parametrize(
    ("attributed", "expected"),
    [
        (AUTHOR, AUTHOR),
        ([AUTHOR], AUTHOR),
        ({"type": "Person", "id": AUTHOR}, AUTHOR),
        ([{"type": "Group", "id": "https://a.example/g"}, {"type": "Person", "id": AUTHOR}], AUTHOR),
        (["https://b.example/u", AUTHOR], AUTHOR),
        ([AUTHOR, "https://a.example/users/zoe"], AUTHOR),
        ([1, "1", "rosa", None, AUTHOR], AUTHOR),
        ({"type": "Group", "id": "https://a.example/g"}, "https://a.example/g"),
        ("HTTPS://A.EXAMPLE:443/users/rosa", AUTHOR),
    ],
)
def test_the_author_is_the_one_person_on_the_host_of_the_id(attributed, expected):
    assert note(attributedTo=attributed).author == expected


@pytest.mark.parametrize(
    "attributed",
    ["https://b.example/users/rosa", ["https://b.example/u"], "http://a.example/users/rosa", "https://a.example:444/u"],
)
def test_an_author_elsewhere_is_refused(attributed):
    assert refused(attributedTo=attributed) == "origin.author"


@pytest.mark.parametrize("attributed", [None, [], 1, "1", "rosa", {}])
def test_nobody_is_refused(attributed):
    assert refused(attributedTo=attributed) in {"post.author", "schema.post"}


def test_of_several_authors_the_signer_is_the_one_in_a_create():
    zoe = "https://a.example/users/zoe"
    activity = {"type": "Create", "actor": zoe, "object": {**NOTE, "attributedTo": [AUTHOR, zoe]}}
    assert parse_activity(activity).object.author == zoe
    without = {key: value for key, value in NOTE.items() if key != "attributedTo"}
    assert parse_activity({**activity, "object": without}).object.author == zoe
    assert parse_activity({**activity, "type": "Announce", "object": without}).object == Reference(NOTE["id"], "Note")
    elsewhere = {**without, "id": "https://b.example/notes/1"}
    with pytest.raises(Malformed) as caught:
        parse_activity({**activity, "object": elsewhere})
    assert caught.value.reason == "origin.author"


def test_languages():
    translated = note(
        content="<p>Hallo</p>", contentMap={"en": "<p>Hello</p>", "de": "<p>Hallo</p>", "bad tag": "x", "it": 5}
    )
    assert (translated.language, list(translated.content_map)) == ("de", ["de", "en"])
    first = note(content="<p>other</p>", contentMap={"ja": "<p>a</p>", "en": "<p>b</p>"})
    assert (first.language, first.content) == ("ja", "<p>other</p>")
    only = note(content=None, contentMap={"el": "<p>γεια</p>"})
    assert (only.language, only.content) == ("el", "<p>γεια</p>")
    assert note(**{"@context": ["https://www.w3.org/ns/activitystreams", {"@language": "fa"}]}).language == "fa"
    assert note(**{"@context": [{"@language": "und"}]}, language={"identifier": "und"}).language is None
    around = {"@context": {"@language": "tr"}, "type": "Create", "actor": AUTHOR, "object": NOTE}
    assert parse_activity(around).object.language == "tr"
    assert note(contentMap=[]).content_map == {}, "an empty map by PHP"


def test_recipients():
    named = note(
        to="Public", cc=[PUBLIC, "as:Public", {"id": "https://b.example/u"}, "acct:a@b.example", None, "nonsense"]
    )
    assert (named.to, named.cc, named.audience) == ((PUBLIC,), (PUBLIC, "https://b.example/u"), ())
    many = [f"https://b.example/{number}" for number in range(100)]
    assert len(note(cc=many).cc) == 100
    assert refused(cc=[*many, "https://b.example/100"]) == "limit.recipients"


def test_lists_and_texts_are_cut():
    post = note(
        name="n" * 300,
        content="<p>" + "ä" * 60_000,
        tag=[{"type": "Hashtag", "name": f"#tag{number}"} for number in range(60)],
        attachment=[{"type": "Image", "url": f"https://a.example/{number}.png"} for number in range(20)],
    )
    assert (len(post.name), len(post.content.encode())) == (200, 99_999)
    assert (len(post.hashtags), len(post.attachments)) == (50, 16)
    options = [{"name": str(number)} for number in range(30)]
    poll = note(type="Question", anyOf=options).poll
    assert poll is not None
    assert len(poll.options) == 20
    emojis = [
        {"type": "Emoji", "name": f":e{number}:", "icon": {"url": "https://a.example/e.png"}} for number in range(40)
    ]
    assert len(note(tag=emojis).emojis) == 30


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "magnet:?xt=1", "//a.example/x", ""]
)
def test_urls_that_are_handed_out_are_http(url):
    post = note(
        url=url, attachment={"type": "Image", "url": url}, tag={"type": "Emoji", "name": ":a:", "icon": {"url": url}}
    )
    assert (post.url, post.attachments, post.emojis) == (None, (), ())


def test_urls_with_spaces_are_escaped():
    assert (
        note(attachment={"type": "Image", "url": "https://a.example/my file.png"}).attachments[0].url
        == "https://a.example/my%20file.png"
    )


@pytest.mark.parametrize(
    ("attachment", "kind"),
    [
        ({"type": "Document", "mediaType": "image/png", "url": "https://a.example/f"}, "image"),
        ({"type": "Document", "mediaType": "audio/ogg; codecs=opus", "url": "https://a.example/f"}, "audio"),
        (
            {"type": "Video", "url": [{"type": "Link", "href": "https://a.example/f", "mediaType": "video/mp4"}]},
            "video",
        ),
        ({"type": "Image", "url": "https://a.example/f"}, "image"),
        ({"type": "Document", "url": "https://a.example/f"}, "unknown"),
        ({"type": "Link", "href": "https://a.example/f", "mediaType": "image/png"}, "link"),
        ("https://a.example/f", "unknown"),
    ],
)
def test_kinds_of_attachments(attachment, kind):
    (file,) = note(attachment=attachment).attachments
    assert (file.type, file.url) == (kind, "https://a.example/f")


@pytest.mark.parametrize("point", [[2, 0], [0], "0,0", [None, 1], {"x": 0}])
def test_a_wrong_focal_point_is_none(point):
    (file,) = note(attachment={"type": "Image", "url": "https://a.example/f", "focalPoint": point}).attachments
    assert file.focal_point is None


def test_ids():
    assert note(id="HTTPS://A.Example:443/notes/1").id == NOTE["id"]
    assert refused(id="https://a.example/notes/1#x") == "id.fragment"
    assert refused(id="https://rosa@a.example/notes/1") == "id.userinfo"
    assert refused(id="tag:a.example,2026:1") == "id.scheme"
    assert note(inReplyTo="https://b.example/1#x").in_reply_to is None
    assert note(inReplyTo={"id": "https://b.example/1"}).in_reply_to == "https://b.example/1"
    assert note(replies="https://b.example/replies").replies is None, "another host's proves nothing"


def test_deceiving_text_is_cleaned_where_it_is_plain():
    post = note(
        type="Question",
        name="a\u202eb",
        summary="c\u200bd",
        oneOf=[{"name": "e\u2060f"}],
        tag={"type": "Hashtag", "name": "#g\ufeffh"},
    )
    assert post.poll is not None
    assert (post.name, post.summary, post.poll.options[0].name, post.hashtags) == ("ab", "cd", "ef", ("gh",))
