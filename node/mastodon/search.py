"""Search: accounts, posts, hashtags; an address is fetched for those who are signed in."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from node.database import Transaction
from node.errors import Unauthenticated
from node.mastodon import rendering, tags
from node.mastodon.calls import Call, id_of
from node.mastodon.entities.accounts import Entity
from node.mastodon.paging import size
from node.mastodon.routing import Access, Routes
from node.services import finding
from node.services.finding import Question

routes = Routes()
EVERYTHING: Final = ("accounts", "statuses", "hashtags")
_NO_PAGES: Final = "Search queries pagination is not supported without authentication"
_NO_RESOLVING: Final = "Search queries that resolve remote resources are not supported without authentication"


@routes.get("/api/v2/search", "read", "read:search", access=Access.ANYBODY, takes="search", returns="Search")
async def search(call: Call) -> Any:
    return await _found(call)


@routes.get("/api/v1/search", "read", "read:search", access=Access.ANYBODY, takes="search", returns="OldSearch")
async def old_search(call: Call) -> Any:
    """Hashtags as their names alone."""
    found = await _found(call)
    return found | {"hashtags": [item["name"] for item in found["hashtags"]]}


async def _found(call: Call) -> Entity:
    _check_signed_in(call)
    question = Question(
        call.get("q"),
        resolve=call.get("resolve", False),
        limit=size(call, default=20, most=40),
        offset=call.get("offset", 0),
        following=call.get("following", False),
        author_id=id_of(call.get("account_id")),
    )
    wanted = call.get("type")

    async def work(tx: Transaction) -> Entity:
        nothing: Entity = {kind: [] for kind in EVERYTHING}
        kinds = (wanted,) if wanted else EVERYTHING
        return nothing | {kind: await _FINDERS[kind](tx, call, question) for kind in kinds}

    return await call.context.read(work)


def _check_signed_in(call: Call) -> None:
    """Raises `Unauthenticated` with Mastodon's words."""
    if call.viewer.actor is None and call.get("offset"):
        raise Unauthenticated(_NO_PAGES, "search.offset")
    if call.viewer.actor is None and call.get("resolve"):
        raise Unauthenticated(_NO_RESOLVING, "search.resolve")


async def _accounts(tx: Transaction, call: Call, question: Question) -> list[Entity]:
    return await rendering.accounts(tx, call, await finding.accounts(tx, call.viewer.actor, question))


async def _statuses(tx: Transaction, call: Call, question: Question) -> list[Entity]:
    return await rendering.statuses(tx, call, await finding.posts(tx, call.viewer.actor, question))


async def _hashtags(tx: Transaction, call: Call, question: Question) -> list[Entity]:
    return await tags.rendered(tx, await finding.hashtags(tx, question), call.viewer.actor)


_FINDERS: Final[dict[str, Callable[[Transaction, Call, Question], Awaitable[list[Entity]]]]] = {
    "accounts": _accounts,
    "statuses": _statuses,
    "hashtags": _hashtags,
}
