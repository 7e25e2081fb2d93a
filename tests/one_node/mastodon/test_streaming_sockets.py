"""How a stream is opened, kept and ended: tokens, subprotocols, frames, heartbeats, limits; and server-sent events."""

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import WSServerHandshakeError

from node.mastodon import streaming
from node.mastodon.streaming import HUB, connections as limits, hub as hub_module
from node.mastodon.streaming.hub import Pace
from node.mastodon.tokens import TOKENS
from node.queries import apps as app_rows
from node.services import users
from tests.apps import Phone, phone
from tests.nodes import Network, Node
from tests.streams import PATIENCE, Socket, connections, opened, until

PATH = "/api/v1/streaming"


@asynccontextmanager
async def connected(node, path=PATH, **how):
    async with node.http.ws_connect(f"{node.base}{path}", **how) as raw:
        yield Socket(raw)


async def test_a_token_comes_in_each_of_three_ways(node: Node) -> None:
    anna = await node.person("anna")
    token = (await phone(node, anna)).token
    header = {"Authorization": f"Bearer {token}"}
    for how in (
        {"headers": header},
        {"path": f"{PATH}?access_token={token}"},
        {"protocols": [token]},
        {"headers": header, "protocols": [token]},
        {"path": f"{PATH}/", "headers": header},
    ):
        async with connected(node, **how) as socket:
            assert socket.raw.protocol == (token if "protocols" in how else None)
            await socket.say("subscribe", "user")
            await until(lambda: connections(node)[-1].streams)
            await node.post(anna, "hello")
            assert (await socket.next())[1] == "update"
        await until(lambda: not connections(node))


async def test_who_has_no_token_gets_no_socket(node: Node) -> None:
    anna = await node.person("anna")
    narrow = (await phone(node, anna, "write:statuses")).token
    for how, status in (({}, 401), ({"protocols": ["wrong"]}, 401), ({"path": f"{PATH}?access_token={narrow}"}, 403)):
        with pytest.raises(WSServerHandshakeError) as refused:
            async with connected(node, **how):
                pass
        assert refused.value.status == status
    answered = await Phone(node, "wrong").ask("GET", f"{PATH}/user")
    assert (answered.status, answered.body) == (401, {"error": "The access token is invalid"})
    assert answered.headers["Access-Control-Allow-Origin"] == "*"
    elsewhere = await Phone(node).ask("GET", f"/api/v1/timelines/home?access_token={(await phone(node, anna)).token}")
    assert elsewhere.status == 401


async def test_the_request_may_name_a_stream(node: Node) -> None:
    anna = await node.person("anna")
    token = (await phone(node, anna)).token
    async with connected(node, f"{PATH}?stream=hashtag&tag=Garden&access_token={token}") as socket:
        await until(lambda: connections(node)[0].streams)
        await node.post(anna, "#garden")
        assert (await socket.next())[0] == ["hashtag", "Garden"]
    async with connected(node, f"{PATH}?stream=local&access_token={token}") as socket:
        assert await socket.frame() == {"error": "Unknown stream type", "status": 400}
        await socket.say("subscribe", "public")
        await until(lambda: connections(node)[-1].streams)
        await node.post(anna, "hello")
        assert (await socket.next())[0] == ["public"]


async def test_what_cannot_be_subscribed_to_is_refused_in_a_frame(node: Node) -> None:
    anna, bea = await node.person("anna"), await node.person("bea")
    theirs = await (await phone(node, bea)).post("/api/v1/lists", "List", title="friends")
    async with opened(await phone(node, anna, "read:notifications")) as narrow:
        await narrow.say("subscribe", "public")
        assert await narrow.frame() == {"error": "This action is outside the authorized scopes", "status": 403}
        await narrow.say("subscribe", "user:notification")
        await until(lambda: connections(node)[0].streams)
    async with opened(await phone(node, anna)) as hers:
        await hers.raw.send_str("no json")
        await hers.raw.send_str('["no object"]')
        await hers.raw.send_str('{"type": "dance"}')
        for stream, more, error in (
            ("hashtag", {}, {"error": "Missing tag name parameter", "status": 400}),
            ("list", {"list": "x"}, {"error": "Missing list name parameter", "status": 400}),
            ("list", {"list": theirs["id"]}, {"error": "Record not found", "status": 404}),
        ):
            await hers.say("subscribe", stream, **more)
            assert await hers.frame() == error


