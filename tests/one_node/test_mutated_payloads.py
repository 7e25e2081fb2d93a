"""Real payloads, damaged in every way, signed and sent to a running node: each is answered, none breaks it.

Those of our own in `tests/captures`, and, where they lie beside the checkout, those collected from other projects. All
is sent to one node, since a node that broke would break for what comes after it.
"""

import asyncio
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from structlog.testing import capture_logs

from federation.signatures import Scheme
from node.database import Transaction
from node.queries import actors as actor_rows, follows as follow_rows
from tests.conftest import LONG
from tests.mutations import damaged
from tests.nodes import Network, Node
from tests.payloads import CAPTURES, INTEROP, documents, needs_interop
from tests.strangers import Person, Stranger

EXAMPLES = 3_000 if LONG else 120
SECONDS = 20.0
"""For one activity, taken in and worked off, on a busy machine: what takes longer hangs."""
ANSWERS = {202, 400, 401, 403, 413}


def as_said_by(person: Person, document: dict[str, Any], number: int) -> dict[str, Any]:
    """The same of somebody whose signature fits: what is no activity becomes the object of one."""
    whole = document if "actor" in document and "type" in document else {"type": "Create", "object": document}
    author = document.get("actor") if isinstance(document.get("actor"), str) else _author(whole)
    text = orjson.dumps(whole | {"actor": person.uri})
    if author is not None:
        text = text.replace(orjson.dumps(author), orjson.dumps(person.uri))
    text = text.replace(b'"' + _origin(document).encode(), b'"http://c.test')
    shapes = [person.uri, {"id": person.uri, "type": "Person"}, [person.uri]]
    return orjson.loads(text) | {"id": f"{person.uri}#{number}", "actor": shapes[number % 3]}


def _author(whole: dict[str, Any]) -> str | None:
    target = whole.get("object")
    found = target.get("attributedTo") if isinstance(target, dict) else None
    return found if isinstance(found, str) else None


def _origin(document: dict[str, Any]) -> str:
    """Of the payload's own host, whose ids become those of the stranger's."""
    stated = document.get("id")
    parts = stated.split("/") if isinstance(stated, str) else []
    return "/".join(parts[:3]) if len(parts) > 3 and parts[2] else "http://c.test"


class Target:
    """A node with somebody who follows the stranger, a group, and a post: something for everything to be about."""

    def __init__(self, node: Node, stranger: Stranger, sound: Stranger) -> None:
        self.node, self.stranger, self.sound = node, stranger, sound
        self.bob, self.carla = stranger.person("bob"), sound.person("carla")
        self.sent = 0
        self.statuses: set[int] = set()

    async def throw(self, document: dict[str, Any], scheme: Scheme) -> None:
        self.sent += 1
        activity = as_said_by(self.bob, document, self.sent)
        with capture_logs() as log:
            async with asyncio.timeout(SECONDS):
                answer = await self.stranger.send(self.node, activity, self.bob, scheme=scheme)
                await self.work_off()
        assert answer.status in ANSWERS, answer.status
        assert not [line for line in log if line["log_level"] in {"error", "critical"}], log
        self.statuses.add(answer.status)

    async def work_off(self) -> None:
        for _ in range(50):
            if not await self.node.work():
                return
        raise AssertionError("the node does not come to rest")

    async def still_serves(self) -> None:
        """Somebody else, since Bob may have deleted himself, or ended that he is followed."""
        await self.node.do(lambda tx: _followed(tx, self.carla.uri))
        note = self.sound.note(self.carla, "notes/after")
        assert (await self.sound.send(self.node, self.sound.create(self.carla, note), self.carla)).status == 202
        await self.work_off()
        assert (await self.node.required(note["id"])).content == "<p>Hello</p>"
        for path in (
            "/actor",
            "/users/anna",
            "/groups/garden",
            "/groups/garden/outbox?page=true",
            "/.well-known/nodeinfo",
        ):
            assert (await self.node.get(path))[0] == 200
        anna = await self.node.actor("http://a.test/users/anna")
        assert await self.node.home(anna)
        assert (await self.node.get("/@garden", accept="text/html"))[0] == 200


async def _followed(tx: Transaction, uri: str) -> None:
    anna, bob = await actor_rows.required(tx, "http://a.test/users/anna"), await actor_rows.required(tx, uri)
    follow = await follow_rows.add(tx, anna, bob, f"{anna.uri}#follow/{bob.id}")
    await follow_rows.change(tx, follow, accepted_at=tx.now)


@pytest.fixture
async def target(nodes: Network) -> Target:
    target = Target(await nodes.node("a"), Stranger(nodes, "c"), Stranger(nodes, "d"))
    await target.stranger.serve()
    await target.sound.serve()
    anna = await target.node.person("anna")
    await target.node.group("garden", anna)
    await target.node.post(anna, "Hello", group="garden@a.test")
    await target.node.do(lambda tx: _followed(tx, target.bob.uri))
    return target


async def _throw_all(target: Target, payloads: list[dict[str, Any]], examples: int) -> None:
    """Hypothesis draws the documents; the loop that the node runs in sends them."""
    loop = asyncio.get_running_loop()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(damaged(payloads), st.sampled_from(Scheme))
    def attack(document: dict[str, Any], scheme: Scheme) -> None:
        asyncio.run_coroutine_threadsafe(target.throw(document, scheme), loop).result(2 * SECONDS)

    await asyncio.to_thread(attack)
    await target.still_serves()


@pytest.mark.both_databases
async def test_our_captures_as_they_are_and_damaged(target: Target) -> None:
    payloads = documents(CAPTURES)
    for document in payloads:
        await target.throw(document, Scheme.CAVAGE)
    assert 202 in target.statuses
    await _throw_all(target, payloads, EXAMPLES)
    assert target.statuses >= {202, 400}
    assert set(await target.node.outcomes()) >= {"handled", "ignored", "refused"}


@needs_interop
async def test_collected_payloads_damaged(target: Target) -> None:
    await _throw_all(target, documents(INTEROP), EXAMPLES)
    assert target.statuses >= {202, 400}
