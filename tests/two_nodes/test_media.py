"""Pictures between nodes: with their words, size and blur, and without a reader's address."""

from io import BytesIO

from PIL import Image

from node.services import media, posts
from tests import recordings
from tests.apps import phone
from tests.nodes import Network
from tests.one_node.mastodon.test_media import fetched, uploaded


async def test_a_picture_with_its_words_is_read_on_the_other_node(nodes: Network) -> None:
    a, b = await nodes.node("a"), await nodes.node("b")
    anna, bea = await a.person("anna"), await b.person("bea")
    await b.follow(bea, "anna@a.test")
    await nodes.settle()
    mine, hers = await phone(a, anna), await phone(b, bea)
    file = await uploaded(mine, recordings.picture("JPEG", (300, 200)), description="Red beside blue", focus="0.5,-0.5")
    found = await a.do(lambda tx: media.attach(tx, anna, [int(file["id"])]))
    post = await a.post(anna, "our garden", attachments=found)
    await nodes.settle()
    (status,) = await hers.get("/api/v1/timelines/home", "[Status]")
    (shown,) = status["media_attachments"]
    assert (shown["type"], shown["description"], shown["blurhash"]) == ("image", "Red beside blue", file["blurhash"])
    assert shown["meta"]["original"]["size"] == "300x200"
    assert shown["meta"]["focus"] == {"x": 0.5, "y": -0.5}
    assert shown["remote_url"] == file["url"]
    assert shown["url"].startswith(f"{b.base}/media/remote/")
    _, headers, body = await fetched(b, shown["url"])
    assert headers["Content-Type"] == "image/webp"
    with Image.open(BytesIO(body)) as image:
        assert image.size == (300, 200)
    await a.do(lambda tx: posts.delete(tx, anna, post))
    await nodes.settle()
    assert (await fetched(a, file["url"]))[0] == 404
    assert await hers.get("/api/v1/timelines/home") == []


async def test_a_face_is_seen_on_the_other_node_as_soon_as_it_changes(nodes: Network) -> None:
    a, b = await nodes.node("a"), await nodes.node("b")
    anna, bea = await a.person("anna"), await b.person("bea")
    await b.follow(bea, "anna@a.test")
    await nodes.settle()
    hers = await phone(b, bea)
    known = await b.actor(anna.uri)
    account = await hers.get(f"/api/v1/accounts/{known.id}", "Account")
    assert account["avatar"].endswith("/static/avatar.png")
    path = a.context.media.folders.scratch / "face.jpg"
    path.write_bytes(recordings.picture("JPEG", (900, 600)))
    picture = await a.context.media.picture(path, "avatar")
    await a.do(lambda tx: media.set_picture(tx, anna, "avatar", picture))
    await nodes.settle()
    account = await hers.get(f"/api/v1/accounts/{known.id}", "Account")
    assert account["avatar"].startswith(f"{b.base}/media/remote/avatar/")
    _, _, body = await fetched(b, account["avatar"])
    with Image.open(BytesIO(body)) as image:
        assert image.size == (400, 400)
    document = (await a.get(anna.uri))[2]
    assert document["icon"]["mediaType"] == "image/webp"
    await a.do(lambda tx: media.set_picture(tx, anna, "avatar", None))
    await nodes.settle()
    assert (await hers.get(f"/api/v1/accounts/{known.id}"))["avatar"].endswith("/static/avatar.png")
    assert [path for path in a.context.media.folders.files.rglob("*") if path.is_file()] == []
