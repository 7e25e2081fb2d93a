"""Pictures, sounds and films of other servers: apps load them here, and the other server sees this node alone."""

from datetime import timedelta
from io import BytesIO

import pytest
from aiohttp import web
from PIL import Image

from node.context import remote_files as cache
from node.services import hosts, remote_files
from node.services.remote_files import Variant
from tests import recordings
from tests.apps import phone
from tests.nodes import Network, Node
from tests.one_node.mastodon.test_media import fetched
from tests.strangers import PUBLIC, Stranger


class Gallery:
    """A host of files, under any path; it counts who asks."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[bytes, str]] = {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request.path)
        self.headers.append(dict(request.headers))
        if request.path not in self.files:
            return web.Response(status=404)
        body, kind = self.files[request.path]
        return web.Response(body=body, headers={"Content-Type": kind})

    def put(self, path: str, body: bytes, kind: str) -> str:
        self.files[path] = (body, kind)
        return f"http://f.test{path}"


@pytest.fixture
async def gallery(nodes: Network) -> Gallery:
    found = Gallery()
    await nodes.serve_host("f.test", found)
    return found


def address(node: Node, variant: Variant, url: str) -> str:
    return node.base + remote_files.path(node.context.database.vault, variant, url)


async def test_an_app_is_told_of_no_file_elsewhere(nodes: Network, node: Node, gallery: Gallery) -> None:
    """Face, header, emoji, picture: what an app loads by itself is here, with where it comes from beside it."""
    anna = await node.person("anna")
    face = gallery.put("/face.png", recordings.picture("PNG", (900, 600)), "image/png")
    smile = gallery.put("/smile.png", recordings.picture("PNG", (300, 300)), "image/png")
    photo = gallery.put("/photo.jpg", recordings.picture("JPEG", (900, 600)), "image/jpeg")
    stranger = Stranger(nodes, "c")
    await stranger.serve()
    emoji = {"type": "Emoji", "name": ":smile:", "icon": {"type": "Image", "url": smile}}
    pictures = {"icon": {"type": "Image", "url": face}, "image": {"type": "Image", "url": face}}
    zoe = stranger.person("zoe", tag=[emoji], **pictures)
    file = {"type": "Document", "mediaType": "image/jpeg", "url": photo, "name": "A lake"}
    other = {"type": "Document", "mediaType": "application/pdf", "url": "http://f.test/form.pdf"}
    tags = [emoji, {"type": "Mention", "href": anna.uri, "name": "@anna@a.test"}]
    note = stranger.note(zoe, "notes/1", attachment=[file, other], tag=tags, to=[PUBLIC, anna.uri])
    await stranger.send(node, stranger.create(zoe, note), zoe)
    await nodes.settle()
    post = await node.required(note["id"])
    mine = await phone(node, anna)
    status = await mine.get(f"/api/v1/statuses/{post.id}", "Status")
    account = await mine.get(f"/api/v1/accounts/{post.author_id}", "Account")
    picture, form = status["media_attachments"]
    loaded = [account[name] for name in ("avatar", "avatar_static", "header", "header_static")]
    loaded += [entry[name] for entry in (*account["emojis"], *status["emojis"]) for name in ("url", "static_url")]
    loaded += [picture["url"], picture["preview_url"], status["account"]["avatar"]]
    assert len(loaded) == 11
    assert {url.partition("/media/remote/")[0] for url in loaded} == {node.base}
    assert (picture["remote_url"], picture["description"]) == (photo, "A lake")
    assert (form["type"], form["url"], form["preview_url"]) == ("unknown", "http://f.test/form.pdf", None)
    assert gallery.asked == [], "nothing is fetched before somebody looks"
    for url in loaded:
        status_code, headers, _ = await fetched(node, url)
        assert (status_code, headers["Content-Type"]) == (200, "image/webp"), url
    assert len(gallery.asked) == 4, "a face as avatar and as header, the smile, the photo once for both its sizes"


async def test_a_picture_is_written_anew_and_kept(nodes: Network, node: Node, gallery: Gallery) -> None:
    url = gallery.put("/photo.jpg", recordings.picture("JPEG", (900, 600)), "image/jpeg")
    here = address(node, Variant.PICTURE, url)
    status, headers, body = await fetched(node, here, Cookie="ordito=1", Authorization="Bearer x", Referer="http://x/")
    assert (status, headers["Content-Type"]) == (200, "image/webp")
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert recordings.SECRET.encode() not in body
    assert not {"Cookie", "Authorization", "Referer", "X-Forwarded-For"} & set(gallery.headers[0])
    with Image.open(BytesIO(body)) as image:
        assert image.size == (900, 600)
    _, _, small = await fetched(node, address(node, Variant.PREVIEW, url))
    with Image.open(BytesIO(small)) as image:
        assert image.size == (640, 427)
    assert gallery.asked == ["/photo.jpg"]
    nodes.clock.at += cache.KEPT_FOR + timedelta(minutes=1)
    assert (await fetched(node, here))[0] == 200
    assert gallery.asked == ["/photo.jpg", "/photo.jpg"]


async def test_nobody_else_can_make_such_an_address(node: Node, gallery: Gallery) -> None:
    url = gallery.put("/photo.jpg", recordings.picture(), "image/jpeg")
    right = address(node, Variant.AVATAR, url)
    other = address(node, Variant.AVATAR, "http://f.test/other.jpg")
    start, mac, named = right.rsplit("/", 2)
    for wrong in (
        f"{start}/{mac[:-1]}{'0' if mac[-1] != '0' else '1'}/{named}",
        f"{start}/{mac}/{other.rsplit('/', 1)[1]}",
        right.replace("/avatar/", "/picture/"),
        right.replace("/avatar/", "/nothing/"),
        f"{start}//{named}",
        f"{start}/{mac}/é",
    ):
        assert (await fetched(node, wrong))[0] == 404, wrong
    assert gallery.asked == []
    assert (await fetched(node, right))[0] == 200


async def test_what_cannot_be_had_is_not_asked_for_again_for_a_while(
    nodes: Network, node: Node, gallery: Gallery
) -> None:
    """A face has a stand-in then; what is no picture counts as nothing."""
    html = gallery.put("/page", b"<!doctype html><script>alert(1)</script>", "text/html")
    lie = gallery.put("/lie.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png")
    bomb = gallery.put("/bomb.png", recordings.bomb(), "image/png")
    for url in (html, lie, bomb, "http://f.test/absent.png", "http://unknown.test/a.png", "http://[bad/"):
        for _ in range(2):
            assert (await fetched(node, address(node, Variant.PICTURE, url)))[0] == 404, url
        status, headers, _ = await fetched(node, address(node, Variant.AVATAR, url))
        assert (status, headers["Location"]) == (302, f"{node.base}/static/avatar.png")
    assert (await fetched(node, f"{node.base}/static/avatar.png"))[1]["Content-Type"] == "image/png"
    assert sorted(gallery.asked) == sorted(2 * ["/page", "/lie.png", "/bomb.png", "/absent.png"])
    gallery.put("/absent.png", recordings.picture("PNG"), "image/png")
    nodes.clock.at += timedelta(hours=2)
    assert (await fetched(node, address(node, Variant.PICTURE, "http://f.test/absent.png")))[0] == 200


async def test_sounds_and_films_pass_as_what_they_are(node: Node, gallery: Gallery) -> None:
    film = recordings.film()
    url = gallery.put("/film", film, "video/mp4")
    status, headers, body = await fetched(node, address(node, Variant.FILM, url), Range="bytes=0-9")
    assert (status, headers["Content-Type"], body) == (206, "video/mp4", film[:10])
    sound = gallery.put("/sound", recordings.sound(), "application/octet-stream")
    assert (await fetched(node, address(node, Variant.SOUND, sound)))[1]["Content-Type"] == "audio/ogg"
    lie = gallery.put("/lie", b"<!doctype html>", "video/mp4")
    assert (await fetched(node, address(node, Variant.FILM, lie)))[0] == 404


async def test_many_who_look_at_once_cost_one_request(node: Node, gallery: Gallery) -> None:
    import asyncio  # noqa: PLC0415  # only here

    url = gallery.put("/photo.jpg", recordings.picture(), "image/jpeg")
    here = address(node, Variant.AVATAR, url)
    found = await asyncio.gather(*(fetched(node, here) for _ in range(5)))
    assert [status for status, _, _ in found] == [200] * 5
    assert gallery.asked == ["/photo.jpg"]


async def test_a_blocked_server_is_not_asked_and_not_shown(node: Node, gallery: Gallery) -> None:
    url = gallery.put("/photo.jpg", recordings.picture(), "image/jpeg")
    here = address(node, Variant.PICTURE, url)
    assert (await fetched(node, here))[0] == 200
    await node.do(lambda tx: hosts.block(tx, "f.test"))
    assert (await fetched(node, here))[0] == 404


async def test_room_is_kept(nodes: Network, node: Node, gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is old goes, and the oldest of what is too much."""
    kept = node.context.media.folders.remote
    for number in range(3):
        url = gallery.put(f"/{number}.png", recordings.picture("PNG"), "image/png")
        await fetched(node, address(node, Variant.AVATAR, url))
        nodes.clock.at += timedelta(days=1)
    sizes = [path.stat().st_size for path in kept.glob("*/*")]
    assert len(sizes) == 3
    monkeypatch.setattr(cache, "LARGEST_CACHE", sum(sizes) - 1)
    await node.context.remote_files.prune()
    assert len(list(kept.glob("*/*"))) == 2
    await fetched(node, address(node, Variant.AVATAR, "http://f.test/0.png"))
    assert gallery.asked[-1] == "/0.png", "the oldest had gone"
    nodes.clock.at += timedelta(days=30)
    await node.context.remote_files.prune()
    assert list(kept.glob("*/*")) == []
