"""What a post says of itself, in whatever shape: times, authors, languages, recipients, attachments, addresses."""

from datetime import UTC, datetime, timedelta

import pytest

from federation.errors import Malformed
from federation.identifiers import PUBLIC
from federation.vocabulary import Reference, parse_activity
from tests.unit.post_documents import AUTHOR, NOTE, note, refused


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
    assert refused(id="https://a%2eexample/notes/1") == "id.host"
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