async def test_binary_frames_end_the_socket(node: Node) -> None:
    async with opened(await phone(node, await node.person("anna"))) as hers:
        await hers.raw.send_bytes(b"\x00")
        assert await hers.closed() == 1003
    await until(lambda: not connections(node))


async def test_a_client_that_floods_is_put_out(node: Node) -> None:
    async with opened(await phone(node, await node.person("anna"))) as hers:
        for _ in range(300):
            await hers.raw.send_str("{}")
        assert await hers.closed() == 1008


async def test_a_client_that_reads_nothing_is_cut_off(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_WAITING", 3)
    anna = await node.person("anna")
    async with opened(await phone(node, anna), "user") as stuck, opened(await phone(node, anna), "user") as other:
        connection = connections(node)[0]
        for _ in range(5):  # before its sender has had a turn
            connection.send(b"{}")
        await until(lambda: len(connections(node)) == 1)
        assert await stuck.closed() is not None
        await node.post(anna, "goes on")
        assert (await other.next())[1] == "update"


async def test_a_ping_that_is_not_answered_ends_the_socket(node: Node) -> None:
    node.app[HUB].pace = Pace(ping=0.05)
    mine = await phone(node, await node.person("anna"))
    async with opened(mine, autoping=False) as silent, opened(mine, "user") as awake:
        async with asyncio.timeout(PATIENCE):
            assert (await silent.raw.receive()).type is aiohttp.WSMsgType.PING
        reading = asyncio.create_task(awake.next())  # whoever reads answers
        await until(lambda: len(connections(node)) == 1)
        await node.post(connections(node)[0].call.actor, "still here")
        assert (await reading)[1] == "update"


async def test_a_token_that_is_revoked_ends_its_sockets_alone(node: Node) -> None:
    anna = await node.person("anna")
    first, second = await phone(node, anna), await phone(node, anna)
    async with opened(first, "user") as gone, opened(second, "user") as stays:
        revoked = (await node.app[TOKENS].viewer(first.token)).token_id
        await node.do(lambda tx: app_rows.remove_token(tx, revoked))
        assert await gone.closed() == 1008
        await node.post(anna, "hello")
        assert (await stays.next())[1] == "update"

        async def disable(tx):
            await users.disable(tx, (await users.required(tx, "anna"))[0])

        await node.do(disable)
        assert await stays.closed() == 1008
    await until(lambda: not connections(node))


async def test_who_comes_while_tokens_are_looked_up_stays(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    anna, bea = [await phone(node, await node.person(name)) for name in ("anna", "bea")]
    looked_up, second = app_rows.standing, asyncio.get_running_loop().create_future()
    async with opened(anna, "user") as first, AsyncExitStack() as later:

        async def standing(tx, token_ids):
            monkeypatch.undo()
            second.set_result(await later.enter_async_context(opened(bea, "user")))
            return await looked_up(tx, token_ids)

        monkeypatch.setattr(app_rows, "standing", standing)
        node.context.bus.publish(["actors"])
        for socket, connection in zip((first, await second), connections(node), strict=True):
            await node.post(connection.call.actor, "hello")
            assert (await socket.next())[1] == "update"


async def test_streams_of_a_token_and_of_a_process_are_bounded(nodes: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "PER_TOKEN", 2)
    node = await nodes.node("a", ORDITO_STREAMS="3")
    anna, bea, carla = [await phone(node, await node.person(name)) for name in ("anna", "bea", "carla")]
    async with opened(anna), opened(anna), opened(bea):
        for app, status, error in (
            (anna, 429, "Too many open streams"),
            (carla, 503, "This node has as many open streams as it bears."),
        ):
            answered = await app.ask("GET", f"{PATH}/user")
            assert (answered.status, answered.body["error"]) == (status, error)
            with pytest.raises(WSServerHandshakeError) as refused:
                async with connected(node, headers={"Authorization": f"Bearer {app.token}"}):
                    pass
            assert refused.value.status == status
    await until(lambda: not connections(node))
    async with opened(carla):
        assert len(connections(node)) == 1


async def test_streams_end_when_the_process_does(node: Node) -> None:
    async with opened(await phone(node, await node.person("anna")), "user") as hers:
        await node.app[HUB].close()
        assert await hers.closed() == 1001


async def records(response):
    """Each event, and each comment, as it comes."""
    async with asyncio.timeout(PATIENCE):
        while True:
            lines = [(await response.content.readline()).decode().rstrip("\n")]
            if not lines[0].startswith(":"):
                while line := (await response.content.readline()).decode().rstrip("\n"):
                    lines.append(line)
            yield lines


@asynccontextmanager
async def event_stream(app, path, **how):
    url, headers = f"{app.node.base}{PATH}{path}", {"Authorization": f"Bearer {app.token}"}
    async with app.node.http.get(url, headers=headers, **how) as response:
        assert response.status == 200, await response.text()
        yield response, records(response)


async def test_events_come_as_lines_too(node: Node) -> None:
    anna = await node.person("anna")
    mine = await phone(node, anna)
    node.app[HUB].pace = Pace(thump=0.05)
    async with event_stream(mine, "/user") as (response, lines):
        assert response.headers["Content-Type"] == "text/event-stream"
        assert response.headers["Cache-Control"] == "private, no-store"
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert [await anext(lines) for _ in range(3)] == [[":)"], [":thump"], [":thump"]]
        post = await node.post(anna, "two\n\nlines")
        while (record := await anext(lines)) == [":thump"]:
            pass
        assert record[0] == "event: update"
        assert json.loads(record[1].removeprefix("data: "))["id"] == str(post.id)
        assert len(record) == 2


async def test_every_path_has_its_stream(node: Node) -> None:
    anna = await node.person("anna")
    mine = await phone(node, anna)
    made = await mine.post("/api/v1/lists", "List", title="friends")
    await mine.post(f"/api/v1/lists/{made['id']}/accounts", account_ids=[str(anna.id)])
    for path, how in (
        ("/user", {}),
        ("/public", {}),
        ("/public/", {}),
        ("/public/local", {}),
        ("/hashtag?tag=garden", {}),
        ("/hashtag/local", {"data": {"tag": "garden"}}),  # Mastodon.py: a form in the body of a GET
        ("/list", {"data": {"list": made["id"]}}),
        ("?stream=user", {}),
    ):
        async with event_stream(mine, path, **how) as (_, lines):
            assert await anext(lines) == [":)"]
            await node.post(anna, "#garden")
            assert (await anext(lines))[0] == "event: update", path
    for path, status, error in (
        ("/hashtag", 400, "Missing tag name parameter"),
        ("/list?list=1", 404, "Record not found"),
        ("?stream=local", 400, "Unknown stream type"),
        ("", 400, "Unknown stream type"),
        ("/nothing", 404, "There is nothing at this address."),
    ):
        answered = await mine.ask("GET", f"{PATH}{path}")
        assert (answered.status, answered.body) == (status, {"error": error}), path
    async with event_stream(mine, "/public?only_media=true") as (_, lines):
        assert [stream.name for connection in connections(node) for stream in connection.streams][-1] == "public:media"


async def test_monitors_are_told_that_it_is_there(node: Node) -> None:
    answered = await Phone(node).ask("GET", f"{PATH}/health")
    assert (answered.status, answered.body) == (200, "OK")


async def test_apps_are_told_where_to_stream(node: Node) -> None:
    assert (await Phone(node).get("/api/v2/instance", "Instance"))["configuration"]["urls"][
        "streaming"
    ] == "ws://a.test"
    assert (await Phone(node).get("/api/v1/instance", "V1Instance"))["urls"] == {"streaming_api": "ws://a.test"}
    assert streaming.address(replace(node.context.settings, base_url="https://a.example")) == "wss://a.example"
