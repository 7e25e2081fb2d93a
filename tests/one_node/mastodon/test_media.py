"""Uploads: what apps send, what becomes of it, and what is served."""

from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO
from typing import Any

import aiohttp
import av
import pytest
from PIL import Image

from node.database.tables import Actor
from node.queries import jobs
from node.services import departures, media, posts
from tests import recordings
from tests.apps import Answered, Phone, check_entity, phone
from tests.nodes import Network, Node

V1, V2 = "/api/v1/media", "/api/v2/media"


async def send(app: Phone, path: str, data: bytes, *, kind: str | None = "image/jpeg", **texts: str) -> Answered:
    """As an app does it: the file in a part of a form, of some type, or of none."""
    with aiohttp.MultipartWriter("form-data") as form:
        part = form.append(data, {} if kind is None else {"Content-Type": kind})
        part.set_content_disposition("form-data", name="file", filename="IMG_2026.jpg")
        if kind is None:
            del part.headers["Content-Type"]
        for name, text in texts.items():
            form.append(text).set_content_disposition("form-data", name=name)
        return await app.ask("POST", path, data=form)


async def uploaded(app: Phone, data: bytes, **texts: str) -> Any:
    answered = await send(app, V2, data, **texts)
    assert answered.status == 200, answered.body
    check_entity("MediaAttachment", answered.body)
    return answered.body


async def fetched(node: Node, url: str, **headers: str) -> tuple[int, Mapping[str, str], bytes]:
    async with node.http.get(url, headers=headers, allow_redirects=False) as response:
        return response.status, response.headers, await response.read()


async def files(node: Node) -> list[str]:
    """All that lies in the storage."""
    root = node.context.media.folders.files
    return sorted(path.name for path in root.rglob("*") if path.is_file())


async def attached(node: Node, actor: Actor, entity: Any, text: str = "look") -> Any:
    """A post with this file."""
    found = await node.do(lambda tx: media.attach(tx, actor, [int(entity["id"])]))
    return await node.post(actor, text, attachments=found)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"])
async def test_a_picture_is_written_anew_upright_and_tells_nothing(node: Node, kind: str) -> None:
    """How a HEIC file is turned stands in its container, which the decoder obeys by itself."""
    mine = await phone(node, await node.person("anna"))
    data = recordings.picture(kind, turned=kind != "HEIF")
    assert recordings.SECRET.encode() in data
    file = await uploaded(mine, data, description="Red beside blue", focus="-0.5,0.25")
    assert (file["type"], file["description"]) == ("image", "Red beside blue")
    assert file["meta"]["focus"] == {"x": -0.5, "y": 0.25}
    assert len(file["blurhash"]) > 20
    status, headers, body = await fetched(node, file["url"])
    assert (status, headers["Content-Type"]) == (200, "image/webp")
    assert recordings.SECRET.encode() not in body
    with Image.open(BytesIO(body)) as image:
        assert image.size == ((80, 120) if kind != "HEIF" else (120, 80))
        assert not image.getexif()
        assert not {"exif", "xmp", "icc_profile", "comment"} & set(image.info)
        first, last = (
            image.convert("RGB").getpixel(place) for place in ((20, 20), (image.width - 5, image.height - 5))
        )
        assert first[0] > 150 > first[2], first
        assert last[2] > 150 > last[0], last
        width, height = image.size
    original = file["meta"]["original"]
    aspect = pytest.approx(width / height)
    assert original == {"width": width, "height": height, "size": f"{width}x{height}", "aspect": aspect}


