"""Timelines: lists of statuses, newest first."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from node.database import Transaction
from node.database.tables import Post
from node.mastodon import rendering
from node.mastodon.answers import Page
from node.mastodon.calls import Call
from node.mastodon.entities.accounts import Entity
from node.mastodon.filtering import left_out
from node.mastodon.paging import window
from node.mastodon.routing import Access, Routes
from node.queries import accounts as account_rows, collected, feeds, home as home_rows
from node.queries.collected import Collected
from node.queries.timelines import Page as Window
from node.services import lists

MOST_ROUNDS: Final = 5
"""So often it is looked for more where all that was found is hidden by her filters."""
READ: Final = ("read", "read:statuses")

routes = Routes()


@dataclass(frozen=True, slots=True)
class Part:
    """Of a timeline, newest first; `oldest` and `newest` are what the next parts begin at."""

    rows: Sequence[Post]
    originals: Mapping[int, Post] | None = None
    oldest: int | None = field(default=None)
    newest: int | None = field(default=None)

    @classmethod
    def of(cls, rows: Sequence[Post]) -> "Part":
        return cls(rows, oldest=rows[-1].id, newest=rows[0].id) if rows else cls(rows)


Fetch: TypeAlias = Callable[[Window], Awaitable[Part]]


async def page(tx: Transaction, call: Call, fetch: Fetch, context: str | None = None) -> Page:
    """With both links while there is anything on it: what is filtered can make a page short, but never empty while
    there is more. `context`: in which lists her filters hide what they are about."""
    asked = window(call)
    items: list[Entity] = []
    newest = oldest = None
    for _ in range(MOST_ROUNDS):
        part = await fetch(asked)
        rendered = await rendering.statuses(tx, call, part.rows, part.originals)
        items += [entity for entity in rendered if context is None or not left_out(entity, context)]
        if part.oldest is None or part.newest is None:
            break
        newest = max(newest or 0, part.newest)
        oldest = min(oldest or part.oldest, part.oldest)
        if items:
            break
        asked = replace(asked, above=part.newest) if asked.upwards else replace(asked, before=part.oldest)
    return Page(items, older=oldest, newer=newest if items else None)


async def page_of(
    tx: Transaction, call: Call, fetch: Callable[[Window], Awaitable[Sequence[Post]]], context: str | None = None
) -> Page:
    async def part(asked: Window) -> Part:
        return Part.of(await fetch(asked))

    return await page(tx, call, part, context)


@routes.get("/api/v1/timelines/home", *READ, takes="window", returns="[Status]", pages=True)
async def home(call: Call) -> Any:
    async with call.reading() as tx:

        async def part(asked: Window) -> Part:
            found = await home_rows.page(tx, call.actor, asked)
            return Part(found.rows, found.originals, found.oldest, found.newest)

        return await page(tx, call, part, "home")


@routes.get(
    "/api/v1/timelines/public", *READ, access=Access.ANYBODY, takes="PublicFeed", returns="[Status]", pages=True
)
async def public(call: Call) -> Any:
    flags = {name: bool(call.get(name, False)) for name in ("local", "remote", "only_media")}
    async with call.reading() as tx:
        return await page_of(
            tx, call, lambda asked: feeds.public(tx, call.viewer.actor, asked, **flags), context="public"
        )


@routes.get(
    "/api/v1/timelines/tag/{tag}", *READ, access=Access.ANYBODY, takes="TagFeed", returns="[Status]", pages=True
)
async def tag(call: Call) -> Any:
    also = {name: [text.lstrip("#").casefold() for text in call.get(name, ())] for name in ("any", "all", "none")}
    names = [call.text("tag").lstrip("#").casefold(), *also["any"]]
    flags = {name: bool(call.get(name, False)) for name in ("local", "only_media")}
    async with call.reading() as tx:

        async def found(asked: Window) -> Sequence[Post]:
            return await feeds.tagged(
                tx, call.viewer.actor, asked, names, every=also["all"], none=also["none"], **flags
            )

        return await page_of(tx, call, found, context="public")


@routes.get("/api/v1/timelines/list/{id:[0-9]+}", "read", "read:lists", takes="window", returns="[Status]", pages=True)
async def of_list(call: Call) -> Any:
    """Of a group that she is in, what that has passed on."""
    async with call.reading() as tx:
        found = await lists.required(tx, call.actor, call.id())
        return await page_of(tx, call, lambda asked: lists.posts(tx, call.actor, found, asked), context="home")


@routes.get("/api/v1/timelines/direct", *READ, takes="window", returns="[Status]", pages=True)
async def direct(call: Call) -> Any:
    async with call.reading() as tx:
        return await page_of(tx, call, lambda asked: feeds.direct(tx, call.actor, asked))


@routes.get("/api/v1/favourites", "read", "read:favourites", takes="window", returns="[Status]", pages=True)
async def favourites(call: Call) -> Any:
    async with call.reading() as tx:
        return await _collected(tx, call, await collected.favourites(tx, call.actor, window(call)))


@routes.get("/api/v1/bookmarks", "read", "read:bookmarks", takes="window", returns="[Status]", pages=True)
async def bookmarks(call: Call) -> Any:
    async with call.reading() as tx:
        return await _collected(tx, call, await collected.bookmarks(tx, call.actor, window(call)))


async def _collected(tx: Transaction, call: Call, found: Sequence[Collected]) -> Page:
    """By the ids of the relations; no next one after the last."""
    items = await rendering.statuses(tx, call, [post for _, post in found])
    goes_on = len(found) == window(call).size
    return Page(items, older=found[-1][0] if goes_on else None, newer=found[0][0] if found else None)


@routes.get(
    "/api/v1/accounts/{id:[0-9]+}/statuses",
    *READ,
    access=Access.ANYBODY,
    takes="AccountFeed",
    returns="[Status]",
    pages=True,
)
async def of_account(call: Call) -> Any:
    viewer = call.viewer.actor
    async with call.reading() as tx:
        author = await account_rows.known_to(tx, viewer, call.id())
        if call.get("pinned", False):
            return await rendering.statuses(tx, call, await feeds.pinned(tx, author, viewer))
        tag = str(call.get("tagged", "")).lstrip("#").casefold() or None
        flags = {
            "replies": not call.get("exclude_replies", False),
            "reblogs": not call.get("exclude_reblogs", False),
            "only_media": bool(call.get("only_media", False)),
        }
        return await page_of(tx, call, lambda asked: feeds.of_account(tx, author, viewer, asked, tag=tag, **flags))
