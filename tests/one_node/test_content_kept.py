"""What peers send of a post beside its text is kept: languages, warnings, attachments, tags, polls, events."""

from typing import Any

import pytest
from sqlalchemy import select

from node.database.tables import Reaction
from node.queries import posts as post_rows, timelines
from tests.clubs import Club, club_of
from tests.nodes import Network

PLACE = {"type": "Place", "name": "Casa", "address": "Via Roma 1"}


@pytest.fixture
async def club(nodes: Network) -> Club:
    return await club_of(nodes)


async def received(club: Club, **values: Any) -> Any:
    note = club.note("notes/1", values.pop("text", "<p>Hello</p>"), **values)
    await club.announce(club.dora.prove(club.create(note)))
    return await club.node.required(note["id"])


async def test_languages(club: Club) -> None:
    post = await received(club, contentMap={"it": "<p>Hello</p>", "el": "<p>Γεια<script>x</script></p>"})
    assert post.language == "it"
    assert dict(post.content_map) == {"it": "<p>Hello</p>", "el": "<p>Γεια</p>"}


async def test_the_language_of_a_json_ld_context(club: Club) -> None:
    context = ["https://www.w3.org/ns/activitystreams", {"@language": "uk"}]
    note = club.note("notes/1", **{"@context": context})
    await club.announce(note["id"])
    assert (await club.node.required(note["id"])).language == "uk"


async def test_a_content_warning(club: Club) -> None:
    post = await received(club, summary="Violence <b>told</b>", sensitive=True)
    assert post.summary == "Violence told"
    assert post.sensitive


async def test_attachments_with_alternative_text(club: Club) -> None:
    image = {
        "type": "Document",
        "mediaType": "image/png",
        "url": "http://d.test/media/1.png",
        "name": "Women around a sewing machine",
        "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
        "width": 10,
        "height": 20,
    }
    [kept] = (await received(club, attachment=[image])).attachments
    assert kept["url"] == image["url"]
    assert kept["alt"] == image["name"]
    assert (kept["media_type"], kept["width"], kept["height"]) == ("image/png", 10, 20)


async def test_hashtags_mentions_and_custom_emoji(club: Club) -> None:
    emoji = {"type": "Emoji", "name": ":ciao:", "icon": {"type": "Image", "url": "http://d.test/ciao.png"}}
    tags = [
        {"type": "Hashtag", "name": "#Cucito", "href": "http://d.test/tags/cucito"},
        {"type": "Mention", "href": club.anna.uri, "name": "@anna@a.test"},
        emoji,
    ]
    post = await received(club, tag=tags, cc=[club.anna.uri])
    assert await club.node.read(lambda tx: post_rows.tags(tx, post.id)) == ["cucito"]
    assert club.anna.uri in [actor.uri for actor in await club.node.read(lambda tx: post_rows.mentioned(tx, post.id))]
    assert post.emojis == [{"name": "ciao", "url": "http://d.test/ciao.png"}]
    found = await club.node.read(lambda tx: timelines.tag(tx, "CUCITO", club.anna, timelines.Page()))
    assert [row.id for row in found] == [post.id]


def option(name: str, votes: int) -> dict[str, Any]:
    return {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": votes}}


async def test_a_poll_and_its_count(club: Club) -> None:
    options = [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": n}}
        for name, n in (("A", 1), ("B", 2))
    ]
    poll = {"type": "Question", "oneOf": options, "endTime": "2099-01-01T00:00:00Z", "votersCount": 3}
    post = await received(club, **poll)
    assert post.type == "Question"
    assert [(choice["name"], choice["votes"]) for choice in post.poll["options"]] == [("A", 1), ("B", 2)]
    assert post.poll["multiple"] is False
    options[0] = option("A", 5)
    counted = club.note("notes/1", **poll)
    assert await club.announce(club.dora.prove(club.act("Update", counted))) is None
    post = await club.node.required(post.uri)
    assert [choice["votes"] for choice in post.poll["options"]] == [5, 2]
    assert await club.node.read(lambda tx: post_rows.edits(tx, post.id)) == []  # counting is no edit


async def test_an_event_reads_as_a_post(club: Club) -> None:
    event = {"type": "Event", "name": "Sewing evening", "startTime": "2099-01-01T18:00:00Z", "location": PLACE}
    post = await received(club, text="<p>Bring cloth</p>", **event)
    assert (post.type, post.name, post.content) == ("Event", "Sewing evening", "<p>Bring cloth</p>")
    assert post.event["starts_at"].startswith("2099-01-01T18:00")
    assert post.event["place"] == "Casa, Via Roma 1"
    assert await club.home() == ["<p>Bring cloth</p>"]


@pytest.mark.parametrize("kind", ["Article", "Page"])
async def test_titles(club: Club, kind: str) -> None:
    post = await received(club, type=kind, name="On cloth")
    assert (post.type, post.name) == (kind, "On cloth")


async def test_how_a_post_read_before_is_kept(club: Club) -> None:
    post = await received(club, summary="Before")
    for n in (1, 2):
        edited = club.note("notes/1", f"<p>Edit {n}</p>", summary="After", updated=f"2099-01-0{n}T00:00:00Z")
        await club.announce(club.dora.prove(club.act("Update", edited)))
    history = await club.node.read(lambda tx: post_rows.edits(tx, post.id))
    assert [(edit.content, edit.summary) for edit in history] == [
        ("<p>Hello</p>", "Before"),
        ("<p>Edit 1</p>", "After"),
    ]
    stale = club.note("notes/1", "<p>Older</p>", updated="2099-01-01T12:00:00Z")
    await club.announce(club.dora.prove(club.act("Update", stale)))
    post = await club.node.required(post.uri)
    assert post.content == "<p>Edit 2</p>"


async def test_an_edit_never_widens_who_may_read(club: Club) -> None:
    await club.node.follow(club.anna, "dora@d.test")
    await club.nodes.settle()
    await club.send(club.elsewhere.activity("Accept", club.dora, club.elsewhere.received[-1]), club.dora)
    private = club.elsewhere.note(club.dora, "notes/1", to=[f"{club.dora.uri}/followers"], cc=[])
    await club.send(club.elsewhere.create(club.dora, private), club.dora)
    assert (await club.node.required(private["id"])).visibility == "followers"
    public = {**private, "to": ["https://www.w3.org/ns/activitystreams#Public"], "updated": "2099-01-01T00:00:00Z"}
    await club.send(club.elsewhere.activity("Update", club.dora, {**public, "content": "<p>New</p>"}), club.dora)
    post = await club.node.required(private["id"])
    assert (post.content, post.visibility) == ("<p>New</p>", "followers")


@pytest.mark.parametrize("kind", ["Like", "EmojiReact", "Dislike"])
async def test_reactions(club: Club, kind: str) -> None:
    post = await received(club)
    content = {"content": "🧵"} if kind == "EmojiReact" else {}
    reaction = club.act(kind, post.uri, **content)
    outcome = await club.announce(reaction)
    assert outcome == ("dislike" if kind == "Dislike" else None)
    await club.announce(reaction | {"id": f"{reaction['id']}-again"})  # once per actor and emoji
    found = await _reactions(club, post.id)
    assert found == {"Like": [""], "EmojiReact": ["🧵"], "Dislike": []}[kind]
    await club.announce(club.act("Undo", reaction))
    assert await _reactions(club, post.id) == []


async def _reactions(club: Club, post_id: int) -> list[str]:
    statement = select(Reaction.emoji).where(Reaction.post_id == post_id)
    return list(await club.node.read(lambda tx: tx.all(statement)))
