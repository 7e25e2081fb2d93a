"""Uploads that are no pictures, sounds or films, or more of one than a node can bear: refused, and nothing stays."""

import asyncio
import gzip
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from node.storage import limits
from node.storage.converting import Converter, Purpose
from tests import recordings
from tests.apps import phone
from tests.nodes import Node
from tests.one_node.mastodon.test_media import V1, V2, fetched, files, send, uploaded

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
PLAYLIST = b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
"""What FFmpeg would follow, were it let to choose."""


@pytest.mark.parametrize(
    "data",
    [SVG, HTML, PLAYLIST, b"%PDF-1.7 ", b'{"a":1}', b"PK\x03\x04", b"", gzip.compress(SVG), b"ffconcat version 1.0\n"],
    ids=["svg", "html", "playlist", "pdf", "json", "zip", "nothing", "svgz", "concat"],
)
async def test_what_is_no_picture_sound_or_film_is_refused(node: Node, data: bytes) -> None:
    mine = await phone(node, await node.person("anna"))
    for path in (V1, V2):
        answered = await send(mine, path, data, kind="image/png")
        assert answered.status == 422, answered.body
        assert answered.body["error"].startswith("Validation failed: File ")
    assert await files(node) == []


async def test_what_only_begins_like_one_fails(node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    whole = recordings.picture("JPEG", (600, 400))
    film = recordings.film()
    for data in (
        whole[: len(whole) // 2],
        b"\x89PNG\r\n\x1a\n" + HTML,
        b"GIF89a" + HTML,
        b"\xff\xd8\xff" + b"\0" * 1000,
        film[: len(film) // 4],
        b"OggS" + b"\0" * 500,
        b"\0\0\0\x18ftypmp42" + PLAYLIST,
        b"RIFF\x10\0\0\0WEBP" + HTML,
    ):
        answered = await send(mine, V1, data)
        assert (answered.status, answered.body) == (422, {"error": "Error processing thumbnail for uploaded media"})
    assert await files(node) == []
    assert (await send(mine, V1, whole)).status == 200


async def test_a_bomb_is_refused_by_its_header(node: Node) -> None:
    """400 megapixels in some kilobytes; and a frame that would take gigabytes."""
    mine = await phone(node, await node.person("anna"))
    bomb = recordings.bomb()
    assert len(bomb) < 100_000
    assert (await send(mine, V2, bomb)).status == 422
    gif = b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff" + b"\x2c" + b"\0" * 8
    assert (await send(mine, V2, gif + struct.pack("<HH", 65535, 65535) + b"\0\x02\x02\x44\x01\0\x3b")).status == 422
    assert await files(node) == []


async def test_a_picture_that_is_a_page_as_well_is_a_picture_alone(node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    file = await uploaded(mine, recordings.picture("PNG") + HTML)
    _, headers, body = await fetched(node, file["url"])
    assert headers["Content-Type"] == "image/webp"
    assert b"script" not in body


async def test_a_file_that_failed_says_so_to_who_polls(nodes, node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    film = recordings.film()
    answered = await send(mine, V2, film[: len(film) // 4], kind="video/mp4")
    assert answered.status == 202
    await nodes.settle()
    polled = await mine.ask("GET", f"{V1}/{answered.body['id']}")
    assert (polled.status, polled.body) == (422, {"error": "Error processing thumbnail for uploaded media"})
    assert await files(node) == []


async def test_more_than_the_largest_film_is_not_even_read(node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n\0\0\0\x18ftypmp42'
        while sent < 10 * limits.VIDEO_BYTES:
            sent += 1_000_000
            yield b"\0" * 1_000_000

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    try:
        answered = await mine.ask("POST", V2, data=endless(), headers=headers)
    except aiohttp.ClientError:  # it was told while it went on sending
        pass
    else:
        assert answered.status == 413
        assert "too large" in answered.body["error"]
    assert sent < 3 * limits.VIDEO_BYTES
    assert list(node.context.media.folders.scratch.iterdir()) == []
    assert await files(node) == []


async def test_each_kind_has_its_own_limit(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    from node.storage.converting import LARGEST  # noqa: PLC0415  # only here
    from node.storage.kinds import Family  # noqa: PLC0415  # as above

    mine = await phone(node, await node.person("anna"))
    data = recordings.picture("PNG")
    monkeypatch.setitem(LARGEST, Family.IMAGE, len(data) - 1)
    answered = await send(mine, V2, data)
    assert (answered.status, "must be less than" in answered.body["error"]) == (422, True)
    monkeypatch.setitem(LARGEST, Family.IMAGE, len(data))
    assert (await send(mine, V2, data)).status == 200


async def test_forms_that_are_none_are_refused(node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    for data, kind, status in (
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x", 400),
        (b"--y--\r\n", "multipart/form-data; boundary=x", 400),
        (b"file=abc", "application/x-www-form-urlencoded", 422),
        (b'{"file":"abc"}', "application/json", 422),
    ):
        answered = await mine.ask("POST", V2, data=data, headers={"Content-Type": kind})
        assert (answered.status, list(answered.body)) == (status, ["error"]), data
    assert (await mine.ask("POST", V2)).status == 422
    many = aiohttp.FormData({f"part{number}": "x" for number in range(200)})
    many.add_field("file", recordings.picture(), filename="a.jpg")
    assert (await mine.ask("POST", V2, data=many)).status == 400


async def test_who_takes_too_long_is_stopped(node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that hangs, as one that decodes something nasty may, is killed, and its file refused."""
    from node.storage import converting  # noqa: PLC0415  # only here

    source = tmp_path / "film.mp4"
    source.write_bytes(recordings.film(seconds=20, size=(640, 480)))
    monkeypatch.setattr(converting, "SECONDS", dict.fromkeys(converting.SECONDS, 0.2))
    (tmp_path / "out").mkdir()
    with pytest.raises(converting.Invalid, match="Error processing"):
        await Converter().convert(source, tmp_path / "out", Purpose.ATTACHMENT)


async def test_a_result_that_points_elsewhere_is_not_believed(node: Node, tmp_path: Path) -> None:
    from node.storage import converting  # noqa: PLC0415  # only here

    secret = tmp_path / "secret"
    secret.write_text("secret")
    honest = (
        '{"kind":"image","file":"original.webp","preview":null,"media_type":"x","blurhash":null,'
        '"meta":{"original":{"width":1}}}'
    )
    for number, (said, prepare) in enumerate(
        (
            (honest, lambda out: (out / "original.webp").symlink_to(secret)),
            (honest, lambda out: (out / "original.webp").hardlink_to(secret)),
            (honest.replace("original.webp", "../secret"), lambda _: None),
            (honest.replace('"image"', '"page"'), lambda out: (out / "original.webp").touch()),
            ("[]", lambda _: None),
            ("{", lambda _: None),
        )
    ):
        out = tmp_path / str(number)
        out.mkdir()
        prepare(out)
        (out / "result.json").write_text(said)
        with pytest.raises(converting.Invalid):
            await asyncio.to_thread(converting._result, out)
    good = tmp_path / "good"
    good.mkdir()
    (good / "original.webp").touch()
    (good / "result.json").write_text(honest)
    assert (await asyncio.to_thread(converting._result, good)).file == "original.webp"
