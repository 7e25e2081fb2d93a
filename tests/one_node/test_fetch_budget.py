"""What one delivery may make us ask for: every request counts, WebFinger and redirects too."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from aiohttp import web

from node.context.budget import MOST_FETCHES
from node.context.fetching import MOST_FOR_A_KEY
from tests.nodes import Network, Node
from tests.strangers import PUBLIC, Person, Stranger


@pytest.fixture
async def node(sqlite_nodes: Network) -> Node:
    return await sqlite_nodes.node("a")


class Maze:
    """d.test, where each post answers another one by another author, and everything is found after three redirects."""

    def __init__(self, model: Person, redirects: int = 3) -> None:
        self.model, self.redirects, self.asked = model, redirects, list[str]()

    async def answer(self, request: web.BaseRequest) -> web.Response:
        self.asked.append(request.path_qs)
        further = int(request.query.get("hop", "0")) + 1
        if further <= self.redirects:
            return web.Response(status=302, headers={"Location": str(request.url.update_query(hop=further))})
        kinds: dict[str, Callable[[str], dict[str, Any]]] = {"users": self._actor, "notes": self._note}
        _, kind, name = request.path.split("/")
        found = self._webfinger(request.query["resource"]) if kind == ".well-known" else kinds[kind](name)
        content_type = "application/jrd+json" if kind == ".well-known" else "application/activity+json"
        return web.Response(body=orjson.dumps(found), content_type=content_type)

    def person(self, name: str) -> Person:
        return Person(f"http://d.test/users/{name}", self.model.rsa, self.model.ed25519)

    def _actor(self, name: str) -> dict[str, Any]:
        return self.person(name).document()

    def _note(self, name: str) -> dict[str, Any]:
        author, above = f"http://d.test/users/author-{name}", f"http://d.test/notes/{int(name) + 1}"
        values = {"content": "<p>Hello</p>", "published": "2026-01-01T10:00:00Z", "to": [PUBLIC]}
        return {
            "id": f"http://d.test/notes/{name}",
            "type": "Note",
            "attributedTo": author,
            "inReplyTo": above,
        } | values

    def _webfinger(self, resource: str) -> dict[str, Any]:
        name = resource.removeprefix("acct:").partition("@")[0]
        link = {"rel": "self", "type": "application/activity+json", "href": f"http://d.test/users/{name}"}
        return {"subject": f"acct:{name}@d.test", "links": [link]}


@pytest.mark.parametrize("redirects", [0, 3])
async def test_one_delivery_causes_so_many_requests(
    sqlite_nodes: Network, node: Node, stranger: Stranger, redirects: int
) -> None:
    bob, anna = stranger.person("bob"), await node.person("anna")
    maze = Maze(bob, redirects)
    await sqlite_nodes.serve_host("d.test", maze.answer)
    mention = {"type": "Mention", "href": anna.uri, "name": "@anna@a.test"}
    values = {"to": [PUBLIC, anna.uri], "tag": [mention], "inReplyTo": "http://d.test/notes/0"}
    note = stranger.note(bob, "notes/1", **values)
    await stranger.send(node, stranger.create(bob, note), bob)
    while await node.work():  # without moving the clock: what is put back is another try, with a budget of its own
        continue
    assert len(maze.asked) == MOST_FETCHES
    assert await node.known(note["id"]) is not None


@pytest.mark.parametrize(("redirects", "status"), [(0, 202), (2, 202), (3, 401)])
async def test_a_key_costs_so_many_requests(
    sqlite_nodes: Network, node: Node, stranger: Stranger, redirects: int, status: int
) -> None:
    maze = Maze(stranger.person("bob"), redirects)
    await sqlite_nodes.serve_host("d.test", maze.answer)
    mallory = maze.person("mallory")
    like = stranger.activity("Like", mallory, "http://a.test/posts/1", id="http://d.test/likes/1")
    assert (await stranger.send(node, like, mallory)).status == status
    assert len(maze.asked) <= MOST_FOR_A_KEY


async def test_whose_handle_could_not_be_asked_for_is_not_stored_without_one(
    sqlite_nodes: Network, node: Node, stranger: Stranger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.context.fetching.MOST_FOR_A_KEY", 1)
    bob = stranger.person("bob")
    like = stranger.activity("Like", bob, "http://a.test/posts/1")
    assert (await stranger.send(node, like, bob)).status == 401
    monkeypatch.undo()
    assert (await stranger.send(node, like, bob)).status == 401  # for ten minutes
    sqlite_nodes.clock.move(timedelta(minutes=11))
    assert (await stranger.send(node, like, bob)).status == 202
    assert (await node.actor(bob.uri)).handle == "bob@c.test"
