"""The strict peer: a server on Fedify, in a process of its own, that talks to the nodes of a test by real HTTP.

What it checks is what Fedify checks by default; `fedify/` holds its code. It has no queue: when `tell` returns, all
deliveries were answered, and once the nodes have settled nothing is on its way. No test has to wait.
"""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
import orjson

from tests.javascript import Program
from tests.nodes import Network

HOST: Final = "fedify.test"
PROGRAM: Final = Program(Path(__file__).parent / "fedify", "strict peer")
START: Final = 60.0
"""Seconds that a busy machine is given to load it and to make its keys."""


@contextmanager
def process() -> Iterator[dict[str, int]]:
    """Runs it; yields the ports of its federation (`port`) and of its `control`. It ends when its input closes."""
    with PROGRAM.run(HOST) as running:
        assert running.stdout is not None
        ready, _, _ = select.select([running.stdout], [], [], START)
        assert ready, f"the strict peer was not ready within {START} s"
        yield orjson.loads(running.stdout.readline())


@dataclass
class StrictPeer:
    """What tests ask of it. `fred` is its person, `fedigroup` its group, each by id."""

    ports: dict[str, int]
    http: aiohttp.ClientSession
    network: Network
    fred: str = f"http://{HOST}/users/fred"
    fedigroup: str = f"http://{HOST}/users/fedigroup"

    async def meet(self, **options: Any) -> None:
        """A new server, that knows nothing, and that reaches the nodes which run by now."""
        self.network.names.point(HOST, [("127.0.0.1", self.ports["port"])])
        names = {name: found[0][0][1] for name, found in self.network.names.answers.items()}
        await self.tell("reset", names=names, **options)

    async def act(self, verb: str, by: str = "fred", **order: Any) -> Any:
        """Has one of its actors do what `fedify/acting.js` calls so."""
        return await self.tell(verb, **{"as": by, **order})

    async def tell(self, verb: str, **order: Any) -> Any:
        """Has it done, deliveries included; fails the test where the peer could not."""
        async with self.http.post(self._control(verb), data=orjson.dumps(order)) as response:
            body = await response.text()
            assert response.status == 200, body
            return orjson.loads(body)

    async def state(self) -> dict[str, Any]:
        async with self.http.get(self._control("state")) as response:
            found: dict[str, Any] = await response.json()
            return found

    async def received(self, *kinds: str) -> list[dict[str, Any]]:
        """Deliveries that it let in, as `fedify/observing.js` tells them: all, or those of these kinds (`kind_of`)."""
        found = [one for one in (await self.state())["received"] if one["status"] == 202]
        return [one for one in found if not kinds or kind_of(one) in kinds]

    async def asked_for(self, uri: str) -> set[str]:
        """The nodes that got this document of the peer, by host: each names its address in its user agent."""
        path = uri.removeprefix(f"http://{HOST}")
        agents = [agent for asked, agent in (await self.state())["fetched"] if asked == path]
        return {node.context.settings.host for node in self.network.nodes.values() if node.base in "".join(agents)}

    def _control(self, verb: str) -> str:
        return f"http://127.0.0.1:{self.ports['control']}/{verb}"


def kind_of(delivery: dict[str, Any]) -> str:
    """`Announce` of an id; `Announce Create` where a document is embedded."""
    activity = delivery["activity"]
    target = activity["object"]
    return f"{activity['type']} {target['type']}" if isinstance(target, dict) else str(activity["type"])