async def test_large_pictures_are_made_smaller_and_have_a_preview(node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    file = await uploaded(mine, recordings.picture("JPEG", (5000, 4000)))
    size, small = file["meta"]["original"], file["meta"]["small"]
    assert 8_000_000 < size["width"] * size["height"] <= 3840 * 2160
    assert max(small["width"], small["height"]) == 640
    _, _, body = await fetched(node, file["preview_url"])
    with Image.open(BytesIO(body)) as preview:
        assert preview.size == (small["width"], small["height"])


@pytest.mark.parametrize("kind", [None, "multipart/form-data", "text/html"])
async def test_what_a_file_is_stands_in_it(node: Node, kind: str | None) -> None:
    """Tusky sends `multipart/form-data` as the type of the part, toot none."""
    mine = await phone(node, await node.person("anna"))
    answered = await send(mine, V2, recordings.picture("PNG"), kind=kind)
    assert (answered.status, answered.body["type"]) == (200, "image")


async def test_a_film_is_worked_on_while_the_app_polls(nodes: Network, node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    data = recordings.film(seconds=2)
    assert recordings.SECRET.encode() in data
    answered = await send(mine, V2, data, description="Waves")
    check_entity("MediaAttachment", answered.body)
    assert (answered.status, answered.body["url"], answered.body["type"]) == (202, None, "video")
    path = f"{V1}/{answered.body['id']}"
    waiting = await mine.ask("GET", path)
    assert (waiting.status, waiting.body["url"]) == (206, None)
    await nodes.settle()
    file = await mine.get(path, "MediaAttachment")
    assert (file["type"], file["description"]) == ("video", "Waves")
    assert file["meta"]["original"]["duration"] == pytest.approx(2, abs=0.2)
    assert file["meta"]["original"]["frame_rate"] == "20/1"
    assert (await fetched(node, file["preview_url"]))[1]["Content-Type"] == "image/webp"
    status, headers, body = await fetched(node, file["url"])
    assert (status, headers["Content-Type"]) == (200, "video/mp4")
    assert recordings.SECRET.encode() not in body
    with av.open(BytesIO(body)) as film:
        assert [stream.codec_context.name for stream in film.streams] == ["h264", "aac"]
        assert not {"title", "comment", "location"} & set(film.metadata)
    assert await files(node) == ["original.mp4", "preview.webp"], "the file as it came is gone"


async def test_a_part_of_a_film_is_served(nodes: Network, node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    answered = await send(mine, V1, recordings.film())
    assert answered.status == 200, "version 1 answers when it is finished"
    url = answered.body["url"]
    _, _, whole = await fetched(node, url)
    status, headers, part = await fetched(node, url, Range="bytes=10-19")
    assert (status, part) == (206, whole[10:20])
    assert headers["Content-Range"] == f"bytes 10-19/{len(whole)}"


async def test_a_voice_message_plays_everywhere(node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    answered = await send(mine, V1, recordings.sound(seconds=2), kind="audio/ogg")
    assert (answered.status, answered.body["type"]) == (200, "audio")
    status, headers, body = await fetched(node, answered.body["url"])
    assert (status, headers["Content-Type"]) == (200, "audio/mp4")
    with av.open(BytesIO(body)) as sound:
        assert [stream.codec_context.name for stream in sound.streams] == ["aac"]
        assert float(sound.duration / av.time_base) == pytest.approx(2, abs=0.2)
        assert recordings.SECRET.encode() not in body


async def test_a_moving_gif_becomes_a_film_without_sound(nodes: Network, node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    file = await uploaded(mine, recordings.animation())
    assert (file["type"], file["meta"]["original"]["frame_rate"]) == ("gifv", "10/1")
    assert (await fetched(node, file["url"]))[1]["Content-Type"] == "video/mp4"
    still = await uploaded(mine, recordings.picture("GIF"))
    assert still["type"] == "image"


async def test_files_are_served_so_that_nothing_in_them_runs(node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    file = await uploaded(mine, recordings.picture())
    _, headers, _ = await fetched(node, file["url"], Origin="https://phanpy.example")
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Disposition"] == "inline"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Set-Cookie" not in headers
    assert len(file["url"].split("/")[-2]) == 40
    for path in ("original.png", "upload", "..%2Fsecret", "original.webp/"):
        assert (await fetched(node, file["url"].replace("original.webp", path)))[0] == 404, path


async def test_words_and_focus_may_be_given_later(node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    answered = await send(mine, V2, recordings.film())
    path = f"{V1}/{answered.body['id']}"
    changed = await mine.ask("PUT", path, data={"description": "A <b>lake</b>", "focus": "0.1,0.2"})
    assert changed.body["description"] == "A lake"
    picture = await uploaded(mine, recordings.picture())
    file = await mine.put(f"{V1}/{picture['id']}", "MediaAttachment", focus="1.0,-1.0")
    assert (file["meta"]["focus"], file["description"]) == ({"x": 1.0, "y": -1.0}, None)
    for wrong in ("2,0", "nan,0", "left", "1,2,3"):
        assert (await mine.ask("PUT", path, json={"focus": wrong})).status == 422
    assert (await mine.ask("PUT", path, json={"description": "x" * 1501})).status == 422


async def test_a_film_may_have_a_picture_of_her_choice(nodes: Network, node: Node) -> None:
    mine = await phone(node, await node.person("anna"))
    file = (await send(mine, V1, recordings.film())).body
    form = aiohttp.FormData()
    form.add_field("thumbnail", recordings.picture("PNG", (300, 200)), filename="t.png", content_type="image/png")
    changed = await mine.ask("PUT", f"{V1}/{file['id']}", data=form)
    assert changed.status == 200, changed.body
    assert changed.body["preview_url"] != file["preview_url"]
    assert changed.body["meta"]["small"]["width"] == 300
    assert (await fetched(node, changed.body["preview_url"]))[0] == 200
    assert (await fetched(node, file["preview_url"]))[0] == 404


async def test_nobody_else_has_a_hand_in_it(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    mine, hers, narrow = await phone(node, anna), await phone(node, bea), await phone(node, anna, "read")
    file = await uploaded(mine, recordings.picture())
    path = f"{V1}/{file['id']}"
    assert (await mine.ask("GET", path)).status == 200
    for method in ("GET", "PUT", "DELETE"):
        assert (await hers.ask(method, path)).status == 404, method
        assert (await narrow.ask(method, path)).status == 403, method
        assert (await Phone(node).ask(method, path)).status == 401, method
    with pytest.raises(Exception, match="Cannot attach files"):
        await attached(node, bea, file)
    assert (await mine.ask("DELETE", path)).body == {}
    assert (await mine.ask("GET", path)).status == 404
    assert (await fetched(node, file["url"]))[0] == 404


async def test_files_are_attached_once_and_when_they_are_ready(nodes: Network, node: Node) -> None:
    anna = await node.person("anna")
    mine = await phone(node, anna)
    unfinished = (await send(mine, V2, recordings.film())).body
    with pytest.raises(Exception, match="Cannot attach files that have not finished processing"):
        await attached(node, anna, unfinished)
    file = await uploaded(mine, recordings.picture(), description="Two colours")
    post = await attached(node, anna, file)
    (shown,) = (await mine.get(f"/api/v1/statuses/{post.id}", "Status"))["media_attachments"]
    assert shown == file
    with pytest.raises(Exception, match="Cannot attach files"):
        await attached(node, anna, file)
    assert (await mine.ask("GET", f"{V1}/{file['id']}")).status == 404, "it belongs to the post now"
    five = [int((await uploaded(mine, recordings.picture("PNG")))["id"]) for _ in range(5)]
    with pytest.raises(Exception, match="more than 4"):
        await node.do(lambda tx: media.attach(tx, anna, five))
    await nodes.settle()
    with pytest.raises(Exception, match="video to a post that already contains images"):
        await node.do(lambda tx: media.attach(tx, anna, [five[0], int(unfinished["id"])]))
    assert len(await node.do(lambda tx: media.attach(tx, anna, five[:4]))) == 4


async def test_with_a_post_its_files_go(nodes: Network, node: Node) -> None:
    anna = await node.person("anna")
    mine = await phone(node, anna)
    file = await uploaded(mine, recordings.picture())
    post = await attached(node, anna, file)
    assert (await fetched(node, file["url"]))[0] == 200
    await node.do(lambda tx: posts.delete(tx, anna, post))
    assert (await fetched(node, file["url"]))[0] == 404, "at once"
    assert await files(node), "the bytes by a job"
    await nodes.settle()
    assert await files(node) == []


async def test_what_an_edit_takes_out_goes_and_the_rest_stays(nodes: Network, node: Node) -> None:
    anna = await node.person("anna")
    mine = await phone(node, anna)
    kept, gone = [await uploaded(mine, recordings.picture(kind)) for kind in ("PNG", "JPEG")]
    found = await node.do(lambda tx: media.attach(tx, anna, [int(kept["id"]), int(gone["id"])]))
    post = await node.post(anna, "both", attachments=found)

    async def edit(tx):
        left = await media.attach(tx, anna, [int(kept["id"])], post=post)
        await posts.edit(tx, anna, post, posts.Draft("one", attachments=left))

    await node.do(edit)
    await nodes.settle()
    assert [(await fetched(node, file["url"]))[0] for file in (kept, gone)] == [200, 404]
    assert await files(node) == ["original.webp", "preview.webp"]
    status = await mine.get(f"/api/v1/statuses/{post.id}", "Status")
    assert [file["id"] for file in status["media_attachments"]] == [kept["id"]]


async def test_what_came_into_no_post_goes_after_a_day(nodes: Network, node: Node) -> None:
    anna = await node.person("anna")
    mine = await phone(node, anna)
    loose, kept = [await uploaded(mine, recordings.picture(kind)) for kind in ("PNG", "JPEG")]
    await attached(node, anna, kept)
    nodes.clock.at += timedelta(hours=23)
    await node.context.run(lambda tx: media.forget_unattached(tx, tx.now - timedelta(days=1)))
    assert (await fetched(node, loose["url"]))[0] == 200
    nodes.clock.at += timedelta(hours=2)
    from node.workers.jobs import retention  # noqa: PLC0415  # only here

    await retention.run(node.context, {})
    await nodes.settle()
    assert [(await fetched(node, file["url"]))[0] for file in (kept, loose)] == [200, 404]
    assert await files(node) == ["original.webp", "preview.webp"]


async def test_with_an_account_all_its_files_go(nodes: Network, node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    mine = await phone(node, anna)
    file, loose = [await uploaded(mine, recordings.picture(kind)) for kind in ("PNG", "JPEG")]
    other = await uploaded(await phone(node, bea), recordings.picture("PNG"))
    await attached(node, anna, file)
    await node.do(lambda tx: departures.delete_person(tx, anna))
    await nodes.settle()
    assert [(await fetched(node, each["url"]))[0] for each in (file, loose, other)] == [404, 404, 200]
    assert await files(node) == ["original.webp", "preview.webp"]


async def test_work_that_a_process_did_not_live_to_end_is_done_by_another(nodes: Network, node: Node) -> None:
    """The file is stored and the job is there: nobody works on it, until the next process does."""
    anna = await node.person("anna")
    path = node.context.media.folders.scratch / "came"
    path.write_bytes(recordings.picture())
    file = await node.context.media.store(anna, path)
    await node.do(lambda tx: media.owe_processing(tx, file, tx.now + timedelta(minutes=10)))
    await nodes.settle()
    assert await files(node) == ["upload"]
    nodes.clock.at += timedelta(minutes=10)
    await nodes.settle()
    assert await files(node) == ["original.webp", "preview.webp"]


async def test_a_file_deleted_while_it_is_worked_on_leaves_nothing(nodes: Network, node: Node) -> None:
    anna = await node.person("anna")
    mine = await phone(node, anna)
    answered = await send(mine, V2, recordings.film())
    storage = node.context.media.storage
    put, deleted = storage.put, []

    async def slowly(name, source, media_type):
        if name.endswith("original.mp4"):
            deleted.append(await mine.ask("DELETE", f"{V1}/{answered.body['id']}"))
            key = name.partition("/")[0]  # another process takes the bytes away, before these come
            await storage.remove(key)
            await node.do(lambda tx: jobs.forget(tx, media.REMOVE, key))
        await put(name, source, media_type)

    storage.put = slowly  # type: ignore[method-assign]  # a test
    await nodes.settle()
    assert deleted[0].status == 200
    assert await files(node) == []
