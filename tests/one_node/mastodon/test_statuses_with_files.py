"""Statuses with files: written, edited, for later, taken away."""

from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from node.queries import jobs
from tests import recordings
from tests.apps import Phone, phone
from tests.nodes import Network, Node

STATUSES = "/api/v1/statuses"


@pytest.fixture
async def mine(node: Node) -> Phone:
    return await phone(node, await node.person("anna"))


async def uploaded(app: Phone, description: str = "") -> str:
    form = aiohttp.FormData({"description": description})
    form.add_field("file", recordings.picture("PNG"), filename="a.png", content_type="image/png")
    answered = await app.ask("POST", "/api/v2/media", data=form)
    assert answered.status == 200, answered.body
    return str(answered.body["id"])


def described(status: Any) -> list[tuple[str, str | None]]:
    return [(file["id"], file["description"]) for file in status["media_attachments"]]


async def test_a_status_has_its_files_in_the_order_given(node: Node, mine: Phone) -> None:
    first, second = await uploaded(mine, "One"), await uploaded(mine, "Two")
    status = await mine.post(STATUSES, "Status", status="", media_ids=[second, first])
    assert described(status) == [(second, "Two"), (first, "One")]
    _, _, document = await node.get(f"/posts/{status['id']}")
    assert [(file["type"], file["name"]) for file in document["attachment"]] == [
        ("Document", "Two"),
        ("Document", "One"),
    ]
    assert (await mine.ask("GET", f"/api/v1/media/{first}")).status == 404
    again = await mine.ask("POST", STATUSES, json={"status": "x", "media_ids": [first]})
    assert (again.status, again.body["error"][:19]) == (422, "Cannot attach files")


async def test_four_files_are_enough_and_others_files_are_none(node: Node, mine: Phone) -> None:
    files = [await uploaded(mine) for _ in range(5)]
    berta = await phone(node, await node.person("berta"))
    for app, media_ids in ((mine, files), (berta, files[:1])):
        answered = await app.ask("POST", STATUSES, json={"status": "x", "media_ids": media_ids})
        assert (answered.status, list(answered.body)) == (422, ["error"])
    poll = {"options": ["a", "b"], "expires_in": 300}
    both = await mine.ask("POST", STATUSES, json={"status": "x", "media_ids": files[:1], "poll": poll})
    assert both.status == 422
    assert len((await mine.post(STATUSES, "Status", status="x", media_ids=files[:4]))["media_attachments"]) == 4


async def test_an_edit_describes_adds_and_takes_out(mine: Phone, nodes: Network) -> None:
    first, second, third = [await uploaded(mine, name) for name in ("One", "Two", "Three")]
    status = await mine.post(STATUSES, "Status", status="x", media_ids=[first, second])
    path = f"{STATUSES}/{status['id']}"
    nodes.clock.at += timedelta(minutes=1)
    attributes = [{"id": first, "description": "One, better", "focus": "0.5,-0.5"}, {"id": "77", "description": "?"}]
    edited = await mine.put(path, "Status", status="x", media_ids=[first, third], media_attributes=attributes)
    assert described(edited) == [(first, "One, better"), (third, "Three")]
    assert edited["media_attachments"][0]["meta"]["focus"] == {"x": 0.5, "y": -0.5}
    form = {
        "status": "y",
        "media_ids[]": third,
        "media_attributes[][id]": third,
        "media_attributes[][description]": "3",
    }
    answered = await mine.ask("PUT", path, data=form)
    assert described(answered.body) == [(third, "3")]
    history = await mine.get(f"{path}/history", "[StatusEdit]")
    assert [len(version["media_attachments"]) for version in history] == [0, 1, 1]


async def test_a_status_for_later_keeps_its_files(mine: Phone, nodes: Network) -> None:
    file = await uploaded(mine, "One")
    at = (nodes.clock.at + timedelta(days=2)).isoformat()
    waiting = await mine.post(STATUSES, "ScheduledStatus", status="x", media_ids=[file], scheduled_at=at)
    assert (waiting["params"]["media_ids"], described(waiting)) == ([file], [(file, "One")])
    taken = await mine.ask("POST", STATUSES, json={"status": "x", "media_ids": [file]})
    assert taken.status == 422
    nodes.clock.at += timedelta(days=2)
    await nodes.settle()
    status = (await mine.get("/api/v1/timelines/home", "[Status]"))[0]
    assert described(status) == [(file, "One")]


async def test_called_off_its_files_can_be_used_again(mine: Phone, nodes: Network) -> None:
    file = await uploaded(mine, "One")
    at = (nodes.clock.at + timedelta(hours=2)).isoformat()
    waiting = await mine.post(STATUSES, "ScheduledStatus", status="x", media_ids=[file], scheduled_at=at)
    await mine.delete(f"/api/v1/scheduled_statuses/{waiting['id']}")
    assert described(await mine.post(STATUSES, "Status", status="x", media_ids=[file])) == [(file, "One")]


async def test_a_deleted_status_can_be_written_anew_with_its_files(node: Node, mine: Phone) -> None:
    """Meanwhile nobody gets them."""
    file = await uploaded(mine, "One")
    status = await mine.post(STATUSES, "Status", status="x", media_ids=[file])
    url = status["media_attachments"][0]["url"]
    assert await answer_at(node, url) == 200
    gone = await mine.delete(f"{STATUSES}/{status['id']}", "DeletedStatus")
    assert described(gone) == [(file, "One")]
    assert await answer_at(node, url) == 404
    berta = await phone(node, await node.person("berta"))
    assert (await berta.ask("POST", STATUSES, json={"status": "y", "media_ids": [file]})).status == 422
    again = await mine.post(STATUSES, "Status", status="y", media_ids=[file])
    assert (described(again), await answer_at(node, url)) == ([(file, "One")], 200)


async def test_files_of_a_deleted_status_go_with_it_or_after_a_day(nodes: Network, node: Node, mine: Phone) -> None:
    for deleting, after in (({"delete_media": True}, timedelta()), ({}, timedelta(days=2))):
        file = await uploaded(mine, "One")
        status = await mine.post(STATUSES, "Status", status="x", media_ids=[file])
        await mine.delete(f"{STATUSES}/{status['id']}", "DeletedStatus", **deleting)
        nodes.clock.at += after
        await node.do(lambda tx: jobs.add(tx, "retention", "", {}))
        await nodes.settle()
        assert (await mine.ask("POST", STATUSES, json={"status": "y", "media_ids": [file]})).status == 422
    assert [path for path in node.context.media.folders.files.rglob("*") if path.is_file()] == []


async def answer_at(node: Node, url: str) -> int:
    async with node.http.get(url) as response:
        return response.status
