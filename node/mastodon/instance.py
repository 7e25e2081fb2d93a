"""The node itself: who runs it, what it can do, and what it lets people do."""

from typing import Any

import orjson

from node.context.rendered import Rendering, Source
from node.database import Transaction
from node.mastodon import rendering, streaming
from node.mastodon.answers import Answer
from node.mastodon.calls import Call
from node.mastodon.entities import instance as entities
from node.mastodon.entities.accounts import Entity
from node.mastodon.entities.instance import Counts
from node.mastodon.errors import Absent
from node.mastodon.moments import moment
from node.mastodon.paging import size
from node.mastodon.routing import Access, Routes
from node.queries import directory as directory_rows, peers as peer_rows, posts as post_rows, users as user_rows
from node.services import node_actor, push

routes = Routes()


async def _people(tx: Transaction) -> Entity:
    usage = await user_rows.usage(tx)
    counts = Counts(people=usage["total"], active_month=usage["activeMonth"])
    return entities.instance(tx.settings, counts, streaming.address(tx.settings), push.public_key(tx.vault))


async def _everything(tx: Transaction) -> Entity:
    usage = await user_rows.usage(tx)
    written, answers = await post_rows.count(tx)
    counts = Counts(usage["total"], usage["activeMonth"], written + answers, await peer_rows.count(tx))
    return entities.instance_v1(tx.settings, counts, streaming.address(tx.settings))


async def _kept(call: Call, key: str, sources: tuple[Source, ...], work: Any) -> Answer:
    """The same for everybody, and counted anew when something changed, and every day: who was active is a question of
    time."""

    async def make() -> Rendering:
        async with call.reading() as tx:
            return Rendering.of(orjson.dumps(await work(tx)), "application/json")

    rendering = await call.context.rendered.get(f"{key} {call.context.now():%Y-%m-%d}", sources, make)
    return Answer(rendering.body)


@routes.get("/api/v2/instance", access=Access.ANYBODY, returns="Instance")
async def show(call: Call) -> Any:
    return await _kept(call, "instance v2", ("actors",), _people)


@routes.get("/api/v1/instance", access=Access.ANYBODY, returns="V1Instance")
async def show_v1(call: Call) -> Any:
    return await _kept(call, "instance v1", ("actors", "posts"), _everything)


@routes.get("/api/v1/instance/peers", access=Access.ANYBODY, returns="[Domain]")
async def peers(call: Call) -> Any:
    """For whoever has a token: with whom people here are in touch is nobody else's to know."""
    if call.viewer.token is None:
        return []
    async with call.reading() as tx:
        return await peer_rows.hosts(tx)


@routes.get("/api/v1/instance/rules", access=Access.ANYBODY, returns="[Rule]")
async def rules(_: Call) -> Any:
    """Groups have rules, each its own; the node has none beside them."""
    return []


async def _since(call: Call) -> str:
    """Since when the node has been there, and with it what it says of itself."""
    async with call.reading() as tx:
        return moment((await node_actor.required(tx)).created_at)


@routes.get("/api/v1/instance/extended_description", access=Access.ANYBODY, returns="Page")
async def extended_description(call: Call) -> Any:
    return entities.about(call.context.settings, await _since(call))


@routes.get("/api/v1/instance/privacy_policy", access=Access.ANYBODY, returns="Page")
async def privacy_policy(call: Call) -> Any:
    return entities.privacy_policy(call.context.settings, await _since(call))


@routes.get("/api/v1/instance/terms_of_service", access=Access.ANYBODY)
@routes.get("/api/v1/instance/terms_of_service/{date}", access=Access.ANYBODY)
async def terms_of_service(_: Call) -> Any:
    """A node has none."""
    raise Absent


@routes.get("/api/v1/instance/languages", access=Access.ANYBODY, returns="[Language]")
async def languages(_: Call) -> Any:
    return entities.languages()


@routes.get("/api/v1/custom_emojis", access=Access.ANYBODY, returns="[CustomEmoji]")
async def custom_emojis(_: Call) -> Any:
    """This node has none of its own; those of other servers stand in what came from there."""
    return []


@routes.get("/api/v1/preferences", "read", "read:accounts", returns="Preferences")
async def preferences(call: Call) -> Any:
    language = next(iter(call.actor.languages), None)
    return entities.preferences(dict(call.user.preferences or {}), language)


@routes.get("/api/v1/directory", "read", "read:accounts", takes="directory", returns="[Account]")
async def directory(call: Call) -> Any:
    """For those who are here: who wants to be found here need not be found by everybody."""
    which = {"order": call.get("order", "active"), "local": call.get("local", False)}
    part = {"offset": call.get("offset", 0), "limit": size(call, default=40, most=80)}
    async with call.reading() as tx:
        found = await directory_rows.page(tx, call.actor, **which, **part)
        return await rendering.accounts(tx, call, found)
