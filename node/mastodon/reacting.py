"""What somebody does to a status: like, boost, bookmark, pin, mute its thread."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from federation.addressing import Visibility
from node.database import Transaction
from node.database.tables import Actor, Post
from node.mastodon import rendering
from node.mastodon.calls import Call
from node.mastodon.routing import Routes
from node.mastodon.statuses import ONE, own, wanted
from node.queries import keepsakes, posts as post_rows
from node.services import pins, reactions

Act: TypeAlias = Callable[[Transaction, Actor, Post], Awaitable[object]]

routes = Routes()


async def _done(call: Call, act: Act, find: Callable[[Transaction, Call], Awaitable[Post]] = wanted) -> Any:
    """Does it to the post at this address, and gives how the post stands then."""

    async def work(tx: Transaction) -> Any:
        post = await find(tx, call)
        await act(tx, call.actor, post)
        return await rendering.status(tx, call, post)

    return await call.run(work)


@routes.post(f"{ONE}/favourite", "write", "write:favourites", returns="Status")
async def favourite(call: Call) -> Any:
    return await _done(call, reactions.favourite)


@routes.post(f"{ONE}/unfavourite", "write", "write:favourites", returns="Status")
async def unfavourite(call: Call) -> Any:
    return await _done(call, reactions.unfavourite)


@routes.post(f"{ONE}/reblog", "write", "write:statuses", takes="Reblogging", returns="Status")
async def reblog(call: Call) -> Any:
    """The boost itself: what it shows stands in it."""
    visibility = _width(call.get("visibility"))

    async def work(tx: Transaction) -> Any:
        boost = await reactions.reblog(tx, call.actor, await wanted(tx, call), visibility)
        return await rendering.status(tx, call, boost)

    return await call.run(work)


def _width(word: str | None) -> Visibility:
    """A boost is shown to somebody: what Mastodon does not know how to boost, it boosts to everybody."""
    return {"unlisted": Visibility.UNLISTED, "private": Visibility.FOLLOWERS}.get(word or "", Visibility.PUBLIC)


@routes.post(f"{ONE}/unreblog", "write", "write:statuses", returns="Status")
async def unreblog(call: Call) -> Any:
    return await _done(call, _unreblog)


async def _unreblog(tx: Transaction, actor: Actor, post: Post) -> None:
    """Twice is once."""
    if await post_rows.reblog(tx, actor.id, post.id) is not None:
        await reactions.unreblog(tx, actor, post)


@routes.post(f"{ONE}/bookmark", "write", "write:bookmarks", returns="Status")
async def bookmark(call: Call) -> Any:
    return await _done(call, lambda tx, actor, post: keepsakes.bookmark(tx, actor.id, post))


@routes.post(f"{ONE}/unbookmark", "write", "write:bookmarks", returns="Status")
async def unbookmark(call: Call) -> Any:
    return await _done(call, lambda tx, actor, post: keepsakes.unbookmark(tx, actor.id, post))


@routes.post(f"{ONE}/mute", "write", "write:mutes", returns="Status")
async def mute(call: Call) -> Any:
    return await _done(call, lambda tx, actor, post: keepsakes.mute_thread(tx, actor.id, post))


@routes.post(f"{ONE}/unmute", "write", "write:mutes", returns="Status")
async def unmute(call: Call) -> Any:
    return await _done(call, lambda tx, actor, post: keepsakes.unmute_thread(tx, actor.id, post))


@routes.post(f"{ONE}/pin", "write", "write:accounts", returns="Status")
async def pin(call: Call) -> Any:
    return await _done(call, pins.pin, _as_it_is)


@routes.post(f"{ONE}/unpin", "write", "write:accounts", returns="Status")
async def unpin(call: Call) -> Any:
    return await _done(call, pins.unpin, own)


async def _as_it_is(tx: Transaction, call: Call) -> Post:
    """A boost under its own id, so that it can be said that it is none to pin."""
    return await post_rows.visible(tx, call.id(), call.actor)
