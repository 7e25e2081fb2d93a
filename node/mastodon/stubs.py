"""What apps ask for and this node does not have: the one list of routes whose answer is always empty."""

from typing import Any, Final

from node.mastodon.calls import Call
from node.mastodon.errors import Absent
from node.mastodon.routing import Routes

EMPTY: Final[dict[str, str]] = {
    "/api/v1/accounts/{id:[0-9]+}/identity_proofs": "Mastodon has none either any more, and old apps ask",
    "/api/v1/announcements": "operators announce nothing by this node yet",
}
"""Address to why nothing is there. Without an answer some apps show an error at every start."""

routes = Routes()


async def _nothing(_: Call) -> Any:
    return []


async def _absent(_: Call) -> Any:
    raise Absent


for path in EMPTY:
    routes.get(path, "read", "read:accounts")(_nothing)
routes.post("/api/v1/announcements/{id:[0-9]+}/dismiss", "write", "write:accounts")(_absent)
