"""Hashtags: what is known of one, whom she follows, and those that she and others show on their pages."""

from collections.abc import Sequence
from typing import Any, Final

from node.database import Transaction
from node.database.tables import Actor
from node.mastodon.answers import Page
from node.mastodon.calls import Call
from node.mastodon.entities import tags as entities
from node.mastodon.entities.accounts import Entity
from node.mastodon.paging import window
from node.mastodon.routing import Access, Routes
from node.queries import accounts as account_rows, hashtags as hashtag_rows
from node.services import hashtags

FOLLOWS: Final = ("read", "read:follows", "follow")
FOLLOW: Final = ("write", "write:follows", "follow")
ACCOUNTS: Final = ("write", "write:accounts")
ONE: Final = "/api/v1/tags/{name}"
SUGGESTED: Final = 10

routes = Routes()


async def rendered(tx: Transaction, names: Sequence[str], viewer: Actor | None) -> list[Entity]:
    """In the order of the names, with their last days."""
    days, base_url = await hashtag_rows.history(tx, names), tx.settings.base_url
    if viewer is None:
        return [entities.tag(name, days[name], base_url) for name in names]
    followed = await hashtag_rows.followed_among(tx, viewer.id, names)
    shown = {tag.name for tag in await hashtag_rows.featured(tx, viewer.id)}
    return [
        entities.tag(name, days[name], base_url, following=name in followed, featuring=name in shown) for name in names
    ]


async def _one(tx: Transaction, call: Call, name: str) -> Entity:
    return (await rendered(tx, [name], call.viewer.actor))[0]


@routes.get(ONE, "read", access=Access.ANYBODY, returns="Tag")
async def show(call: Call) -> Any:
    """One that nobody has used is there all the same, without uses."""
    async with call.reading() as tx:
        return await _one(tx, call, hashtags.named(call.text("name")))


@routes.get("/api/v1/followed_tags", *FOLLOWS, takes="window", returns="[Tag]", pages=True)
async def followed(call: Call) -> Any:
    asked = window(call, default=100, most=200)
    async with call.reading() as tx:
        found = await hashtag_rows.followed(tx, call.actor.id, asked)
        items = await rendered(tx, [row.name for row in found], call.actor)
        older = found[-1].id if len(found) == asked.size else None
        return Page(items, older, found[0].id if found else None, newer_by="since_id")


@routes.post(f"{ONE}/follow", *FOLLOW, returns="Tag")
async def follow(call: Call) -> Any:
    async def work(tx: Transaction) -> Entity:
        name = hashtags.named(call.text("name"))
        await hashtags.follow(tx, call.actor, name)
        return await _one(tx, call, name)

    return await call.run(work)


@routes.post(f"{ONE}/unfollow", *FOLLOW, returns="Tag")
async def unfollow(call: Call) -> Any:
    async def work(tx: Transaction) -> Entity:
        name = hashtags.named(call.text("name"))
        await hashtags.unfollow(tx, call.actor, name)
        return await _one(tx, call, name)

    return await call.run(work)


@routes.post(f"{ONE}/feature", *ACCOUNTS, returns="Tag")
async def feature(call: Call) -> Any:
    async def work(tx: Transaction) -> Entity:
        row = await hashtags.feature(tx, call.actor, call.text("name"))
        return await _one(tx, call, row.name)

    return await call.run(work)


@routes.post(f"{ONE}/unfeature", *ACCOUNTS, returns="Tag")
async def unfeature(call: Call) -> Any:
    async def work(tx: Transaction) -> Entity:
        name = hashtags.named(call.text("name"))
        await hashtags.unfeature(tx, call.actor, name)
        return await _one(tx, call, name)

    return await call.run(work)


async def featured(tx: Transaction, actor: Actor) -> list[Entity]:
    rows, base_url = await hashtag_rows.featured(tx, actor.id), tx.settings.base_url
    used = await hashtag_rows.used_by(tx, actor.id, [row.name for row in rows])
    return [entities.featured_tag(row.id, row.name, row.display, used.get(row.name), base_url) for row in rows]


@routes.get("/api/v1/featured_tags", "read", "read:accounts", returns="[FeaturedTag]")
async def own(call: Call) -> Any:
    async with call.reading() as tx:
        return await featured(tx, call.actor)


@routes.get("/api/v1/featured_tags/suggestions", "read", "read:accounts", returns="[Tag]")
async def suggested(call: Call) -> Any:
    async with call.reading() as tx:
        return await rendered(tx, await hashtag_rows.most_used_by(tx, call.actor.id, SUGGESTED), call.actor)


@routes.post("/api/v1/featured_tags", *ACCOUNTS, takes="FeaturedName", returns="FeaturedTag")
async def add(call: Call) -> Any:
    async def work(tx: Transaction) -> Entity:
        row = await hashtags.feature(tx, call.actor, call.get("name"))
        used = await hashtag_rows.used_by(tx, call.actor.id, [row.name])
        return entities.featured_tag(row.id, row.name, row.display, used.get(row.name), tx.settings.base_url)

    return await call.run(work)


@routes.delete("/api/v1/featured_tags/{id:[0-9]+}", *ACCOUNTS)
async def remove(call: Call) -> Any:
    await call.run(lambda tx: hashtags.unfeature_one(tx, call.actor, call.id()))
    return {}


@routes.get(
    "/api/v1/accounts/{id:[0-9]+}/featured_tags",
    "read",
    "read:accounts",
    access=Access.ANYBODY,
    returns="[FeaturedTag]",
)
async def of_account(call: Call) -> Any:
    async with call.reading() as tx:
        return await featured(tx, await account_rows.known_to(tx, call.viewer.actor, call.id()))
